import Engine
import Foundation
import Models

/// The weights that a run began from.
public struct RunStart: Codable, Hashable, Sendable {
  /// The file's name, without its folder.
  public var file: String
  /// The SHA-256 of the whole file, in 64 lower-case hexadecimal digits.
  public var digest: String
  /// Where in the file the weights are, `WeightFile.place`, said or found; nil where they are all that is in it.
  public var key: String?

  /// - Parameters:
  ///   - file: its name, without its folder.
  ///   - digest: its SHA-256.
  ///   - key: where in it the weights are.
  public init(file: String, digest: String, key: String? = nil) {
    (self.file, self.digest, self.key) = (file, digest, key)
  }

  /// Reads a weight file to know it again.
  /// - Parameters:
  ///   - weights: darknet's `.weights`, safetensors or a PyTorch checkpoint.
  ///   - key: where in a checkpoint of several state dicts the weights are, as `WeightFile` takes it.
  /// - Throws: `WeightFileError`.
  public init(weights: String, key: String? = nil) throws {
    let name = (weights as NSString).lastPathComponent
    if try DarknetWeightFile.isOne(weights) {
      self.init(file: name, digest: try SHA256.digest(ofFile: weights))
      return
    }
    let file = try WeightFile(path: weights, key: key)
    self.init(file: name, digest: file.digest, key: file.place.isEmpty ? nil : file.place)
  }

  /// For people: as many digits as tell files apart.
  var text: String {
    "\(file)\(key.map { ", \($0)" } ?? ""), SHA-256 \(digest.prefix(16))…"
  }
}
