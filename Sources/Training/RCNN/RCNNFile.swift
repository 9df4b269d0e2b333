import Engine
import Foundation
import Images
import Models

// R-CNN in one safetensors file: the network under `trunk.`, machines and regression under `rcnn.`, and what is needed to
// build it in the metadata.

/// What the file of an R-CNN says of it, as JSON under the key `colonnade.rcnn` of its metadata.
private struct RCNNCard: Codable {
  var network: String
  var networkClasses: Int
  var layer: String
  var grid: Int
  var padding: Int
  var preprocessing: Preprocessing
  var classes: [String]
  var search: SelectiveSearch
  var maximumProposals: Int

  static let key = "colonnade.rcnn"
  /// More than any network has.
  private static let mostClasses = 1_000_000
  /// Ways in which regions are grouped; the paper's most thorough search has 80.
  private static let mostStrategies = 1024

  /// Why no R-CNN is like that; nil where one may be.
  var fault: String? {
    if classes.isEmpty { return "no classes" }
    if !(1...Self.mostClasses ~= networkClasses) { return "\(networkClasses) outputs of the network" }
    if !(1...64 ~= grid) { return "a grid of \(grid)" }
    let channels = [preprocessing.mean.count, preprocessing.standardDeviation.count]
    if channels != [1, 1] && channels != [3, 3] { return "a mean and a deviation of \(channels) channels" }
    if maximumProposals < 0 { return "\(maximumProposals) proposals" }
    let ways = [search.colorSpaces.count, search.scales.count, search.similarities.count]
    if ways.contains(where: { $0 > Self.mostStrategies }) || ways.reduce(1, *) > Self.mostStrategies {
      return "a search of \(ways.map(String.init).joined(separator: " · ")) strategies"
    }
    return search.fault
  }
}

extension RCNN {
  private enum Key {
    static let trunk = "trunk."
    static let own = "rcnn.*"
    static let classifierWeights = "rcnn.classifier.weight"
    static let classifierBias = "rcnn.classifier.bias"
    static let regressionWeights = "rcnn.regression.weight"
    static let regressionBias = "rcnn.regression.bias"
  }

  /// Writes all of it, the network's weights too, as safetensors. What was at `path` is replaced whole or not at all.
  /// - Throws: `WeightFileError`.
  public func save(to path: String) throws {
    let card = RCNNCard(
      network: encoder.network.name, networkClasses: encoder.network.classes, layer: encoder.layer,
      grid: encoder.grid, padding: encoder.padding, preprocessing: encoder.preprocessing, classes: classes,
      search: search, maximumProposals: maximumProposals)
    var tensors: [(name: String, tensor: Tensor)] = [
      (Key.classifierWeights, classifierWeights), (Key.classifierBias, classifierBias),
      (Key.regressionWeights, regressionWeights), (Key.regressionBias, regressionBias),
    ]
    // Counters are left out: nothing is trained any more, and files may lack them.
    tensors += encoder.network.store.all.filter { $0.role != .counter }.map { parameter in
      (name: Key.trunk + parameter.name, tensor: parameter.layout.toFile(parameter.value))
    }
    try Safetensors.write(
      tensors, metadata: [RCNNCard.key: String(decoding: JSON.encoded(card), as: UTF8.self), "format": "pt"],
      to: path)
  }

  /// Reads what ``save(to:)`` wrote.
  /// - Parameters:
  ///   - path: the file.
  ///   - registry: where the network's name is looked for.
  /// - Throws: `WeightFileError`, `NetworkError`, `ModuleError`.
  public init(from path: String, in registry: Registry = .standard) throws {
    let file = try SafetensorsFile(path: path)
    func malformed(_ reason: String) -> WeightFileError {
      .malformed(file: path, key: "__metadata__.\(RCNNCard.key)", reason: reason)
    }
    guard let text = file.metadata[RCNNCard.key] else { throw malformed("missing: this is no R-CNN's file") }
    guard let card = try? JSONDecoder().decode(RCNNCard.self, from: Data(text.utf8)) else {
      throw malformed("not what an R-CNN's file has")
    }
    if let fault = card.fault { throw malformed(fault) }
    // Each has a weight.
    let numbers = file.keys.reduce(0) { $0 + (file.shape(of: $1)?.count ?? 0) }
    guard card.networkClasses <= numbers else {
      throw malformed("\(card.networkClasses) outputs of the network in \(numbers) numbers")
    }
    let network = try Network(
      card.network, classes: card.networkClasses, inputChannels: card.preprocessing.channels,
      initializes: false,
      in: registry)
    guard card.padding >= 0, card.padding < network.card.inputSize / 2 else {
      throw malformed("a padding of \(card.padding) in \(network.card.inputSize) pixels")
    }
    try network.store.load(from: path, ignoring: [Key.own], key: { Key.trunk + $0 })
    let encoder = try RegionEncoder(
      network, layer: card.layer, grid: card.grid, padding: card.padding, preprocessing: card.preprocessing)
    let count = card.classes.count
    func tensor(_ key: String, _ shape: Shape) throws -> Tensor {
      let tensor = try file.tensor(key)
      guard tensor.shape == shape else {
        throw WeightFileError.mismatch(
          file: path, misfits: [.wrongShape(key: key, file: tensor.shape, network: shape)])
      }
      return tensor
    }
    self.init(
      classes: card.classes, encoder: encoder, search: card.search, maximumProposals: card.maximumProposals,
      classifierWeights: try tensor(Key.classifierWeights, [count, encoder.width]),
      classifierBias: try tensor(Key.classifierBias, [count]),
      regressionWeights: try tensor(Key.regressionWeights, [4 * count, encoder.width]),
      regressionBias: try tensor(Key.regressionBias, [4 * count]))
  }
}

extension RCNN {
  /// What a registry calls the R-CNN of a file; nil where it is something else's.
  /// - Throws: `WeightFileError` where the file's card cannot be read.
  static func name(ofFile path: String) throws -> String? {
    guard let file = try? SafetensorsFile(path: path) else { return nil }
    return try name(of: file.metadata, in: path)
  }

  /// What a registry calls the R-CNN of a file with these metadata; nil where it is something else's.
  /// - Throws: `WeightFileError` where its card cannot be read.
  static func name(of metadata: [String: String], in path: String) throws -> String? {
    guard let text = metadata[RCNNCard.key] else { return nil }
    guard let card = try? JSONDecoder().decode(RCNNCard.self, from: Data(text.utf8)) else {
      throw WeightFileError.malformed(
        file: path, key: "__metadata__.\(RCNNCard.key)", reason: "not what an R-CNN's file has")
    }
    return DetectorCard.rcnnPrefix + card.network
  }
}
