import Datasets

/// What is remembered of a data set's parts, so that what was found of their pictures is not taken for what is found of others.
/// The same pictures in another folder are the same.
struct DataKey: Codable {
  /// The ``LabelDigest``.
  private let names: String
  /// A few of the pictures.
  private let samples: [PictureSample?]

  /// - Parameter parts: in their order.
  init(_ parts: [any Dataset<Int>]) {
    names = LabelDigest.digest(of: parts)
    samples = PictureSample.samples(of: parts)
  }

  /// Whether the keys may be of the same pictures.
  func fits(_ other: DataKey) -> Bool { differences(from: other).isEmpty }

  /// What tells the keys' pictures apart, in words; nothing where they may be the same.
  func differences(from other: DataKey) -> [String] {
    (PictureSample.agree(samples, other.samples) ? [] : [PictureSample.difference])
      + (names == other.names ? [] : [LabelDigest.difference])
  }
}
