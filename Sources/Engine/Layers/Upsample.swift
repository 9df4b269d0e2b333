/// The picture in another size, PyTorch's `Upsample`; no parameters.
public final class Upsample: Module {
  /// How large the result is: PyTorch's `size` or its `scale_factor`.
  public enum Size: Hashable, Sendable {
    /// `[N, height, width, C]`.
    case exact(height: Int, width: Int)
    /// So many times as high and as wide, rounded down.
    case scale(Double)
  }

  public let path: String
  /// Of the result.
  public let size: Size
  /// Nearest or bilinear, as in PyTorch's `interpolate`.
  public let mode: UpsamplingMode

  /// - Parameters:
  ///   - scope: where it is; nil leaves it without a name.
  ///   - size: of the result.
  ///   - mode: nearest or bilinear.
  public init(_ scope: Scope? = nil, to size: Size, mode: UpsamplingMode = .nearest) {
    path = scope?.path ?? ""
    (self.size, self.mode) = (size, mode)
  }

  public func forward(_ x: consuming Tensor, _ pass: Pass) -> Tensor {
    let x = x
    return pass.observing(path, "Upsample \(mode) \(size)") {
      switch size {
      case .exact(let height, let width): upsample2d(x, height: height, width: width, mode: mode)
      case .scale(let scale): upsample2d(x, scale: scale, mode: mode)
      }
    }
  }
}

extension Upsample.Size: CustomStringConvertible {
  public var description: String {
    switch self {
    case .exact(let height, let width): "\(height)×\(width)"
    case .scale(let scale): "×\(scale)"
    }
  }
}

extension UpsamplingMode: CustomStringConvertible {
  public var description: String {
    switch self {
    case .nearest: "nearest"
    case .bilinear: "bilinear"
    }
  }
}
