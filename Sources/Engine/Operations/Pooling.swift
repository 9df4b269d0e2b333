/// Max pooling of `[N, H, W, C]`, PyTorch's `max_pool2d` without dilation. Padding never wins.
/// - Parameters:
///   - x: `[N, H, W, C]`.
///   - kernel: the window's height and width.
///   - stride: nil is the kernel's size.
///   - padding: less than the kernel at each edge.
///   - ceilMode: adds a last, partial window.
public func maxPool2d(
  _ x: Tensor, kernel: Size2D, stride: Size2D? = nil,
  padding: Padding2D = 0, ceilMode: Bool = false
) -> Tensor {
  maxPool(
    x, sliding("maxPool2d", x.shape, kernel, stride, padding, ceilMode, countsPadding: false))
}

/// Average pooling of `[N, H, W, C]`, PyTorch's `avg_pool2d`.
public func averagePool2d(
  _ x: Tensor, kernel: Size2D, stride: Size2D? = nil,
  padding: Padding2D = 0, ceilMode: Bool = false, countIncludePad: Bool = true
) -> Tensor {
  averagePool(
    x,
    sliding(
      "averagePool2d", x.shape, kernel, stride, padding, ceilMode, countsPadding: countIncludePad))
}

/// Average pooling to `height` × `width`, PyTorch's `adaptive_avg_pool2d`.
public func adaptiveAveragePool2d(_ x: Tensor, height: Int, width: Int) -> Tensor {
  averagePool(x, adaptive("adaptiveAveragePool2d", x.shape, height, width))
}

/// Max pooling to `height` × `width`, PyTorch's `adaptive_max_pool2d`.
public func adaptiveMaxPool2d(_ x: Tensor, height: Int, width: Int) -> Tensor {
  maxPool(x, adaptive("adaptiveMaxPool2d", x.shape, height, width))
}

/// The average over height and width, `[N, C]`.
public func globalAveragePool2d(_ x: Tensor) -> Tensor {
  adaptiveAveragePool2d(x, height: 1, width: 1).flattened()
}

private func sliding(
  _ operation: String, _ shape: Shape, _ kernel: Size2D,
  _ stride: Size2D?, _ padding: Padding2D, _ ceilMode: Bool,
  countsPadding: Bool
) -> PoolingGeometry {
  precondition(shape.rank == 4, "\(operation): \(shape) is not [N, H, W, C]")
  let stride = stride ?? kernel
  func windows(_ extent: Int, _ kernel: Int, _ stride: Int, _ padding: (Int, Int)) -> PoolingWindows {
    PoolingWindows(
      extent: extent, kernel: kernel, stride: stride, padding: padding, ceilMode: ceilMode,
      countsPadding: countsPadding)
  }
  return PoolingGeometry(
    batch: shape[0], channels: shape[3],
    y: windows(shape[1], kernel.y, stride.y, (padding.top, padding.bottom)),
    x: windows(shape[2], kernel.x, stride.x, (padding.left, padding.right)))
}

private func adaptive(
  _ operation: String, _ shape: Shape, _ height: Int, _ width: Int
) -> PoolingGeometry {
  precondition(shape.rank == 4, "\(operation): \(shape) is not [N, H, W, C]")
  return PoolingGeometry(
    batch: shape[0], channels: shape[3],
    y: PoolingWindows(extent: shape[1], adaptiveCount: height),
    x: PoolingWindows(extent: shape[2], adaptiveCount: width))
}

private func maxPool(_ x: Tensor, _ g: PoolingGeometry) -> Tensor {
  let y = Tensor(uninitialized: g.outputShape)
  Kernels.maxPool(g, x.storage.pointer, into: y.storage.pointer)
  let kept = x.detached
  return y.recorded("maxPool2d", from: x.node) { _ in
    { dy in
      let dx = Tensor(uninitialized: g.inputShape)
      withExtendedLifetime((dy, kept, y)) {
        Kernels.maxPoolGradient(
          g, input: kept.storage.pointer, output: y.storage.pointer, dy: dy.storage.pointer,
          dx: dx.storage.pointer)
      }
      return [dx]
    }
  }
}

private func averagePool(_ x: Tensor, _ g: PoolingGeometry) -> Tensor {
  if g.y.extent == g.y.count && g.x.extent == g.x.count && g.inputShape == g.outputShape
    && g.y.windows.allSatisfy({ $0.end - $0.start == 1 && $0.divisor == 1 })
    && g.x.windows.allSatisfy({ $0.end - $0.start == 1 && $0.divisor == 1 })
  {
    return x  // Adaptive pooling to the size it has.
  }
  let y = Tensor(uninitialized: g.outputShape)
  Kernels.averagePool(g, x.storage.pointer, into: y.storage.pointer)
  return y.recorded("averagePool2d", from: x.node) { _ in
    { dy in
      let dx = Tensor(uninitialized: g.inputShape)
      withExtendedLifetime(dy) {
        Kernels.averagePoolGradient(g, dy: dy.storage.pointer, dx: dx.storage.pointer)
      }
      return [dx]
    }
  }
}
