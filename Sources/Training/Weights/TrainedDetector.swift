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
  public let detector: any LoadableDetector
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
  /// - Throws: ``TrainedNetworkError``, `NetworkError`, `DarknetError`, `WeightFileError`.
  public init(
    _ name: String? = nil, weights: String, configuration: String? = nil, classNames: [String]? = nil,
    in registry: DetectorRegistry = .standard
  ) throws {
    let written = try configuration.map(Self.read)
    // First, for a misspelt name is cheaper to find than a misfit.
    var detector = try written.map { try DetectorCard.darknet($0) }
    if detector == nil, let name { detector = try registry.card(named: name) }
    card = try DarknetWeightFile.isOne(weights) ? nil : WeightCard.read(from: weights)
    if let detector, written == nil, let card, card.network != detector.name {
      throw TrainedNetworkError.otherNetwork(file: weights, holds: card.network, asked: detector.name)
    }
    guard let found = try detector ?? card.map({ try registry.card(named: $0.network) }) else {
      throw TrainedNetworkError.unknownNetwork(file: weights)
    }
    let request = DetectorRequest(
      classes: classNames ?? card?.classNames,
      inputSize: card.map { Image.Size(width: $0.inputWidth, height: $0.inputHeight) },
      preprocessing: card?.preprocessing)
    self.detector = try found.detector(request)
    self.name = name ?? found.name
    unusedKeys =
      try written.map { written in
        try DarknetArchitecture(written).unused.map {
          "[\($0.section)] \($0.entry.key) (line \($0.entry.line))"
        }
      } ?? []
    try self.detector.load(weights: weights)
  }

  /// The greatest size of a configuration that is read.
  private static let largestConfiguration = 16 << 20

  private static func read(_ path: String) throws -> DarknetConfiguration {
    let url = FileReading.url(path)
    do {
      let size = try url.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0
      guard size <= largestConfiguration else {
        throw WeightFileError.unreadable(file: path, reason: "\(size) bytes are no configuration")
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
