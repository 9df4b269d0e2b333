import ArgumentParser
import Colonnade
import Foundation

/// `colonnade reproduce`: the review's questions, answered anew on any pictures.
struct ReproduceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reproduce",
    abstract: "Do the review's comparisons again, on your own pictures.",
    discussion: """
      Each study trains or times networks, prints its tables and writes a report with the published numbers in columns of their \
      own, and says in what it is not the published experiment.

      STUDIES:
      \(Studies.all.map { "  \($0.name): \($0.question)" }.joined(separator: "\n"))

      How many epochs the networks are trained for decides --budget, by a few steps of each that are timed first; --epochs says \
      it instead, and the results are the same bits every time then. Every network is trained with each of --seeds; tables have \
      mean and deviation, figures a band from the least to the greatest. The runs are kept in the folder --work: a study that was \
      stopped goes on where it was when the same command is given again, and what is done is not done twice.

      With --weights the study 'error' measures published weights on the data, where their classes are ImageNet's by WordNet \
      identifiers: files such as FOLDER/squeezenet1_1.safetensors or FOLDER/mobilenet_v2/mobilenet_v2-b0353104.pth.

      EXAMPLES:
        colonnade reproduce augmentation --budget 1 --seeds 1 --epochs 1
        colonnade reproduce batchnorm inference --budget 0.2 --seeds 1 --epochs 1 \\
          --out studies.html
        colonnade reproduce error --data imagenette --weights weights \\
          --out errors.html
        colonnade reproduce all --data photos --budget 60 --out night.html
      """)

  @Argument(
    help: ArgumentHelp(
      "\(Studies.all.map(\.name).joined(separator: ", ")), or all of them.", valueName: "study"))
  var names: [String]

  @Option(help: "The pictures: a folder, 'digits' or 'fashion-mnist', as for 'train' (default: digits).")
  var data: String?

  @OptionGroup var study: StudyArguments
  @OptionGroup(title: "Data") var dataArguments: DataArguments
  @OptionGroup(title: "Data") var pictureArguments: PictureArguments

  @Flag(help: "Print JSON.")
  var json = false

  @OptionGroup var threadArguments: ThreadArguments

  func validate() throws {
    for name in names where name != "all" && Studies.study(named: name) == nil {
      let known = Studies.all.map(\.name).joined(separator: ", ")
      throw ValidationError("there is no study '\(name)', only \(known), and all of them")
    }
  }

  func run() throws {
    try threadArguments.apply()
    let out = study.out(of: names)
    try Output.check(file: out)
    let options = try study.options()
    let data = data ?? "builtin:digits"
    try DataArguments.refuseBoxes(data, for: "a study")
    let source = try DataSource<Int>.open(data, dataArguments.options(pictureArguments, seed: 0))
    DataArguments.say(source.findings)

    let terminal = Output.terminal(beside: out)
    let work = study.work(beside: out, of: names)
    let command = (["colonnade"] + CommandLine.arguments.dropFirst()).map(RunEnding.quoted)
      .joined(separator: " ")
    let display = TrainingDisplay(
      json ? .standardError : terminal, data: data, folder: work, resumption: command)
    defer { display.end() }
    var results: [StudyResult] = []
    do {
      let session = try StudySession(
        data: source, options: options, folder: URL(fileURLWithPath: work),
        version: RootCommand.configuration.version, command: command, observer: display,
        say: { display.print($0) })
      for one in Studies.all where names.contains("all") || names.contains(one.name) {
        results.append(try session.run(one))
        // After each, so that a night that ends early has a report.
        try StudyReport(results).write(to: URL(fileURLWithPath: out))
      }
    } catch TrainingError.differentRun(let folder, let differences) {
      throw Failure(
        .usage,
        "\(folder): was done with other \(differences.joined(separator: ", ")); choose another folder by --work, or remove that one"
      )
    }
    display.end()
    Ending.advise(nil)
    if json {
      try Output.json(results, on: terminal)
    } else {
      for result in results { StudyListing(result, on: terminal).print() }
      terminal.print(printable(out))
    }
  }
}
