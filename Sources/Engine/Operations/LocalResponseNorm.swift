/// Local response normalization across channels (Krizhevsky et al. 2012, 3.3), PyTorch's convention:
/// y_c = x_c · (k + α/size · Σ x²)^−β over `size` neighbouring channels.
/// - Parameters:
///   - x: `[N, H, W, C]`.
///   - size: how many channels.
///   - alpha: α, of the mean of squares; the paper's multiplies their sum.
///   - beta: β, the exponent.
///   - k: what is added to the mean.
public func localResponseNorm(
  _ x: Tensor, size: Int, alpha: Float = 1e-4, beta: Float = 0.75, k: Float = 1
) -> Tensor {
  precondition(size > 0 && x.shape.rank >= 2, "localResponseNorm: size \(size) over \(x.shape)")
  let response = LocalResponse(size: size, alpha: alpha, beta: beta, k: k)
  let channels = x.shape.last
  let rows = x.count / max(channels, 1)
  let y = Tensor(uninitialized: x.shape)
  response.forward(x.storage.pointer, rows: rows, channels: channels, into: y.storage.pointer)
  let kept = x.detached
  return y.recorded("localResponseNorm", from: x.node) { _ in
    { dy in
      let dx = Tensor(uninitialized: kept.shape)
      withExtendedLifetime((dy, kept)) {
        response.gradient(
          kept.storage.pointer, dy: dy.storage.pointer, rows: rows, channels: channels,
          into: dx.storage.pointer)
      }
      return [dx]
    }
  }
}
