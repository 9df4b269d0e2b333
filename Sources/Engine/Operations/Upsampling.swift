/// How ``upsample2d(_:height:width:mode:)`` makes pixels between pixels.
public enum UpsamplingMode: Hashable, Sendable {
  /// The nearest pixel above and to the left: source = ⌊target · in / out⌋.
  case nearest
  /// Between the four nearest pixels. Where corners are aligned, those of both pictures are the centres of their corner
  /// pixels, source = target · (in − 1) / (out − 1); otherwise the edges of the pictures coincide,
  /// source = (target + ½) · in / out − ½, not below 0.
  case bilinear(alignCorners: Bool)

  /// Bilinear, the edges of the pictures coinciding.
  public static var bilinear: UpsamplingMode { .bilinear(alignCorners: false) }
}

/// The picture in another size, as `torch.nn.functional.interpolate`.
///
/// Also smaller than it was, without antialiasing then.
/// - Parameters:
///   - x: `[N, H, W, C]`.
///   - height: of the result, in pixels.
///   - width: of the result, in pixels.
///   - mode: nearest or bilinear.
/// - Returns: `[N, height, width, C]`.
public func upsample2d(_ x: Tensor, height: Int, width: Int, mode: UpsamplingMode = .nearest) -> Tensor {
  precondition(
    x.shape.rank == 4 && x.shape[1] > 0 && x.shape[2] > 0 && height > 0 && width > 0,
    "upsample2d: \(x.shape) to \(height)×\(width)")
  return resample(
    x, rows: mode.weights(from: x.shape[1], to: height), columns: mode.weights(from: x.shape[2], to: width))
}

/// The picture `scale` times as high and as wide, rounded down, as `torch.nn.functional.interpolate` with a
/// `scale_factor`: pixels are placed by the scale itself, not by the quotient of the sizes.
/// - Parameters:
///   - x: `[N, H, W, C]`.
///   - scale: above 0.
///   - mode: nearest or bilinear.
/// - Returns: `[N, ⌊H · scale⌋, ⌊W · scale⌋, C]`.
public func upsample2d(_ x: Tensor, scale: Double, mode: UpsamplingMode = .nearest) -> Tensor {
  precondition(x.shape.rank == 4 && scale > 0, "upsample2d: \(x.shape) times \(scale)")
  let (height, width) = (Int(Double(x.shape[1]) * scale), Int(Double(x.shape[2]) * scale))
  precondition(height > 0 && width > 0, "upsample2d: \(x.shape) times \(scale) is empty")
  return resample(
    x, rows: mode.weights(from: x.shape[1], to: height, scale: scale),
    columns: mode.weights(from: x.shape[2], to: width, scale: scale))
}

private func resample(_ x: Tensor, rows: AxisWeights, columns: AxisWeights) -> Tensor {
  Kernels.resampled(x, rows: rows, columns: columns).recorded("upsample2d", from: x.node) { _ in
    { [Kernels.resampled($0, rows: rows.transposed, columns: columns.transposed)] }
  }
}

extension UpsamplingMode {
  /// What each of `targets` pixels of a line is made of.
  fileprivate func weights(from sources: Int, to targets: Int, scale: Double? = nil) -> AxisWeights {
    AxisWeights(
      sources: sources,
      (0..<targets).map { target in
        switch self {
        case .nearest:
          [.init(source: Self.nearest(target, sources, targets, scale), weight: 1)]
        case .bilinear(let alignCorners):
          Self.neighbours(target, sources, targets, scale, alignCorners)
        }
      })
  }

  /// In Float, as PyTorch rounds it: which pixel is nearest may hang on the last bit.
  private static func nearest(_ target: Int, _ sources: Int, _ targets: Int, _ scale: Double?) -> Int {
    if targets == sources { return target }
    if targets == 2 * sources { return target / 2 }
    let step = scale.map { Float(1 / $0) } ?? Float(sources) / Float(targets)
    return min(Int((Float(target) * step).rounded(.down)), sources - 1)
  }

  private static func neighbours(
    _ target: Int, _ sources: Int, _ targets: Int, _ scale: Double?, _ alignCorners: Bool
  ) -> [AxisWeights.Tap] {
    let place: Double
    if alignCorners {
      place = targets > 1 ? Double(target) * Double(sources - 1) / Double(targets - 1) : 0
    } else {
      let step = scale.map { 1 / $0 } ?? Double(sources) / Double(targets)
      place = max((Double(target) + 0.5) * step - 0.5, 0)
    }
    let first = min(Int(place), sources - 1)
    let weight = Float(min(max(place - Double(first), 0), 1))
    if weight == 0 || first == sources - 1 { return [.init(source: first, weight: 1)] }
    return [.init(source: first, weight: 1 - weight), .init(source: first + 1, weight: weight)]
  }
}
