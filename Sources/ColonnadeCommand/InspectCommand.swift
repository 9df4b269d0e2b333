import ArgumentParser
import Colonnade

/// `colonnade inspect`: what is in a weight file.
struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Show a weight file's tensors, and which network they fit.",
    discussion: """
      Lists the keys, types and shapes with the least and greatest element, mean, standard deviation, and the number \
      of elements that are not finite (left out of mean and deviation), then the known networks that the file loads \
      into, or the closest one and what keeps it from loading.

      EXAMPLES:
        colonnade inspect resnet50-0676ba61.pth
        colonnade inspect weights.safetensors --json
        colonnade inspect training.pth --key model_ema
      """)

  @Argument(help: "A PyTorch checkpoint, safetensors, .npz or .npy file, or - for the standard input.")
  var file: String

  @Option(
    help: ArgumentHelp(
      "Where in a checkpoint of several state dicts the tensors are, such as model_ema.", valueName: "key"))
  var key: String?

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let inspection = try Inspection(Input.tensors(file, key: key))
    if json { try Output.json(inspection) } else { inspection.print() }
  }
}
