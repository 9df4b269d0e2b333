import Engine

/// Lowe's descriptor of 4×4 parts with 8 directions each (Lowe 2004, "Distinctive Image Features from Scale-Invariant
/// Keypoints", section 6) at every place of a grid, upright, at several scales: as VLFeat's `vl_dsift` with its Gaussian window,
/// and its `vl_phow` for the scales.
///
/// Each pixel's gradient is shared linearly between two directions, two rows and two columns of parts, and weighted by a normal
/// distribution about the descriptor's middle, whose deviation is the width of ``window`` parts. Descriptors are divided by
/// their norm, clipped at 0.2 and divided by their norm again. Beyond the picture the gradients of its edge are repeated. In this
/// it differs from VLFeat: places of less contrast than ``contrast`` are left out, where VLFeat has zeros.
///
///     let descriptors = DenseSIFT()(picture)   // values [N, 128]
public struct DenseSIFT: Hashable, Codable, Sendable {
  /// Height and width of a part in pixels, by scale.
  public var sizes: [Int]
  /// Pixels between the places of the grid.
  public var step: Int
  /// The deviation of the weights about the middle, in parts; half of the descriptor's width as Lowe has it.
  public var window: Float
  /// At each scale the picture is smoothed by a normal distribution with a deviation of a part's width over this; `vl_phow` has
  /// 6 and Lowe 3.
  public var magnification: Float
  /// Places are left out where the mean gradient is less, white being 1.
  public var contrast: Float
  /// Whether the square roots of the descriptors divided by their sums are taken: Euclidean distances become Hellinger's
  /// (Arandjelović and Zisserman 2012, "Three things everyone should know to improve object retrieval").
  public var isRoot: Bool

  /// Numbers of a descriptor.
  public static let length = 128
  static let (parts, directions) = (4, 8)

  /// - Parameters:
  ///   - sizes: height and width of a part in pixels, by scale.
  ///   - step: pixels between the places of the grid.
  ///   - window: the deviation of the weights about the middle, in parts.
  ///   - magnification: a part's width over the deviation of the smoothing.
  ///   - contrast: places are left out where the mean gradient is less, white being 1.
  ///   - isRoot: whether the square roots of the descriptors divided by their sums are taken.
  /// - Precondition: there are sizes, and sizes, step, window and magnification are positive.
  public init(
    sizes: [Int] = [4, 6, 8, 10], step: Int = 4, window: Float = 2, magnification: Float = 6,
    contrast: Float = 0.005, isRoot: Bool = false
  ) {
    precondition(
      !sizes.isEmpty && sizes.allSatisfy { $0 > 0 } && step > 0 && window > 0 && magnification > 0,
      "DenseSIFT: parts of \(sizes) pixels, a step of \(step), a window of \(window), a magnification of \(magnification)"
    )
    (self.sizes, self.step, self.window, self.magnification) = (sizes, step, window, magnification)
    (self.contrast, self.isRoot) = (contrast, isRoot)
  }

  /// The descriptors of one scale after the other, from the top left of each, row by row. In a descriptor directions come
  /// fastest, then columns of parts, then rows; direction k is about 45·k degrees, from the right over downwards.
  /// - Parameter picture: in colour it is made grey first.
  public func callAsFunction(_ picture: Image) -> LocalDescriptors {
    let grey = picture.converted(toChannels: 1).pixels.map { Float($0) / 255 }
    var (values, places) = ([Float](), [SIMD2<Float>]())
    for size in sizes {
      let smoothed = PlaneFilter.filtered(
        grey, width: picture.width, height: picture.height,
        horizontal: .gaussian(Float(size) / magnification), vertical: .gaussian(Float(size) / magnification))
      let planes = GradientPlanes(smoothed, width: picture.width, height: picture.height)
      // So that the middles of all scales lie above each other.
      let offset = 3 * (sizes.max()! - size) / 2
      let scale = SIFTScale(planes, size: size, offset: offset, step: step, window: window)
      scale.forEach { middle, descriptor in
        guard finish(descriptor, width: 3 * size + 1) else { return }
        values += descriptor
        places.append(middle / SIMD2(Float(picture.width), Float(picture.height)))
      }
    }
    return LocalDescriptors(values: Tensor(values, shape: [places.count, Self.length]), places: places)
  }

  /// Normalizes in place.
  /// - Returns: false where there is too little contrast.
  private func finish(_ descriptor: UnsafeMutableBufferPointer<Float>, width: Int) -> Bool {
    let mass = descriptor.reduce(0, +) / Float(width * width)
    guard mass >= contrast, mass > 0 else { return false }
    Self.normalize(descriptor)
    for index in descriptor.indices { descriptor[index] = min(descriptor[index], 0.2) }
    Self.normalize(descriptor)
    if isRoot {
      let sum = descriptor.reduce(0, +)
      for index in descriptor.indices { descriptor[index] = (descriptor[index] / sum).squareRoot() }
    }
    return true
  }

  private static func normalize(_ values: UnsafeMutableBufferPointer<Float>) {
    let norm = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
    for index in values.indices { values[index] /= norm }
  }
}
