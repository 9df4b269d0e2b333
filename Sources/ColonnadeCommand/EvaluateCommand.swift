import ArgumentParser
import Colonnade
import Foundation

/// `colonnade evaluate`: how good a network is on labelled pictures.
struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measure a classifier on labelled pictures, or a detector on annotated ones.",
    discussion: """
      DATA is as for 'colonnade train'; of a folder with a folder of pictures a class and no parts, all is measured. \
      Printed are the share of \
      pictures whose class stands first (top-1) or among the first five (top-5), the share by class, and what was \
      taken for what: a matrix where it fits, else the mistakes made most often.

      Classes are matched by their names where the weights have them, so the data may lack some. Where the network \
      has ImageNet's 1,000 classes, folders are matched by their WordNet identifiers (n01440764).

      A detector is measured on pictures with boxes, at their own sizes: average precision by Pascal VOC's two \
      definitions, COCO's and ILSVRC's, each under its own name, by class, and mistakes sorted by kind. Classes are \
      matched by name; those that the detector does not know are named and left out. --report writes the curves and \
      the pictures with the most mistakes as one HTML file.

      EXAMPLES:
        colonnade evaluate digits --weights runs/digits/best.safetensors
        colonnade evaluate imagenette --network squeezenet1_1 \\
          --weights squeezenet1_1.safetensors --json
        colonnade evaluate cells --weights runs/faster/best.safetensors --part test
        colonnade evaluate VOC2007 --network yolov3-tiny --weights yolov3-tiny.weights \\
          --part test --report voc.html
      """)

  @Argument(help: "What to measure on: a folder, 'digits' or 'fashion-mnist'.")
  var data: String

  @OptionGroup var trained: TrainedNetworkArguments

  @Option(
    help: ArgumentHelp(
      "Which part of the data: validation (default) or train; of pictures with boxes any split, such as test.",
      valueName: "part"))
  var part: String?

  @Option(help: ArgumentHelp("Pictures a forward pass of a classifier (default: 32).", valueName: "n"))
  var batch: Int?

  @Option(help: ArgumentHelp("Decides what --validation-share splits off (default: 0).", valueName: "n"))
  var seed: UInt64 = 0

  @OptionGroup(title: "Detectors") var detection: DetectionArguments
  @OptionGroup var dataArguments: DataArguments
  @OptionGroup var pictureArguments: PictureArguments
  @OptionGroup var presetArguments: PresetArguments

  @Flag(help: "Print JSON.")
  var json = false

  @OptionGroup var threadArguments: ThreadArguments

  func validate() throws {
    if let batch, !(1...1_000_000 ~= batch) {
      throw ValidationError("--batch \(batch): from 1 to 1,000,000 pictures make a batch")
    }
    if dataArguments.trainPart != nil || dataArguments.validationPart != nil {
      throw ValidationError("--train-part, --validation-part: of 'train'; here it is --part")
    }
  }

  func run() throws {
    try threadArguments.apply()
    let isDetector =
      try trained.network.map { try NetworkKind($0).detector != nil }
      ?? TrainedDetector.isOne(weights: trained.weights)
    if isDetector { try evaluateDetector() } else { try evaluateClassifier() }
  }

  private func evaluateClassifier() throws {
    guard detection.given.isEmpty else {
      throw Failure(
        .usage, "\(detection.given.joined(separator: ", ")): of detectors; the weights are a classifier's")
    }
    let trained = try trained.load()
    try DataArguments.refuseBoxes(data, for: trained.network.name)
    let dataset = try trained.matched(open(), name: data)
    let preprocessing = try presetArguments.preprocessing(trained.preprocessing)
    let first = preprocessing.prepared(try dataset.example(at: 0).image)
    try trained.network.check([1, first.height, first.width, first.channels])
    let loader = DataLoader(dataset, preprocessing: preprocessing, batchSize: batch ?? 32)
    let progress = ProgressLine(.standardError)
    defer { progress.clear() }
    let evaluation = try Evaluator(trained.network, loader, classNames: dataset.classNames).evaluate { done in
      progress.draw(Double(done) / Double(dataset.count), before: "\(done) of \(dataset.count)", after: "")
    }
    progress.clear()
    if json { try Output.json(evaluation) } else { EvaluationListing(evaluation).print() }
  }

  private func open() throws -> any Dataset<Int> {
    let name = part ?? "validation"
    guard let part = DataSource<Int>.Part(rawValue: name) else {
      throw Failure(.usage, "--part \(name): of classified pictures there are train and validation")
    }
    let opened = try DataSource<Int>.pictures(
      of: part, in: data, dataArguments.options(pictureArguments, seed: seed))
    DataArguments.say(opened.findings)
    guard opened.pictures.count > 0 else { throw TrainingError.noPictures(set: name) }
    return opened.pictures
  }
}
