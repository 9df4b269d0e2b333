// Pooling of `[N, H, W, C]` as modules.

/// Max pooling, PyTorch's `MaxPool2d` without dilation. Padding never wins.
public final class MaxPool2d: Module {
  public let path: String
  /// Vertical and horizontal: the window, its step in pixels, and what lies around the picture at each edge.
  public let kernel, stride: Size2D
  /// Lines around the picture, by edge, which are never the largest.
  public let padding: Padding2D
  /// Whether there is a last, partial window.
  public let ceilMode: Bool

  /// - Parameters:
  ///   - scope: where it is; nil leaves it without a name.
  ///   - kernel: the window's height and width.
  ///   - stride: nil is the kernel's size.
  ///   - padding: pixels around the picture, on both sides.
  ///   - ceilMode: adds a last, partial window.
  public init(
    _ scope: Scope? = nil, kernel: Size2D, stride: Size2D? = nil, padding: Padding2D = 0,
    ceilMode: Bool = false
  ) {
    path = scope?.path ?? ""
    (self.kernel, self.stride, self.padding) = (kernel, stride ?? kernel, padding)
    self.ceilMode = ceilMode
  }

  public func forward(_ x: consuming Tensor, _ pass: Pass) -> Tensor {
    pass.observing(path, windows("MaxPool2d", kernel, stride), x) {
      maxPool2d($0, kernel: kernel, stride: stride, padding: padding, ceilMode: ceilMode)
    }
  }
}

/// Average pooling, PyTorch's `AvgPool2d`.
public final class AvgPool2d: Module {
  public let path: String
  /// Vertical and horizontal: the window, its step in pixels, and what lies around the picture at each edge.
  public let kernel, stride: Size2D
  /// Zeros around the picture, by edge.
  public let padding: Padding2D
  /// Whether there is a last, partial window.
  public let ceilMode: Bool
  /// Whether padding counts in the divisor.
  public let countIncludePad: Bool

  /// - Parameters:
  ///   - scope: where it is; nil leaves it without a name.
  ///   - kernel: the window's height and width.
  ///   - stride: nil is the kernel's size.
  ///   - padding: pixels around the picture, on both sides.
  ///   - ceilMode: adds a last, partial window.
  ///   - countIncludePad: whether padding counts in the divisor.
  public init(
    _ scope: Scope? = nil, kernel: Size2D, stride: Size2D? = nil, padding: Padding2D = 0,
    ceilMode: Bool = false,
    countIncludePad: Bool = true
  ) {
    path = scope?.path ?? ""
    (self.kernel, self.stride, self.padding) = (kernel, stride ?? kernel, padding)
    (self.ceilMode, self.countIncludePad) = (ceilMode, countIncludePad)
  }

  public func forward(_ x: consuming Tensor, _ pass: Pass) -> Tensor {
    pass.observing(path, windows("AvgPool2d", kernel, stride), x) {
      averagePool2d(
        $0, kernel: kernel, stride: stride, padding: padding, ceilMode: ceilMode,
        countIncludePad: countIncludePad)
    }
  }
}

/// Average pooling to a size, PyTorch's `AdaptiveAvgPool2d`.
public final class AdaptiveAvgPool2d: Module {
  public let path: String
  /// The output's height and width.
  public let size: Size2D

  /// - Parameters:
  ///   - scope: where it is; nil leaves it without a name.
  ///   - size: the output's height and width; 1 is the mean of the whole activation.
  public init(_ scope: Scope? = nil, size: Size2D) {
    path = scope?.path ?? ""
    self.size = size
  }

  public func forward(_ x: consuming Tensor, _ pass: Pass) -> Tensor {
    pass.observing(path, "AdaptiveAvgPool2d \(size)", x) {
      adaptiveAveragePool2d($0, height: size.y, width: size.x)
    }
  }
}

/// Max pooling to a size, PyTorch's `AdaptiveMaxPool2d`.
public final class AdaptiveMaxPool2d: Module {
  public let path: String
  /// The output's height and width.
  public let size: Size2D

  /// - Parameters:
  ///   - scope: where it is; nil leaves it without a name.
  ///   - size: the output's height and width.
  public init(_ scope: Scope? = nil, size: Size2D) {
    path = scope?.path ?? ""
    self.size = size
  }

  public func forward(_ x: consuming Tensor, _ pass: Pass) -> Tensor {
    pass.observing(path, "AdaptiveMaxPool2d \(size)", x) {
      adaptiveMaxPool2d($0, height: size.y, width: size.x)
    }
  }
}

/// As summaries name it.
private func windows(_ name: String, _ kernel: Size2D, _ stride: Size2D) -> String {
  "\(name) \(kernel) /" + (stride.y == stride.x ? "\(stride.y)" : "\(stride)")
}
