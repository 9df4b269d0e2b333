/// How a picture is resized. All antialias: the filter widens with the reduction.
public enum Interpolation: String, Codable, Sendable {
  /// The triangle filter.
  case bilinear
  /// Catmull and Rom's cubic (a = −½).
  case bicubic
  /// The mean of the pixels that become one, and the nearest pixel where the picture grows: Pillow's `BOX`.
  case box

  /// Half the filter's width, in pixels of the larger scale.
  fileprivate var support: Double {
    switch self {
    case .bilinear: 1
    case .bicubic: 2
    case .box: 0.5
    }
  }

  fileprivate func weight(_ offset: Double) -> Double {
    let x = abs(offset)
    switch self {
    case .box:
      return offset > -0.5 && offset <= 0.5 ? 1 : 0
    case .bilinear:
      return x < 1 ? 1 - x : 0
    case .bicubic:
      let a = -0.5
      if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
      if x < 2 { return (((x - 5) * x + 8) * x - 4) * a }
      return 0
    }
  }
}

/// A part of a line of pixels: `length` of them from `start` on, where the first one begins at 0.
struct LineSpan {
  let start: Double
  let length: Double
}

/// Which source pixels make each pixel of a line, and their weights in fixed point; one axis of a resize.
///
/// The arithmetic is that of Pillow's `Resample.c`, in the same order, so that resized pictures have the same bits.
struct ResamplingWeights {
  /// Fraction bits of a weight: 32 less 8 for the sample and 2 for the cubic's overshoot.
  static let precision: Int32 = 22

  let starts: [Int]
  let counts: [Int]
  /// The weights of the `i`th output begin at `i * stride`.
  let weights: [Int32]
  let stride: Int

  /// For the given pixels of the `target` that a line of `source` pixels becomes.
  /// - Parameter span: what of the line becomes them, as Pillow's `box`; nil is all of it. Pixels at its ends are looked at as far
  ///   as the filter reaches.
  init(
    from source: Int, of span: LineSpan? = nil, to target: Int, outputs: Range<Int>,
    _ interpolation: Interpolation
  ) {
    let (start, length) = (span?.start ?? 0, span?.length ?? Double(source))
    let scale = length / Double(target)
    let filterScale = max(scale, 1)
    let support = interpolation.support * filterScale
    let stride = Int(support.rounded(.up)) * 2 + 1
    var starts = [Int](repeating: 0, count: outputs.count)
    var counts = starts
    var weights = [Int32](repeating: 0, count: outputs.count * stride)
    var line = [Double](repeating: 0, count: stride)
    for (index, output) in outputs.enumerated() {
      let center = start + (Double(output) + 0.5) * scale
      let first = max(Int(center - support + 0.5), 0)
      let count = min(Int(center + support + 0.5), source) - first
      var sum = 0.0
      for k in 0..<count {
        let weight = interpolation.weight((Double(k + first) - center + 0.5) * (1 / filterScale))
        line[k] = weight
        sum += weight
      }
      for k in 0..<count {
        let weight = (sum != 0 ? line[k] / sum : line[k]) * Double(Int32(1) << Self.precision)
        weights[index * stride + k] = Int32(weight < 0 ? weight - 0.5 : weight + 0.5)
      }
      starts[index] = first
      counts[index] = count
    }
    self.starts = starts
    self.counts = counts
    self.weights = weights
    self.stride = stride
  }
}
