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
      DATA is as for 'colonnade train', or a folder with a folder of pictures a class. Printed are the share of \
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

  @OptionGroup var presetArguments: PresetArguments

  @Flag(help: "Print JSON.")
  var json = false

  @OptionGroup var threadArguments: ThreadArguments

  func validate() throws {
    if batch < 1 { throw ValidationError("--batch \(batch): at least one picture makes a batch") }
  }

  func run() throws {
    try threadArguments.apply()
    let trained = try trained.load()
    let dataset = try matched(open(), to: trained)
    let preprocessing = presetArguments.preprocessing ?? trained.preprocessing
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

  private func open() throws -> any Dataset {
    do {
      let source = try DataSource.open(data)
      return part == .train ? source.train : source.validation
    } catch DatasetError.unknownLayout {
      return try FolderDataset(URL(fileURLWithPath: data))
    }
  }

  /// The data with the network's classes.
  private func matched(_ dataset: any Dataset, to trained: TrainedNetwork) throws -> any Dataset {
    if let names = trained.classNames, names != dataset.classNames {
      let unknown = dataset.classNames.filter { !names.contains($0) }
      guard unknown.isEmpty else {
        throw Failure(
          .data, "\(data): the network does not know the class \(unknown[0]) (\(unknown.count) such)")
      }
      return RelabelledDataset(dataset, classNames: names)
    }
    guard dataset.classNames.count == trained.network.classes else {
      throw Failure(
        .data, "\(data): \(dataset.classNames.count) classes for the network's \(trained.network.classes)")
    }
    return dataset
  }
}

/// A data set some of whose classes another list names, labelled by that list.
private struct RelabelledDataset: Dataset {
  let classNames: [String]
  private let base: any Dataset
  /// By the base's label.
  private let labels: [Int]

  /// - Precondition: all of the data set's classes are in `classNames`.
  init(_ base: any Dataset, classNames: [String]) {
    self.base = base
    self.classNames = classNames
    labels = base.classNames.map { classNames.firstIndex(of: $0)! }
  }

  var count: Int { base.count }
  func label(at index: Int) -> Int { labels[base.label(at: index)] }
  func example(at index: Int) throws -> Example {
    let example = try base.example(at: index)
    return Example(image: example.image, label: labels[example.label])
  }
}
