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
      taken for what: a matrix where it fits, else the mistakes made most often. The expected calibration error is how \
      far confidence is from the share that is right, in 15 bins; the temperature, by which logits are to be divided, \
      is fitted on the measured pictures themselves unless --fit-temperature names another part. --ten-crop and \
      --scales average probabilities over views of each picture.

      --robustness goes through the pictures 51 times more: corrupted in six ways at five strengths (Hendrycks and \
      Dietterich 2019; those of CIFAR-10-C where the shorter side has at most 48 pixels, of Tiny ImageNet-C up to 112, of \
      ImageNet-C above), and covered by grey, by area and by place. --baseline relates the errors to those of another network.

      Classes are matched by their names where the weights have them, so the data may lack some. Where the network \
      has ImageNet's 1,000 classes, folders are matched by their WordNet identifiers (n01440764).

      A detector, such as that of a darknet configuration (--cfg), is measured on pictures with boxes, at their own \
      sizes: average precision by Pascal VOC's two definitions, COCO's and ILSVRC's, each under its own name, by class, and \
      mistakes sorted by kind. Classes are matched by name; those that the detector does not know are named and left out.

      --scaled-decoding decodes JPEGs as 'colonnade train' does with it: give it where the network was trained so, or to see \
      what it costs.

      --report writes all of it with curves and pictures as one HTML file.

      EXAMPLES:
        colonnade evaluate digits --weights runs/digits/best.safetensors
        colonnade evaluate imagenette --network squeezenet1_1 \\
          --weights squeezenet1_1.safetensors --ten-crop --json
        colonnade evaluate imagenette --weights runs/demo/best.safetensors \\
          --scales 224,256,288 --report evaluation.html
        colonnade evaluate photos --weights runs/photos/best.safetensors \\
          --scaled-decoding
        colonnade evaluate digits --weights runs/digits/best.safetensors \\
          --robustness --report robustness.html
        colonnade evaluate cells --weights runs/faster/best.safetensors --part test
        colonnade evaluate VOC2007 --network yolov3-tiny \\
          --weights yolov3-tiny.weights --part test --report voc.html
        colonnade evaluate VOC2007 --cfg mine.cfg --weights mine.weights \\
          --names mine.names
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

  @Option(
    help: ArgumentHelp(
      "Decides what --validation-share splits off (default: that of the weights' training where it split off the same share,"
        + " else 0), and the noise and places of --robustness (default: 0).",
      valueName: "n"))
  var seed: UInt64?

  @Option(help: ArgumentHelp("Also write the evaluation as one HTML file, with pictures.", valueName: "file"))
  var report: String?

  @OptionGroup(title: "Classifiers") var classification: ClassificationArguments
  @OptionGroup(title: "Detectors") var made: TrainedDetectorArguments
  @OptionGroup(title: "Detectors") var detection: DetectionArguments
  @OptionGroup var dataArguments: DataArguments
  @OptionGroup var pictureArguments: PictureArguments
  @OptionGroup var loadingArguments: LoadingArguments
  @OptionGroup var presetArguments: PresetArguments

  @Flag(help: "Print JSON.")
  var json = false

  @OptionGroup var threadArguments: ThreadArguments

  func validate() throws {
    if let batch, !(1...1_000_000 ~= batch) {
      throw ValidationError("--batch \(batch): from 1 to 1,000,000 pictures make a batch")
    }
    if loadingArguments.scaledDecoding, classification.views != .single || classification.robustness {
      throw ValidationError(
        "--scaled-decoding: with one view of each picture as it is, without --ten-crop, --scales and --robustness"
      )
    }
  }

  func run() throws {
    try threadArguments.apply()
    try MappedFile.once(trained.weights) {
      let isDetector =
        try made.cfg != nil
        || trained.network.map { try NetworkKind($0).detector != nil }
          ?? TrainedDetector.isOne(weights: trained.weights)
      if isDetector { try evaluateDetector() } else { try evaluateClassifier() }
    }
  }

  /// Refuses a report that could not be written, or would take the place of what is read.
  func checkReport() throws {
    if let report { try Output.check(file: report) }
    let read = [data, trained.weights, classification.baseline, made.cfg, made.names]
    try Output.check(files: [report], areNoneOf: read)
  }
}
