import Engine
import Images

/// Examples ready for a network.
public struct Batch<Target: GeometricTarget>: Sendable {
  /// The pictures' numbers, all in one tensor or each in its own.
  private enum Pictures: Sendable {
    case together(Tensor), separate([Tensor])
  }

  private let storage: Pictures
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
    storage = .together(images)
    self.targets = targets
    let size = Image.Size(width: images.shape[2], height: images.shape[1])
    self.sizes = sizes ?? Array(repeating: size, count: count)
    self.indices = indices ?? Array(0..<count)
  }

  /// Of pictures by themselves, `[1, H, W, C]` each.
  init(separate pictures: [Tensor], targets: [Target], indices: [Int]) {
    storage = .separate(pictures)
    (self.targets, self.indices) = (targets, indices)
    sizes = pictures.map { Image.Size(width: $0.shape[2], height: $0.shape[1]) }
    ownShare = nil
  }

  /// The number of pictures.
  public var count: Int { targets.count }

  /// That of ``images``.
  public var shape: Shape {
    switch storage {
    case .together(let images): images.shape
    case .separate(let pictures):
      [count, sizes.map(\.height).max()!, sizes.map(\.width).max()!, pictures[0].shape[3]]
    }
  }

  /// `[N, H, W, C]`: each picture in the top left corner. Where each has a tensor of its own, see ``Collation/separate``, they
  /// are put side by side anew each time, zeros beyond them.
  public var images: Tensor {
    switch storage {
    case .together(let images): return images
    case .separate(let pictures):
      var images = Tensor(zeros: shape)
      for (index, (picture, size)) in zip(pictures, sizes).enumerated() {
        images[index..<index + 1, 0..<size.height, 0..<size.width] = picture
      }
      return images
    }
  }

  /// Each picture without padding, `[1, H, W, C]`.
  public var pictures: [Tensor] {
    if case .separate(let pictures) = storage { return pictures }
    return (0..<count).map { picture(at: $0) }
  }

  /// A picture without padding, `[1, H, W, C]`.
  /// - Parameter index: its place in the batch.
  public func picture(at index: Int) -> Tensor {
    switch storage {
    case .together(let images):
      return images[index..<index + 1, 0..<sizes[index].height, 0..<sizes[index].width]
    case .separate(let pictures): return pictures[index]
    }
  }
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
