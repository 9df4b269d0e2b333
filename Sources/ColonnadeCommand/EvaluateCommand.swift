import ArgumentParser
import Colonnade
import Foundation

/// `colonnade evaluate`: how good a network is on labelled pictures.
struct EvaluateCommand: ParsableCommand {
  enum Part: String, CaseIterable, ExpressibleByArgument {
    case train, validation
  }

  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measure a network on labelled pictures.",
    discussion: """
      DATA is as for 'colonnade train'; of a folder with a folder of pictures a class and no parts, all is measured. \
      Printed are the share of \
      pictures whose class stands first (top-1) or among the first five (top-5), the share by class, and what was \
      taken for what: a matrix where it fits, else the mistakes made most often.

      Classes are matched by their names where the weights have them, so the data may lack some. Where the network \
      has ImageNet's 1,000 classes, folders are matched by their WordNet identifiers (n01440764).

      EXAMPLES:
        colonnade evaluate digits --weights runs/digits/best.safetensors
        colonnade evaluate imagenette --network squeezenet1_1 \\
          --weights squeezenet1_1.safetensors --json
      """)

  @Argument(help: "What to measure on: a folder, 'digits' or 'fashion-mnist'.")
  var data: String

  @OptionGroup var trained: TrainedNetworkArguments

  @Option(help: "Which part of the data: validation or train.")
  var part = Part.validation

  @Option(help: ArgumentHelp("Pictures a forward pass.", valueName: "n"))
  var batch = 32

  @Option(help: ArgumentHelp("Decides what --validation-share splits off (default: 0).", valueName: "n"))
  var seed: UInt64 = 0

  @OptionGroup var dataArguments: DataArguments
  @OptionGroup var pictureArguments: PictureArguments
  @OptionGroup var presetArguments: PresetArguments

  @Flag(help: "Print JSON.")
  var json = false

  @OptionGroup var threadArguments: ThreadArguments

  func validate() throws {
    if !(1...1_000_000 ~= batch) {
      throw ValidationError("--batch \(batch): from 1 to 1,000,000 pictures make a batch")
    }
  }

  func run() throws {
    try threadArguments.apply()
    let trained = try trained.load()
    let dataset = try trained.matched(open(), name: data)
    let preprocessing = try presetArguments.preprocessing(trained.preprocessing)
    let first = preprocessing.prepared(try dataset.example(at: 0).image)
    try trained.network.check([1, first.height, first.width, first.channels])
    let loader = DataLoader(dataset, preprocessing: preprocessing, batchSize: batch)
    let progress = ProgressLine(.standardError)
    defer { progress.clear() }
    let evaluation = try Evaluator(trained.network, loader, classNames: dataset.classNames).evaluate { done in
      progress.draw(Double(done) / Double(dataset.count), before: "\(done) of \(dataset.count)", after: "")
    }
    progress.clear()
    if json { try Output.json(evaluation) } else { EvaluationListing(evaluation).print() }
  }

  private func open() throws -> any Dataset<Int> {
    let opened = try DataSource<Int>.pictures(
      of: part == .train ? .train : .validation, in: data, dataArguments.options(pictureArguments, seed: seed)
    )
    DataArguments.say(opened.findings)
    guard opened.pictures.count > 0 else { throw TrainingError.noPictures(set: part.rawValue) }
    return opened.pictures
  }
}
