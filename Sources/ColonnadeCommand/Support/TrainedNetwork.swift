import Colonnade

/// A network with its weights, and what the weight file says of itself.
struct TrainedNetwork {
  let network: Network
  /// Nil where another program wrote the file.
  let card: WeightCard?

  /// Builds the network and loads its weights.
  /// - Parameters:
  ///   - name: nil where the weights must say it.
  ///   - weights: a safetensors file or a PyTorch checkpoint.
  ///   - classes: nil for as many as the weights say, else the network's own.
  init(_ name: String? = nil, weights: String, classes: Int? = nil) throws {
    // First, for a misspelt name is cheaper to find than a misfit.
    let named = try name.map { try Registry.card(named: $0) }
    let file = try Self.open(weights, published: named?.publishedWeights)
    try PublishedWeights.check(weights)
    card = try WeightCard.read(from: weights)
    if let named, let card, named.name != card.network {
      throw Failure(.data, "\(weights): holds the weights of \(card.network), not of \(named.name)")
    }
    guard let name = named?.name ?? card?.network else {
      throw Failure(.usage, "\(weights): does not say of which network it is; give --network")
    }
    network = try Network(
      name, classes: classes ?? card?.classes, inputChannels: card?.inputChannels ?? 3, initializes: false)
    let ignorable = network.ignorableKeys
    try network.store.load(from: weights, ignoring: ignorable)
    let unused = file.keys.filter { Glob.matches(ignorable, $0) }.count
    if unused > 0 { Diagnostics.note("\(weights): \(unused) tensors of auxiliary heads are left unused") }
  }

  /// Opens the weights; where they are missing, the error says which file is published.
  private static func open(_ weights: String, published: PublishedWeights?) throws -> WeightFile {
    do {
      return try WeightFile(path: weights)
    } catch WeightFileError.unreadable(let file, let reason) {
      let hint = published.map { "; torchvision's weights are \($0.url)" } ?? ""
      throw WeightFileError.unreadable(file: file, reason: reason + hint)
    }
  }

  /// What the weights expect.
  var preprocessing: Preprocessing { card?.preprocessing ?? network.card.preprocessing }

  /// The names of the classes as the weights have them; ImageNet's WordNet identifiers where there are a thousand;
  /// nil where they are unknown.
  var classNames: [String]? { Self.classNames(network.classes, card) }

  /// As ``classNames``, of weights for so many classes.
  static func classNames(_ classes: Int, _ card: WeightCard?) -> [String]? {
    card?.classNames ?? (classes == 1000 ? ClassNames.imageNetSynsets : nil)
  }

  /// Names for people; a class of unknown name is called by its number.
  var labels: [String] {
    if card == nil && network.classes == 1000 { return ClassNames.imageNet }
    return classNames?.map(ClassNames.readable) ?? (0..<network.classes).map { "class \($0)" }
  }
}
