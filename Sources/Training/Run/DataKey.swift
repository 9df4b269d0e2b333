import Datasets

/// What is remembered of a data set's parts, so that what was found of their pictures is not taken for what is found of others.
/// The same pictures in another folder are the same.
struct DataKey: Codable {
  /// The ``LabelDigest``.
  private let names: String
  /// A few of the pictures.
  let samples: [PictureSample?]

  /// - Parameter parts: in their order.
  init(_ parts: [any Dataset<Int>]) {
    names = LabelDigest.digest(of: parts)
    samples = PictureSample.samples(of: parts)
  }

  /// Whether the keys may be of the same pictures.
  func fits(_ other: DataKey) -> Bool {
    names == other.names && PictureSample.agree(samples, other.samples)
  }
}
