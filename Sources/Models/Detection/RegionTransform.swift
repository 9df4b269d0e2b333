import Engine
import Images

/// What an R-CNN does to pictures before its trunk sees them, torchvision's `GeneralizedRCNNTransform`: normalized, the
/// shorter side to a number of pixels unless the longer one would exceed another, bilinear without antialiasing, and padded
/// with zeros, right and below, to a multiple.
public struct RegionTransform: Hashable, Codable, Sendable {
  /// In pixels.
  public var shorterSide: Int
  /// In pixels; where the longer side would be more, it is this.
  public var longestSide: Int
  /// Height and width of a batch are multiples of it.
  public var multiple: Int
  /// By channel, on the scale where white is 1.
  public var mean: [Float]
  /// By channel, on the scale where white is 1.
  public var standardDeviation: [Float]

  /// - Parameters:
  ///   - shorterSide: in pixels.
  ///   - longestSide: in pixels.
  ///   - multiple: height and width of a batch are multiples of it.
  ///   - mean: by channel, on the scale where white is 1.
  ///   - standardDeviation: by channel, on the same scale.
  public init(
    shorterSide: Int = 800, longestSide: Int = 1333, multiple: Int = 32,
    mean: [Float] = Preprocessing.imageNetMean,
    standardDeviation: [Float] = Preprocessing.imageNetStandardDeviation
  ) {
    precondition(
      shorterSide > 0 && longestSide > 0 && multiple > 0,
      "RegionTransform: sides of \(shorterSide) and \(longestSide), a multiple of \(multiple)")
    (self.shorterSide, self.longestSide, self.multiple) = (shorterSide, longestSide, multiple)
    (self.mean, self.standardDeviation) = (mean, standardDeviation)
  }

  /// With the mean and deviation of a network's pictures, and batches that are not smaller than it can take.
  /// - Parameters:
  ///   - shorterSide: in pixels.
  ///   - longestSide: in pixels.
  ///   - network: whose layers are the trunk.
  init(shorterSide: Int, longestSide: Int, for network: NetworkCard) {
    self.init(
      shorterSide: shorterSide, longestSide: longestSide, multiple: (network.minimumSize + 31) / 32 * 32,
      mean: network.preprocessing.mean, standardDeviation: network.preprocessing.standardDeviation)
  }

  /// What makes a picture a tensor, at its size.
  public var preprocessing: Preprocessing {
    Preprocessing(resize: .none, mean: mean, standardDeviation: standardDeviation)
  }

  /// The size to which a picture is resized, each side rounded down, at least 1.
  public func size(of size: Image.Size) -> Image.Size {
    let (shorter, longer) = (Double(min(size.width, size.height)), Double(max(size.width, size.height)))
    let scale = min(Double(shorterSide) / shorter, Double(longestSide) / longer)
    return Image.Size(
      width: max(Int((Double(size.width) * scale).rounded(.down)), 1),
      height: max(Int((Double(size.height) * scale).rounded(.down)), 1))
  }

  /// Pictures resized and side by side.
  /// - Parameters:
  ///   - images: normalized pictures, each in the upper left corner of one of `[N, H, W, C]`.
  ///   - sizes: of the pictures.
  /// - Returns: `[N, height, width, C]`, zero beyond the pictures, and the size of each in it.
  public func callAsFunction(_ images: Tensor, sizes: [Image.Size]) -> (images: Tensor, sizes: [Image.Size]) {
    self(Self.pictures(of: images, sizes: sizes))
  }

  /// Pictures resized, each by itself, and then side by side: nothing is as large as the tallest and the widest of them
  /// together.
  /// - Parameter pictures: normalized ones, `[1, H, W, C]` each, at least one.
  /// - Returns: `[N, height, width, C]`, zero beyond the pictures, and the size of each in it.
  public func callAsFunction(_ pictures: [Tensor]) -> (images: Tensor, sizes: [Image.Size]) {
    precondition(!pictures.isEmpty, "RegionTransform: a batch of no pictures")
    let sizes = pictures.map { size(of: $0.pictureSize) }
    func padded(_ extent: Int) -> Int { (extent + multiple - 1) / multiple * multiple }
    let (height, width) = (padded(sizes.map(\.height).max()!), padded(sizes.map(\.width).max()!))
    var batch = Tensor(zeros: [pictures.count, height, width, pictures[0].shape[3]])
    for (index, (picture, new)) in zip(pictures, sizes).enumerated() {
      let resized = upsample2d(picture, height: new.height, width: new.width, mode: .bilinear)
      batch[index..<index + 1, 0..<new.height, 0..<new.width] = resized
    }
    return (batch, sizes)
  }

  /// The pictures of a padded batch.
  /// - Parameters:
  ///   - images: each in the upper left corner of one of `[N, H, W, C]`.
  ///   - sizes: of the pictures; nil where none is padded.
  /// - Returns: `[1, H, W, C]` each.
  static func pictures(of images: Tensor, sizes: [Image.Size]?) -> [Tensor] {
    precondition(
      images.shape.rank == 4 && images.shape[0] > 0 && sizes?.count ?? images.shape[0] == images.shape[0],
      "RegionTransform: \(images.shape) with \(sizes?.count ?? images.shape[0]) sizes")
    let sizes = sizes ?? Array(repeating: images.pictureSize, count: images.shape[0])
    return sizes.enumerated().map { index, size in
      images[index..<index + 1, 0..<size.height, 0..<size.width]
    }
  }
}

extension Tensor {
  /// Of a batch's pictures, `[N, H, W, C]`.
  var pictureSize: Image.Size { Image.Size(width: shape[2], height: shape[1]) }
}
