import Engine
import Foundation
import Images
import Models

/// What a weight file says of itself, so that it can be used without being told: the network, its classes and
/// what is done to a picture first. Lies in the file's metadata, as JSON under the key `colonnade`.
public struct WeightCard: Codable, Hashable, Sendable {
  /// What the network was trained for, ``TrainingTask/name``; nil is classification.
  public var task: String?
  /// The network's name: in the registry, or what a network of one's own was called.
  public var network: String
  /// In the order of the network's outputs.
  public var classNames: [String]
  /// Whether the weights include auxiliary heads.
  public var auxiliary: Bool
  /// Of the pictures.
  public var inputChannels: Int
  /// Height and width of the pictures it was trained on.
  public var inputHeight: Int
  /// In pixels.
  public var inputWidth: Int
  /// What is done to a picture first.
  public var preprocessing: Preprocessing
  /// How a detector is made beside that; nil of other networks.
  public var detector: DetectorDetails?
  /// The share of the training pictures that was split off and not trained on, `DataOptions.validationShare`; nil where none was.
  public var validationShare: Double?
  /// Which pictures that were, `DataOptions.seed`; nil where none were.
  public var splitSeed: UInt64?

  /// - Parameters:
  ///   - network: the network's name in the registry.
  ///   - classNames: in the order of its outputs.
  ///   - auxiliary: whether the weights include auxiliary heads.
  ///   - inputChannels: of the pictures.
  ///   - inputHeight: of the pictures.
  ///   - inputWidth: of the pictures.
  ///   - preprocessing: what is done to a picture first.
  ///   - task: what the network was trained for; nil is classification.
  ///   - detector: how a detector is made beside that; nil of other networks.
  public init(
    network: String, classNames: [String], auxiliary: Bool = false, inputChannels: Int, inputHeight: Int,
    inputWidth: Int, preprocessing: Preprocessing, task: String? = nil, detector: DetectorDetails? = nil
  ) {
    self.detector = detector
    self.task = task
    self.network = network
    self.classNames = classNames
    self.auxiliary = auxiliary
    self.inputChannels = inputChannels
    self.inputHeight = inputHeight
    self.inputWidth = inputWidth
    self.preprocessing = preprocessing
  }

  /// How many there are.
  public var classes: Int { classNames.count }

  private static let key = "colonnade"

  /// What is put into a file's metadata.
  public var metadata: [String: String] {
    [Self.key: String(decoding: JSON.encoded(self), as: UTF8.self), "format": "pt"]
  }

  /// The card of a weight file; nil where another program wrote it.
  /// - Throws: `WeightFileError`.
  public static func read(from path: String) throws -> WeightCard? { try read(from: WeightFile(path: path)) }

  /// The card of a weight file that is open; nil where another program wrote it.
  /// - Throws: `WeightFileError`.
  public static func read(from file: WeightFile) throws -> WeightCard? {
    guard let text = file.metadata[key] else { return nil }
    func malformed(_ reason: String) -> WeightFileError {
      .malformed(file: file.path, key: "__metadata__.\(key)", reason: reason)
    }
    let card: WeightCard
    do {
      card = try JSONDecoder().decode(WeightCard.self, from: Data(text.utf8))
    } catch {
      throw malformed("not a weight card")
    }
    guard 1...mostChannels ~= card.inputChannels else {
      throw malformed("a network for pictures of \(card.inputChannels) channels")
    }
    return card
  }

  /// A file of some bytes must not have a network of any size made.
  private static let mostChannels = 1024

  /// The network that the card describes, its weights zero.
  /// - Parameter registry: where its name is looked for.
  /// - Throws: `NetworkError`.
  public func makeNetwork(in registry: Registry = .standard) throws -> Network {
    try Network(
      network, classes: classes, inputChannels: inputChannels, auxiliary: auxiliary, initializes: false,
      in: registry)
  }

  /// A network with the weights of a file that has a card.
  /// - Parameters:
  ///   - path: the file.
  ///   - registry: where the network's name is looked for. For a network without a registry, build it and load the file
  ///     into its `store`.
  /// - Returns: nil where the file has none.
  /// - Throws: `WeightFileError`, `NetworkError`.
  public static func loadNetwork(
    from path: String, in registry: Registry = .standard
  ) throws -> (network: Network, card: WeightCard)? {
    guard let card = try read(from: path) else { return nil }
    let network = try card.makeNetwork(in: registry)
    try network.store.load(from: path)
    return (network, card)
  }
}
