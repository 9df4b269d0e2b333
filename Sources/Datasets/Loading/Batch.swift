import Engine
import Images

/// Examples ready for a network.
public struct Batch<Target: GeometricTarget>: Sendable {
  /// `[N, H, W, C]`.
  public let images: Tensor
  /// What each picture is to teach.
  public let targets: [Target]
  /// The size of each picture; smaller than that of ``images`` where the batch was padded, right and below.
  public let sizes: [Image.Size]
  /// The place of each picture in the data set.
  public let indices: [Int]
  /// The share of each picture and of its target that is its own, in 0...1; the rest is the one's before it, and of the
  /// first one the last's. Nil where pictures are not mixed; see ``BatchMixing``.
  public let ownShare: Double?

  /// - Parameters:
  ///   - images: `[N, H, W, C]`.
  ///   - targets: N.
  ///   - sizes: N, or nil where no picture is padded.
  ///   - indices: N, or nil for `0..<N`.
  ///   - ownShare: of each picture, in 0...1, where they are mixed; nil where they are not.
  public init(
    images: Tensor, targets: [Target], sizes: [Image.Size]? = nil, indices: [Int]? = nil,
    ownShare: Double? = nil
  ) {
    let count = targets.count
    precondition(
      images.shape.rank == 4 && images.shape[0] == count && sizes?.count ?? count == count
        && indices?.count ?? count == count,
      "Batch: images of \(images.shape) with \(count) targets, \(sizes?.count ?? count) sizes and "
        + "\(indices?.count ?? count) indices")
    precondition(0...1 ~= ownShare ?? 1, "Batch: an own share of \(ownShare ?? 1)")
    self.ownShare = ownShare
    self.images = images
    self.targets = targets
    let size = Image.Size(width: images.shape[2], height: images.shape[1])
    self.sizes = sizes ?? Array(repeating: size, count: count)
    self.indices = indices ?? Array(0..<count)
  }

  /// The number of pictures.
  public var count: Int { targets.count }
}

extension Batch where Target == Int {
  /// The class of each picture; of mixed ones, see ``ownShare``, the class of its own part.
  public var labels: [Int] { targets }

  /// The class of the larger part of each picture, its own where both are as large: ``labels`` where nothing is mixed.
  public var mainLabels: [Int] {
    ownShare ?? 1 < 0.5 ? (0..<count).map { targets[($0 + count - 1) % count] } : targets
  }

  /// How much of each class every picture shows, `[N, classes]`; nil where pictures are not mixed.
  /// - Parameter classes: more than any label.
  public func distributions(classes: Int) -> Tensor? {
    guard let ownShare else { return nil }
    var shares = [Float](repeating: 0, count: count * classes)
    for (index, label) in targets.enumerated() {
      shares[index * classes + targets[(index + count - 1) % count]] += Float(1 - ownShare)
      shares[index * classes + label] += Float(ownShare)
    }
    return Tensor(shares, shape: [count, classes])
  }
}
