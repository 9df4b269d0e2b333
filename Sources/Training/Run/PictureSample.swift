import Datasets
import Images

/// What is remembered of a picture, so that a run is not resumed with other data of the same number and classes: its size
/// and its mean. Little enough to be the same where another version of a library decodes it a trifle otherwise.
struct PictureSample: Codable, Hashable, Sendable {
  let width, height: Int
  /// Of all of its bytes, in 0...255.
  let mean: Double

  /// What two data sets differ in whose samples do not agree.
  static let difference = "pictures"

  /// Of each part of the data, spread evenly.
  private static let count = 8

  init(_ image: Image) {
    width = image.width
    height = image.height
    var sum = 0
    for pixel in image.pixels { sum += Int(pixel) }
    mean = Double(sum) / Double(max(image.pixels.count, 1))
  }

  /// Some pictures of a data set as they are decoded; nil for one that cannot be read, which is training's to say.
  static func samples<Target: GeometricTarget>(of parts: [any Dataset<Target>]) -> [PictureSample?] {
    parts.flatMap { part -> [PictureSample?] in
      places(of: part.count).map { (try? part.example(at: $0)).map { PictureSample($0.image) } }
    }
  }

  /// Which pictures of a part are looked at.
  /// - Parameter total: how many it has.
  static func places(of total: Int) -> [Int] {
    let taken = min(count, total)
    return (0..<taken).map { $0 * total / taken }
  }

  /// Whether the samples may be of the same pictures.
  static func agree(_ a: [PictureSample?], _ b: [PictureSample?]) -> Bool {
    a.count == b.count
      && zip(a, b).allSatisfy { one, other in
        guard let one, let other else { return true }
        return one.width == other.width && one.height == other.height && abs(one.mean - other.mean) < 1
      }
  }
}
