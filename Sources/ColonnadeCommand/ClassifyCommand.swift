import ArgumentParser
import Colonnade
import Foundation

/// `colonnade classify`: pictures in, labels with probabilities out.
struct ClassifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "classify",
    abstract: "Say what pictures show.",
    discussion: """
      Each picture (JPEG, PNG, WebP, BMP, or a GIF's first frame, by its content) is prepared as the network's weights \
      expect it, and the likeliest classes are printed: a bar each on a terminal; in a pipe a line each with picture, \
      class, probability and label. Of a folder all pictures in it are classified, and '-' is the standard input. A \
      picture that cannot be read costs one line on the standard error, an entry with its error in JSON, and the exit \
      code; the others are still classified.

      Labels come from --labels (a line a class, or JSON: a list, or an object from class numbers to names), else from \
      the weights, else they are ImageNet's where the network has 1,000 classes.

      EXAMPLES:
        colonnade classify cat.jpg dog.png \\
          --network squeezenet1_1 --weights squeezenet1_1.safetensors
        colonnade classify *.jpg --weights runs/demo/best.safetensors --top 1 --json
        colonnade classify photos --weights runs/demo/best.safetensors \\
          --orientation exif
        cat cat.jpg | colonnade classify - --weights runs/demo/best.safetensors
      """)

  @Argument(
    help: ArgumentHelp("Pictures, folders of them, or - for the standard input.", valueName: "picture"))
  var pictures: [String]

  @OptionGroup var trained: TrainedNetworkArguments

  @Option(help: ArgumentHelp("The classes' labels: a line each, or JSON.", valueName: "file"))
  var labels: String?

  @Option(help: ArgumentHelp("How many classes to print.", valueName: "k"))
  var top = 5

  @OptionGroup var pictureArguments: PictureArguments
  @OptionGroup var presetArguments: PresetArguments

  @Flag(help: "Print JSON.")
  var json = false

  @OptionGroup var threadArguments: ThreadArguments

  func validate() throws {
    if !(1...1_000_000 ~= top) {
      throw ValidationError("--top \(top): from 1 to 1,000,000 classes can be printed")
    }
  }

  func run() throws {
    try threadArguments.apply()
    let trained = try trained.load()
    let classifier = Classifier(
      trained, preprocessing: try presetArguments.preprocessing(trained.preprocessing),
      classNames: try labels(of: trained))
    let files = PictureFile.all(pictures)
    let listing = PredictionListing(files: files.map(\.name))
    var entries: [Entry] = []
    let failure = pictureArguments.forEach(files) { name, picture in
      let result = try classifier.classify(picture, name: name, top: top)
      entries.append(Entry(file: name, predictions: result.predictions))
      if !json { listing.print(result) }
    } failed: { name, message in
      entries.append(Entry(file: name, error: message))
    }
    if json { try Output.json(entries) }
    if let failure { throw failure }
  }

  /// What is printed of a picture in JSON: its classes, or why it has none.
  private struct Entry: Encodable {
    let file: String
    var predictions: [Prediction]?
    var error: String?
  }

  private func labels(of trained: TrainedNetwork) throws -> [String] {
    guard let labels else { return trained.labels }
    let names = try Input.classNames(labels)
    guard names.count == trained.network.classes else {
      throw Failure(
        .data,
        "\(labels): \(counted(names.count, "label")) for the \(counted(trained.network.classes, "class")) of "
          + trained.network.name
      )
    }
    return names
  }
}
