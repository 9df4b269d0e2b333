import ArgumentParser
import Colonnade
import Foundation

/// `colonnade detect`: pictures in, boxes with labels and scores out.
struct DetectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "detect",
    abstract: "Find objects in pictures.",
    discussion: """
      Each picture, of any format by its content, is brought to the network's size, and the objects found are printed, \
      a line each with picture, label, score and box: left, top, right and bottom in pixels of the picture. Of a folder \
      its pictures are taken, and '-' is the standard input. A picture that cannot be read costs one line on the \
      standard error and the exit code; the others are still looked at.

      Detectors: \(DetectorRegistry.standard.cards.map(\.name).joined(separator: ", ")). Weights are darknet's .weights \
      for YOLO, else safetensors or a PyTorch checkpoint with torchvision's keys. With --cfg the network is that of a \
      darknet configuration.

      --json prints an array of {"file", "detections": [{"class", "label", "score", "box": [x1, y1, x2, y2]}]}; a \
      picture that failed has "error" in place of "detections".

      EXAMPLES:
        colonnade detect dog.jpg --network yolov3-tiny --weights yolov3-tiny.weights
        colonnade detect photos --network yolov3-tiny --weights yolov3-tiny.weights \\
          --score 0.25 --out boxed
        colonnade detect dog.jpg --cfg mine.cfg --weights mine.weights \\
          --names mine.names
      """)

  @Argument(
    help: ArgumentHelp("Pictures, folders of them, or - for the standard input.", valueName: "picture"))
  var pictures: [String]

  @Option(help: ArgumentHelp("The detector (default: as the weights say).", valueName: "name"))
  var network: String?

  @Option(help: ArgumentHelp("Its weights.", valueName: "file"))
  var weights: String

  @OptionGroup var made: TrainedDetectorArguments
  @OptionGroup var detection: DetectionArguments

  @OptionGroup var pictureArguments: PictureArguments

  @Flag(help: "Print JSON.")
  var json = false

  @Option(
    help: ArgumentHelp("A folder for the pictures with the boxes drawn, as PNG files.", valueName: "folder"))
  var out: String?

  @OptionGroup var threadArguments: ThreadArguments

  func run() throws {
    try threadArguments.apply()
    let files = PictureFile.all(pictures)
    let detector = try made.load(network, weights: weights).detector
    let drawn = try out.map { try DrawnPictures(folder: $0, for: files) }
    let listing = DetectionListing(files: files.map(\.name), labels: detector.classes)
    var results: [DetectionResult] = []
    let failure = pictureArguments.forEach(files) { name, picture in
      let found = try detector.detect(in: [picture], detection.options)[0]
      try drawn?.write(picture.drawing(found, names: detector.classes), of: name)
      let result = DetectionResult(file: name, found, labels: detector.classes)
      if json { results.append(result) } else { listing.print(result) }
    } failed: { name, message in
      results.append(DetectionResult(file: name, error: message))
    }
    if json { try Output.json(results) }
    if let failure { throw failure }
  }
}
