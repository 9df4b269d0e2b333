import Datasets
import Engine
import Foundation
import Images
import Models

/// A detector with its weights, found by its name, by what the weights say of themselves, or by a darknet
/// configuration.
///
///     let trained = try TrainedDetector("yolov3-tiny", weights: "yolov3-tiny.weights")
///     let found = try trained.detector.detect(in: [picture], DetectionOptions())
public struct TrainedDetector: Sendable {
  /// With its weights.
  public let detector: any Detector
  /// The detector's name.
  public let name: String
  /// What the weights say of themselves; nil where another program wrote them.
  public let card: WeightCard?
  /// The keys of a darknet configuration that were not used, each with its section and line, for people.
  public let unusedKeys: [String]

  /// Builds the detector and loads its weights.
  /// - Parameters:
  ///   - name: in the registry; nil where the weights or the configuration must say it.
  ///   - weights: a file of a format that the detector reads.
  ///   - configuration: a darknet `.cfg` file, in place of the registry's network and without a name.
  ///   - classNames: as many as the weights have classes; nil for what the weights say, else the detector's own.
  ///   - registry: where the name, given or the weights', is looked for.
  /// - Throws: ``TrainedNetworkError``, `NetworkError`, `DarknetError`, `ModuleError`, `WeightFileError`.
  public init(
    _ name: String? = nil, weights: String, configuration: String? = nil, classNames: [String]? = nil,
    in registry: DetectorRegistry = .standard
  ) throws {
    self = try MappedFile.once(weights) {
      try TrainedDetector(name, configuration, readableAgain: weights, classNames, registry)
    }
  }

  /// - Parameter weights: is opened more than once.
  private init(
    _ name: String?, _ configuration: String?, readableAgain weights: String, _ classNames: [String]?,
    _ registry: DetectorRegistry
  ) throws {
    if let name, let configuration {
      throw NetworkError.invalidOption(
        network: name, reason: "the network is that of \(configuration), so no other can be named")
    }
    let written = try configuration.map { try DarknetConfiguration(path: $0) }
    // First, for a misspelt name is cheaper to find than a misfit.
    var card = try written.map { try DetectorCard.darknet($0) }
    if card == nil, let name { card = try registry.card(named: name) }
    unusedKeys = try written.map { try DarknetArchitecture($0).unusedKeys } ?? []
    if let file = try RCNN.name(ofFile: weights) {
      if let card, card.name != file {
        throw TrainedNetworkError.otherNetwork(file: weights, holds: file, asked: card.name)
      }
      (self.detector, self.name, self.card) = (try RCNN(from: weights), file, nil)
      return
    }
    let weightCard = try DarknetWeightFile.isOne(weights) ? nil : WeightCard.read(from: weights)
    if let card, written == nil, let weightCard, weightCard.network != card.name {
      throw TrainedNetworkError.otherNetwork(file: weights, holds: weightCard.network, asked: card.name)
    }
    if card == nil, let weightCard, weightCard.task == nil || weightCard.isPretrained,
      !registry.knows(weightCard)
    {
      throw TrainedNetworkError.classifier(file: weights, name: weightCard.network)
    }
    guard let found = try card ?? weightCard.map({ try registry.card(of: $0) }) else {
      throw TrainedNetworkError.unknownNetwork(file: weights)
    }
    var request = weightCard.map { DetectorRequest($0) } ?? DetectorRequest()
    if let classNames {
      try Self.check(classNames, written == nil ? weightCard?.classes : found.classes.count, of: found.name)
      request.classes = classNames
    }
    // What was searched in training is beside the weights.
    let proposals = ProposalStore()
    proposals.read(URL(fileURLWithPath: weights).deletingLastPathComponent().appending(path: Self.proposals))
    request.proposer = { proposals($0) }
    let detector = try found.detector(request)
    do {
      try detector.load(weights: weights)
    } catch let error as WeightFileError {
      // Weights without a card do not say of how many classes they are: perhaps of as many as the published ones.
      let published = found.classes.count
      if let classNames, weightCard == nil, classNames.count != published, Self.loads(weights, into: found) {
        try Self.check(classNames, published, of: found.name)
      }
      throw error
    }
    (self.detector, self.name, self.card) = (detector, found.name, weightCard)
  }

  /// Refuses another number of names than of classes, where that is known.
  private static func check(_ classNames: [String], _ classes: Int?, of name: String) throws {
    guard let classes, classes > 0, classNames.count != classes else { return }
    throw TrainedNetworkError.nameCount(classNames.count, classes: classes, network: name)
  }

  /// Whether a file holds weights of a detector with its own classes.
  private static func loads(_ weights: String, into card: DetectorCard) -> Bool {
    do {
      try card.detector().load(weights: weights)
      return true
    } catch {
      return false
    }
  }

  /// Whether a file says that it holds a detector's weights. Those of other programs say nothing.
  /// - Parameters:
  ///   - weights: the file; one that cannot be read says nothing either.
  ///   - registry: where the name that the file gives is looked for.
  public static func isOne(weights: String, in registry: DetectorRegistry = .standard) -> Bool {
    guard let file = try? WeightFile(path: weights) else { return false }
    return name(of: file, in: registry) != nil
  }

  /// The detector that a file says it holds the weights of; nil where it says nothing, or another network.
  package static func name(of file: WeightFile, in registry: DetectorRegistry = .standard) -> String? {
    if let name = try? RCNN.name(of: file.metadata, in: file.path) { return name }
    guard let card = try? WeightCard.read(from: file), card.task != nil,
      registry.knows(card)
    else { return nil }
    return card.network
  }

  private static let proposals = RunDirectory(URL(fileURLWithPath: "/")).proposals.lastPathComponent
}
