import Datasets
import Engine
import Foundation
import Images
import Models

/// A detector with its weights, found by its name, by what the weights say of themselves, or by a darknet
/// configuration.
///
///     let trained = try TrainedDetector("yolov3-tiny", weights: "yolov3-tiny.weights")
///     let found = trained.detector.detect(in: [picture], DetectionOptions())
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
  ///   - configuration: a darknet `.cfg` file, in place of the registry's network.
  ///   - classNames: nil for what the weights say, else the detector's own.
  ///   - registry: where the name, given or the weights', is looked for.
  /// - Throws: ``TrainedNetworkError``, `NetworkError`, `DarknetError`, `ModuleError`, `WeightFileError`.
  public init(
    _ name: String? = nil, weights: String, configuration: String? = nil, classNames: [String]? = nil,
    in registry: DetectorRegistry = .standard
  ) throws {
    let written = try configuration.map(Self.read)
    // First, for a misspelt name is cheaper to find than a misfit.
    var card = try written.map { try DetectorCard.darknet($0) }
    if card == nil, let name { card = try registry.card(named: name) }
    unusedKeys = try written.map { try Self.unusedKeys(of: $0) } ?? []
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
    guard let found = try card ?? weightCard.map({ try registry.card(named: $0.network) }) else {
      throw TrainedNetworkError.unknownNetwork(file: weights)
    }
    var request = weightCard.map { DetectorRequest($0) } ?? DetectorRequest()
    if let classNames { request.classes = classNames }
    // What was searched in training is beside the weights.
    let proposals = ProposalStore()
    proposals.read(URL(fileURLWithPath: weights).deletingLastPathComponent().appending(path: Self.proposals))
    request.proposer = { proposals($0) }
    let detector = try found.detector(request)
    try detector.load(weights: weights)
    (self.detector, self.name, self.card) = (detector, name ?? found.name, weightCard)
  }

  /// Whether a file says that it holds a detector's weights. Those of other programs say nothing.
  /// - Parameters:
  ///   - weights: the file; one that cannot be read says nothing either.
  ///   - registry: where the name that the file gives is looked for.
  public static func isOne(weights: String, in registry: DetectorRegistry = .standard) -> Bool {
    if let isRCNN = try? RCNN.name(ofFile: weights) != nil, isRCNN { return true }
    guard let file = try? WeightFile(path: weights), let card = try? WeightCard.read(from: file) else {
      return false
    }
    return card.task != nil && registry.cards.contains { $0.name == card.network }
  }

  private static let proposals = RunDirectory(URL(fileURLWithPath: "/")).proposals.lastPathComponent

  private static func unusedKeys(of configuration: DarknetConfiguration) throws -> [String] {
    try DarknetArchitecture(configuration).unused.map {
      "[\($0.section)] \($0.entry.key) (line \($0.entry.line))"
    }
  }

  /// The greatest size of a configuration that is read.
  private static let largestConfiguration = 16 << 20

  private static func read(_ path: String) throws -> DarknetConfiguration {
    let url = FileReading.url(path)
    do {
      let size = try url.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0
      guard size <= largestConfiguration else {
        throw WeightFileError.unreadable(file: path, reason: "a configuration of \(counted(size, "byte"))")
      }
      return try DarknetConfiguration(String(contentsOf: url, encoding: .utf8), file: path)
    } catch let error as DarknetError {
      throw error
    } catch let error as WeightFileError {
      throw error
    } catch {
      throw WeightFileError.unreadable(file: path, reason: FileReading.reason(error, url))
    }
  }
}
