import ArgumentParser
import Colonnade

/// `colonnade summary`: what a network is made of.
struct SummaryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "summary",
    abstract: "Show a network's layers, or the networks there are.",
    discussion: """
      For each layer, in the order in which they compute: its output for one picture as height × width × channels, \
      its parameters, its multiply-accumulates (MACs), and the memory of its output. Batch norm and ReLU that \
      compute as one with a convolution are in its line.

      EXAMPLES:
        colonnade summary
        colonnade summary resnet50
        colonnade summary vgg16 --classes 10 --size 160 --json
      """)

  @Argument(help: "The network; without one, all are listed.")
  var network: String?

  @Flag(help: "List the networks.")
  var list = false

  @Option(help: ArgumentHelp("How many classes (default: the network's own).", valueName: "k"))
  var classes: Int?

  @Option(
    help: ArgumentHelp("Height and width of the pictures (default: the network's own).", valueName: "s"))
  var size: Int?

  @Flag(help: "Print JSON.")
  var json = false

  @OptionGroup var threadArguments: ThreadArguments

  func validate() throws {
    try PictureSide.check(size)
    if list, let network { throw ValidationError("--list: shows all networks, so without '\(network)'") }
    let given = [("--classes", classes != nil), ("--size", size != nil)].filter(\.1).map(\.0)
    if network == nil, !given.isEmpty {
      throw ValidationError("\(given.joined(separator: ", ")): of one network, which must be named")
    }
  }

  func run() throws {
    try threadArguments.apply()
    guard let network, !list else { return try NetworkList(Registry.all).print(json: json) }
    try NetworkSummary(Registry.card(named: network), classes: classes, size: size).print(json: json)
  }
}
