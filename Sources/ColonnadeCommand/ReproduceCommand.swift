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
      stopped goes on where it was when the same command is given again, and what is done is not done twice. Of several studies \
      one that cannot be done is told in the report, the next ones are done, and the exit code is not 0.

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
    if study.weights != nil, !chosen.contains(where: { $0.usesWeights }) {
      throw ValidationError("--weights: of the studies \(StudyArguments.usingWeights)")
    }
  }

  private var chosen: [any Study] {
    Studies.all.filter { names.contains("all") || names.contains($0.name) }
  }

  func run() throws {
    try threadArguments.apply()
    let out = study.out(of: names)
    let work = study.work(beside: out, of: names)
    try Output.check(file: out)
    try Output.check(areApart: [("--out", out), ("--work", work)])
    try Output.check(files: [out], areNoneOf: [self.data, study.weights])
    let options = try study.options()
    let data = data ?? "builtin:digits"
    try DataArguments.refuseBoxes(data, for: "a study")
    let source = try DataSource<Int>.open(data, dataArguments.options(pictureArguments, seed: 0))
    DataArguments.say(source.findings)

    let terminal = Output.terminal(beside: out)
    let command = RunEnding.command
    let display = TrainingDisplay(
      json ? .standardError : terminal, data: data, folder: work, resumption: command, isOfStudies: true)
    defer { display.end() }
    let session = try StudySession(
      data: source, options: options, folder: URL(fileURLWithPath: work),
      version: RootCommand.configuration.version, command: command, observer: display,
      say: { display.print($0) })
    let (all, failure) = try results(of: session, writing: out, on: display)
    if all.contains(where: { $0.failure == nil }) {
      if json {
        try Output.json(all, on: terminal)
      } else {
        for result in all { StudyListing(result, on: terminal).print() }
        terminal.print(printable(out))
      }
    }
    if let failure { throw ExitCode(failure.code.rawValue) }
  }

  /// Does the studies one after the other, and writes the report after each, so that a night that ends early has one. Of several
  /// one that cannot be done is told, and the next ones are done; what no study could do without ends all.
  /// - Returns: what came of each, and why the first one that failed did.
  private func results(
    of session: StudySession, writing out: String, on display: TrainingDisplay
  ) throws -> (results: [StudyResult], failure: Failure?) {
    var (results, first) = ([StudyResult](), nil as Failure?)
    for one in chosen {
      display.ending.advise()
      do {
        results.append(try session.run(one))
      } catch {
        let failure = Self.failure(error)
        if [.cannotCreate, .system].contains(failure.code) { throw failure }
        // Done again it would fail again.
        Ending.advise(nil)
        display.end()
        guard chosen.count > 1 else { throw failure }
        Diagnostics.error("\(one.name): \(failure.message)")
        var result = StudyResult(of: one)
        result.failure = failure.message
        results.append(result)
        first = first ?? failure
      }
      if results.contains(where: { $0.failure == nil }) {
        try StudyReport(results).write(to: URL(fileURLWithPath: out))
      }
    }
    display.end()
    Ending.advise(nil)
    return (results, first)
  }

  private static func failure(_ error: any Error) -> Failure {
    guard case TrainingError.differentRun(let folder, let differences) = error else { return Failure(error) }
    return Failure(
      .usage,
      "\(folder): was done with other \(differences.joined(separator: ", ")); choose another folder by --work, or remove that one"
    )
  }
}
