/// eˣ / Σ eˣ over the last axis, without overflow for any finite input.
public func softmax(_ x: consuming Tensor) -> Tensor {
  precondition(x.shape.rank >= 1, "softmax: a scalar has no axis")
  let node = x.node
  let y = Kernels.softmax(x)
  return y.recorded("softmax", from: node) { _ in { [Kernels.softmaxGradient($0, result: y)] } }
}

/// x − log Σ eˣ over the last axis, without overflow for any finite input.
public func logSoftmax(_ x: consuming Tensor) -> Tensor {
  precondition(x.shape.rank >= 1, "logSoftmax: a scalar has no axis")
  let node = x.node
  let y = Kernels.logSoftmax(x)
  return y.recorded("logSoftmax", from: node) { _ in { [Kernels.logSoftmaxGradient($0, result: y)] } }
}
