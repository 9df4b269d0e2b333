import Datasets
import Engine
import Foundation
import Images

/// What features depend on. Features in a file with another key are of no use, and do no harm: they are computed anew.
struct FeatureKey: Codable {
  /// Of the arithmetic that made them: a change of the trunk's bits counts it up.
  private var version = 1
  /// A digest of the trunk's weights and running statistics under their names.
  private let weights: String
  private let preprocessing: Preprocessing
  /// Of a picture's features.
  private let shape: [Int]
  private let pictures: DataKey
  private let options: DataOptions?

  private static let metadata = "colonnade.features"
  private static let keys = ["training", "validation"]

  init(
    _ data: DataSource<Int>, _ trunk: Sequential, _ preprocessing: Preprocessing, _ shape: [Int]
  ) {
    weights = SHA256.digest(of: trunk.modules().flatMap { $0.module.parameters })
    pictures = DataKey([data.train, data.validation])
    (self.preprocessing, self.shape, options) = (preprocessing, shape, data.options)
  }

  private func fits(_ other: FeatureKey) -> Bool {
    version == other.version && weights == other.weights && preprocessing == other.preprocessing
      && shape == other.shape && pictures.fits(other.pictures) && options == other.options
  }

  /// Features under this key, `[count, width]` of each part; nil where the file is missing, broken, or of another key.
  func read(_ file: URL, counts: [Int], width: Int) -> [Tensor]? {
    guard let opened = try? SafetensorsFile(path: file.path), let text = opened.metadata[Self.metadata],
      let key = try? JSONDecoder().decode(FeatureKey.self, from: Data(text.utf8)), fits(key)
    else { return nil }
    let found = zip(Self.keys, counts).compactMap { key, count -> Tensor? in
      guard opened.shape(of: key) == [count, width] else { return nil }
      return try? opened.tensor(key)
    }
    return found.count == counts.count ? found : nil
  }

  /// - Throws: `WeightFileError`.
  func write(_ features: [Tensor], to file: URL) throws {
    try Safetensors.write(
      zip(Self.keys, features).map { ($0, $1) },
      metadata: [Self.metadata: String(decoding: JSON.encoded(self), as: UTF8.self)], to: file.path)
  }
}

extension SHA256 {
  /// A digest of weights and running statistics under their names; batch norm's counters are left out.
  static func digest(of parameters: [Parameter]) -> String {
    let lines = parameters.filter { $0.role != .counter }.map { parameter in
      let content = parameter.value.withUnsafeBufferPointer { digest(UnsafeRawBufferPointer($0)) }
      return "\(parameter.name) \(content)"
    }
    return Array(lines.joined(separator: "\n").utf8).withUnsafeBytes { digest($0) }
  }
}
