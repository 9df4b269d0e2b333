import ArgumentParser
import Colonnade
import Foundation

/// A network with trained weights, as the command line names it.
struct TrainedNetworkArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The network; 'colonnade summary' lists them (default: as the weights say).", valueName: "name"))
  var network: String?

  @Option(help: ArgumentHelp("Its weights: a safetensors file with torchvision's keys.", valueName: "file"))
  var weights: String

  @Option(
    help: ArgumentHelp(
      "How many classes (default: as the weights say, or the network's own).", valueName: "k"))
  var classes: Int?

  /// Builds the network and loads its weights.
  func load() throws -> TrainedNetwork {
    // First, for a misspelt name is cheaper to find than a misfit.
    let named = try network.map { try Registry.card(named: $0) }
    let file = try SafetensorsFile(path: weights)
    let card = try WeightCard.read(from: weights)
    if let named, let card, named.name != card.network {
      throw Failure(.data, "\(weights): holds the weights of \(card.network), not of \(named.name)")
    }
    guard let name = network ?? card?.network else {
      throw Failure(.usage, "\(weights): does not say of which network it is; give --network")
    }
    let network = try Network(
      name, classes: classes ?? card?.classes, inputChannels: card?.inputChannels ?? 3, initializes: false)
    try network.store.load(from: weights, ignoring: network.ignorableKeys)
    let unused = file.keys.filter { Glob.matches(network.ignorableKeys, $0) }.count
    if unused > 0 { Diagnostics.note("\(weights): \(unused) tensors of auxiliary heads are left unused") }
    return TrainedNetwork(network: network, card: card)
  }
}

/// A network with its weights, and what the weight file says of itself.
struct TrainedNetwork {
  let network: Network
  /// Nil where another program wrote the file.
  let card: WeightCard?

  /// What the weights expect.
  var preprocessing: Preprocessing { card?.preprocessing ?? network.card.preprocessing }

  /// The names of the classes as the weights have them; ImageNet's WordNet identifiers where there are a thousand;
  /// nil where they are unknown.
  var classNames: [String]? {
    card?.classNames ?? (network.classes == 1000 ? ClassNames.imageNetSynsets : nil)
  }

  /// Names for people; a class of unknown name is called by its number.
  var labels: [String] {
    if card == nil && network.classes == 1000 { return ClassNames.imageNet }
    return classNames?.map(ClassNames.readable) ?? (0..<network.classes).map { "class \($0)" }
  }
}

/// How pictures are prepared, by the name of a preset.
struct PresetArguments: ParsableArguments {
  private static let known = Preprocessing.presets.map(\.name).joined(separator: ", ")

  @Option(
    help: ArgumentHelp(
      "How pictures are prepared: \(known) (default: as the weights or the network say).", valueName: "name"))
  var preset: String?

  func validate() throws {
    if let preset, Preprocessing.preset(named: preset) == nil {
      throw ValidationError("--preset \(preset): there is no such preset, only \(Self.known)")
    }
  }

  /// Nil where none was named.
  var preprocessing: Preprocessing? { preset.flatMap(Preprocessing.preset(named:)) }
}
