import Datasets
import Engine

/// What is remembered of a data set's parts, so that what was found of their pictures is not taken for what is found of others.
/// The same pictures in another folder are the same.
struct DataKey: Codable {
  /// A digest of the classes, and of the pictures' names in their order with their classes.
  private let names: String
  /// A few of the pictures.
  let samples: [PictureSample?]

  /// - Parameter parts: in their order.
  init(_ parts: [any Dataset<Int>]) {
    var content: [UInt8] = []
    for part in parts {
      content += "\(part.count) \(part.classNames.joined(separator: "\0"))\n".utf8
      let named = (0..<part.count).map { part.name(at: $0) }
      let folder = Self.commonFolder(of: named)
      for (index, name) in named.enumerated() {
        content += name.utf8.dropFirst(folder)
        // What cannot be read is training's to say.
        content += "\0\((try? part.target(at: index)) ?? -1)\n".utf8
      }
    }
    names = content.withUnsafeBytes { SHA256.digest($0) }
    samples = PictureSample.samples(of: parts)
  }

  /// Whether the keys may be of the same pictures.
  func fits(_ other: DataKey) -> Bool {
    names == other.names && PictureSample.agree(samples, other.samples)
  }

  /// How many bytes of all names are the folder that all are in.
  private static func commonFolder(of names: [String]) -> Int {
    var shared = names.first.map { Array($0.utf8) } ?? []
    for name in names {
      var count = 0
      for (one, other) in zip(shared, name.utf8) {
        guard one == other else { break }
        count += 1
      }
      shared.removeLast(shared.count - count)
    }
    return shared.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
  }
}
