import ArgumentParser
import Colonnade
import Foundation

/// `colonnade report`: a run as one page for people.
struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Write a training run as one HTML file.",
    discussion: """
      Curves, confusion matrix, classes, validation pictures with what the network saw in them, and the \
      configuration, in one file that needs nothing else. With --pictures the best weights look at further \
      pictures, which are shown as well.

      EXAMPLES:
        colonnade report runs/digits --out report.html
        colonnade report runs/photos --out report.html --pictures cat.jpg dog.jpg
      """)

  @Argument(help: ArgumentHelp("The folder that 'colonnade train' wrote.", valueName: "run"))
  var folder: String

  @Option(
    help: ArgumentHelp("The file to write (default: report.html in the run's folder).", valueName: "file"))
  var out: String?

  @Option(
    parsing: .upToNextOption, help: ArgumentHelp("Further pictures to show.", valueName: "picture"))
  var pictures: [String] = []

  @OptionGroup var pictureArguments: PictureArguments
  @OptionGroup var threadArguments: ThreadArguments

  func run() throws {
    try threadArguments.apply()
    let directory = RunDirectory(URL(fileURLWithPath: folder))
    guard FileManager.default.fileExists(atPath: directory.configuration.path) else {
      throw Failure(
        .missingInput, "\(folder): not the folder of a training run: it has no configuration.json")
    }
    let out = out ?? (folder as NSString).appendingPathComponent("report.html")
    try Output.check(file: out)
    if try directory.readDescription().hasEpochs {
      var report = try Report(run: directory.url)
      if !pictures.isEmpty { report.pictures += try examples(directory) }
      try report.write(to: URL(fileURLWithPath: out))
    } else {
      var report = try DetectionReport(run: directory.url)
      if !pictures.isEmpty { report.pictures += try examples(directory) }
      try report.write(to: URL(fileURLWithPath: out))
    }
    Output.terminal(beside: out).print(printable(out))
  }

  /// The further pictures with what the best weights see in them.
  private func examples(_ directory: RunDirectory) throws -> [ExamplePicture] {
    if TrainedDetector.isOne(weights: directory.best.path) { return try detections(directory) }
    let classifier = Classifier(try TrainedNetwork(weights: directory.best.path))
    return try pictures.flatMap(PictureFile.all).map { file in
      try classifier.example(pictureArguments.image(file), name: file.name)
    }
  }

  /// The further pictures with what the best weights find in them drawn.
  private func detections(_ directory: RunDirectory) throws -> [ExamplePicture] {
    let detector = try TrainedDetector(weights: directory.best.path).detector
    return try pictures.flatMap(PictureFile.all).map { file in
      let picture = try pictureArguments.image(file)
      let found = detector.detect(in: [picture], DetectionOptions(score: 0.5))[0]
      return ExamplePicture(
        png: picture.drawing(found, names: detector.classes).pngData(), truth: nil,
        truthLabel: (file.name as NSString).lastPathComponent, predictions: [])
    }
  }
}
