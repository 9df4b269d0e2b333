import ArgumentParser
import Colonnade
import Foundation

/// `colonnade report`: a run, or several beside each other, as one page for people.
struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Write a training run, or several beside each other, as one HTML file.",
    discussion: """
      Curves, confusion matrix, classes, validation pictures with what the network saw in them, and the \
      configuration, in one file that needs nothing else. With --pictures the best weights look at further \
      pictures, which are shown as well. Of several runs, eight at most, the page has the results in a table, the curves in one \
      figure each, and what differs in the recipes.

      EXAMPLES:
        colonnade report runs/digits --out report.html
        colonnade report runs/photos --out report.html --pictures cat.jpg dog.jpg
        colonnade report runs/digits runs/averaged runs/rare --out comparison.html
      """)

  @Argument(help: ArgumentHelp("The folders that 'colonnade train' wrote.", valueName: "run"))
  var folders: [String]

  @Option(
    help: ArgumentHelp(
      "The file to write (default: report.html in the run's folder; of several runs it must be said).",
      valueName: "file"))
  var out: String?

  @Option(
    parsing: .upToNextOption, help: ArgumentHelp("Further pictures to show.", valueName: "picture"))
  var pictures: [String] = []

  @OptionGroup var pictureArguments: PictureArguments
  @OptionGroup var threadArguments: ThreadArguments

  func validate() throws {
    guard folders.count > 1 else { return }
    guard folders.count <= ComparisonReport.mostRuns else {
      throw ValidationError("\(folders.count) runs: at most \(ComparisonReport.mostRuns) can be compared")
    }
    guard out != nil else {
      throw ValidationError("Missing expected argument '--out <file>' of several runs")
    }
    guard pictures.isEmpty else { throw ValidationError("--pictures: of one run alone") }
  }

  func run() throws {
    try threadArguments.apply()
    let directories = try folders.map(self.directory)
    guard folders.count == 1 else { return try compare(directories) }
    let (folder, directory) = (folders[0], directories[0])
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

  private func directory(_ folder: String) throws -> RunDirectory {
    let directory = RunDirectory(URL(fileURLWithPath: folder))
    guard FileManager.default.fileExists(atPath: directory.configuration.path) else {
      throw Failure(
        .missingInput, "\(folder): not the folder of a training run: it has no configuration.json")
    }
    return directory
  }

  private func compare(_ directories: [RunDirectory]) throws {
    let out = out ?? "comparison.html"
    try Output.check(file: out)
    for (directory, folder) in zip(directories, folders) {
      guard try directory.readDescription().hasEpochs else {
        throw Failure(.usage, "\(folder): trained in one go, without epochs that could be compared")
      }
    }
    try ComparisonReport(runs: directories.map(\.url)).write(to: URL(fileURLWithPath: out))
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
