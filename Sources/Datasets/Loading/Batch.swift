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

  /// - Parameters:
  ///   - images: `[N, H, W, C]`.
  ///   - targets: N.
  ///   - sizes: N, or nil where no picture is padded.
  ///   - indices: N, or nil for `0..<N`.
  public init(images: Tensor, targets: [Target], sizes: [Image.Size]? = nil, indices: [Int]? = nil) {
    let count = targets.count
    precondition(
      images.shape.rank == 4 && images.shape[0] == count && sizes?.count ?? count == count
        && indices?.count ?? count == count,
      "Batch: images of \(images.shape) with \(count) targets, \(sizes?.count ?? count) sizes and "
        + "\(indices?.count ?? count) indices")
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
  /// The class of each picture.
  public var labels: [Int] { targets }
}
