import Engine

/// Examples ready for a network.
public struct Batch: Sendable {
  /// `[N, H, W, C]`.
  public let images: Tensor
  /// The class of each picture.
  public let labels: [Int]
  /// The place of each picture in the data set.
  public let indices: [Int]

  public var count: Int { labels.count }
}
