import ArgumentParser
import Colonnade
import Foundation

/// `colonnade classify`: pictures in, labels with probabilities out.
struct ClassifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "classify",
    abstract: "Say what pictures show.",
    discussion: """
      Each picture, JPEG or PNG by its content, is prepared as the network's weights expect it, and the likeliest \
      classes are printed. A picture that cannot be read costs one line on the standard error and the exit code; \
      the others are still classified.

      Labels come from --labels (a line a class), else from the weights, else they are ImageNet's where the network \
      has 1,000 classes.

      EXAMPLES:
        colonnade classify cat.jpg dog.png --network squeezenet1_1 --weights squeezenet1_1.safetensors
        colonnade classify *.jpg --network resnet50 --weights resnet50.safetensors --top 1 --json
      """)

  @Argument(help: ArgumentHelp("The pictures.", valueName: "picture"))
  var pictures: [String]

  @OptionGroup var trained: TrainedNetworkArguments

  @Option(help: ArgumentHelp("The classes' labels, a line each.", valueName: "file"))
  var labels: String?

  @Option(help: ArgumentHelp("How many classes to print.", valueName: "k"))
  var top = 5

  @Option(
    help: ArgumentHelp(
      "How pictures are prepared: \(Preprocessing.presets.map(\.name).joined(separator: ", ")) (default: as the"
        + " weights or the network say).", valueName: "preset"))
  var preset: String?

  @Flag(help: "Print JSON.")
  var json = false

  @OptionGroup var threadArguments: ThreadArguments

  func validate() throws {
    if top < 1 { throw ValidationError("--top \(top): at least one class can be printed") }
    if let preset, Preprocessing.preset(named: preset) == nil {
      let known = Preprocessing.presets.map(\.name).joined(separator: ", ")
      throw ValidationError("--preset \(preset): there is no such preset; known are \(known)")
    }
  }

  func run() throws {
    threadArguments.apply()
    let classifier = try makeClassifier()
    var results: [Classification] = []
    var failures: [Failure] = []
    let listing = PredictionListing(files: pictures)
    for file in pictures {
      do {
        let result = try classifier.classify(file, top: top)
        if json { results.append(result) } else { listing.print(result) }
      } catch {
        let failure = Failure(error)
        Diagnostics.error(failure.message)
        failures.append(failure)
      }
    }
    if json { try Output.json(results) }
    if let first = failures.first { throw ExitCode(first.code.rawValue) }
  }

  private func makeClassifier() throws -> Classifier {
    let network = try trained.load()
    let preprocessing = preset.flatMap(Preprocessing.preset(named:)) ?? network.card.preprocessing
    return Classifier(network: network, preprocessing: preprocessing, labels: try labels(of: network))
  }

  private func labels(of network: Network) throws -> [String] {
    if let labels {
      let lines = try Input.lines(labels)
      guard lines.count == network.classes else {
        throw Failure(.data, "\(labels): \(lines.count) labels for the \(network.classes) classes of \(network.name)")
      }
      return lines
    }
    if network.classes == 1000 { return ImageNet.labels }
    return (0..<network.classes).map { "class \($0)" }
  }
}
