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
  /// A digest of the pictures' names in their order.
  private let names: String
  private let options: DataOptions?
  /// A few of the pictures.
  private let samples: [PictureSample?]

  private static let metadata = "colonnade.features"
  private static let keys = ["training", "validation"]

  init(
    _ data: DataSource<Int>, _ trunk: Sequential, _ preprocessing: Preprocessing, _ shape: [Int]
  ) {
    func digest(_ text: String) -> String { Array(text.utf8).withUnsafeBytes { SHA256.digest($0) } }
    let parameters = trunk.modules().flatMap { $0.module.parameters }.filter { $0.role != .counter }
    weights = digest(
      parameters.map { parameter in
        let content = parameter.value.withUnsafeBufferPointer { SHA256.digest(UnsafeRawBufferPointer($0)) }
        return "\(parameter.name) \(content)"
      }.joined(separator: "\n"))
    let parts = [data.train, data.validation]
    names = digest(
      parts.map { part in (0..<part.count).map { part.name(at: $0) }.joined(separator: "\0") }
        .joined(separator: "\0\0"))
    (self.preprocessing, self.shape, options) = (preprocessing, shape, data.options)
    samples = PictureSample.samples(of: parts)
  }

  private func fits(_ other: FeatureKey) -> Bool {
    version == other.version && weights == other.weights && preprocessing == other.preprocessing
      && shape == other.shape && names == other.names && options == other.options
      && PictureSample.agree(samples, other.samples)
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
