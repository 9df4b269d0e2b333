import ArgumentParser
import Colonnade
import Foundation

/// `colonnade report`: a run, or several beside each other, as one page for people.
struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Write a training run, or several beside each other, as one HTML file.",
    discussion: """
      Curves, confusion matrix, classes, calibration, accuracy by the classes' training pictures, validation pictures with \
      what the network saw in them, and the configuration with what is needed to train it again, in one file that needs \
      nothing else. With --pictures the best weights look at further \
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
    let reading = pictureArguments.given
    if pictures.isEmpty, !reading.isEmpty {
      throw ValidationError("\(reading.joined(separator: ", ")): of --pictures")
    }
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
    let files = PictureFile.all(pictures)
    try Output.check(file: out)
    try Output.check(
      files: [out], areNoneOf: files.compactMap { try? $0.file.get().path } + [BytePath(folder)])
    let failure: ExitCode?
    if try directory.readDescription().hasEpochs {
      var report = try Report(run: directory.url)
      failure = try addExamples(of: files, to: &report.pictures, directory)
      try report.write(to: URL(fileURLWithPath: out))
    } else {
      var report = try DetectionReport(run: directory.url)
      failure = try addExamples(of: files, to: &report.pictures, directory)
      try report.write(to: URL(fileURLWithPath: out))
    }
    Output.terminal(beside: out).print(printable(out))
    if let failure { throw failure }
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
    try Output.check(files: [out], areNoneOf: folders)
    for (directory, folder) in zip(directories, folders) {
      guard try directory.readDescription().hasEpochs else {
        throw Failure(.usage, "\(folder): trained in one go, without epochs that could be compared")
      }
    }
    try ComparisonReport(runs: directories.map(\.url)).write(to: URL(fileURLWithPath: out))
    Output.terminal(beside: out).print(printable(out))
  }

  /// Adds the further pictures with what the best weights see in them.
  /// - Returns: the exit code of the first one that failed.
  private func addExamples(
    of files: [(name: String, file: Result<PictureFile, any Error>)], to examples: inout [ExamplePicture],
    _ directory: RunDirectory
  ) throws -> ExitCode? {
    guard !files.isEmpty else { return nil }
    let weights = directory.best.path
    let example = try TrainedDetector.isOne(weights: weights) ? drawing(by: weights) : showing(by: weights)
    return pictureArguments.forEach(files) { name, picture in
      examples.append(try example(picture, name))
    } failed: { _, _ in
    }
  }

  /// What makes an example of a picture and its name, with the classes that the weights see.
  private func showing(by weights: String) throws -> (Image, String) throws -> ExamplePicture {
    let classifier = Classifier(try TrainedNetwork(weights: weights))
    return { try classifier.example($0, name: $1) }
  }

  /// The same with the objects drawn that the weights find.
  private func drawing(by weights: String) throws -> (Image, String) throws -> ExamplePicture {
    let detector = try TrainedDetector(weights: weights).detector
    return { picture, name in
      let found = try detector.detect(in: [picture], DetectionOptions(score: 0.5))[0]
      return ExamplePicture(
        png: picture.drawing(found, names: detector.classes).pngData(), truth: nil,
        truthLabel: (name as NSString).lastPathComponent, predictions: [])
    }
  }
}
