import ArgumentParser
import Colonnade
import Foundation

/// A network with trained weights, as the command line names it.
struct TrainedNetworkArguments: ParsableArguments {
  @Option(help: ArgumentHelp("The network; 'colonnade summary --list' names them.", valueName: "name"))
  var network: String

  @Option(help: ArgumentHelp("Its weights: a safetensors file with torchvision's keys.", valueName: "file"))
  var weights: String

  @Option(help: ArgumentHelp("How many classes (default: as the weights say, or the network's own).", valueName: "k"))
  var classes: Int?

  /// Builds the network and loads its weights.
  func load() throws -> Network {
    let card = try Registry.card(named: network)
    let file = try SafetensorsFile(path: weights)
    let network = try Network(card, classes: classes, initializes: false)
    try network.store.load(from: weights, ignoring: network.ignorableKeys)
    let unused = file.keys.filter { Glob.matches(network.ignorableKeys, $0) }.count
    if unused > 0 { Diagnostics.note("\(weights): \(unused) tensors of auxiliary heads are left unused") }
    return network
  }
}
