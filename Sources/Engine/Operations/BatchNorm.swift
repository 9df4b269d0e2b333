/// The statistics that a training-mode batch norm saw: by channel, over batch, height and width.
package struct BatchStatistics {
  /// `[C]`.
  package let mean: Tensor
  /// `[C]`, biased (divided by the number of elements).
  package let variance: Tensor
  /// Elements a channel.
  package let count: Int
}

/// Batch norm with the batch's own statistics (Ioffe and Szegedy 2015), with what usually follows it:
/// y = activation(γ·(x − mean)/√(variance + ε) + β + residual).
/// - Parameters:
///   - x: `[N, H, W, C]` or `[N, C]`.
///   - scale: γ, `[C]`.
///   - shift: β, `[C]`.
///   - residual: of x's shape, added before the activation.
package func batchNormTraining(
  _ x: consuming Tensor, scale: Tensor, shift: Tensor, epsilon: Float, residual: Tensor? = nil,
  activation: Activation = .none
) -> (output: Tensor, statistics: BatchStatistics) {
  let channels = x.shape.last
  let rows = x.count / max(channels, 1)
  precondition(
    scale.shape == [channels] && shift.shape == [channels],
    "batchNorm: scale \(scale.shape) and shift \(shift.shape) do not fit input \(x.shape)")
  precondition(
    residual == nil || residual!.shape == x.shape,
    "batchNorm: residual \(residual?.shape ?? []) added to \(x.shape)")
  let mean = Tensor(uninitialized: [channels])
  let variance = Tensor(uninitialized: [channels])
  Kernels.channelStatistics(
    x.storage.pointer, rows: rows, channels: channels, mean: mean.storage.pointer,
    variance: variance.storage.pointer)
  let inverse = inverseDeviation(variance, epsilon)
  let mask = activation.isMask ? activation : .none
  let y = normalize(x.detached, folded(scale.detached, shift.detached, mean, inverse), residual, mask)
  let statistics = BatchStatistics(mean: mean, variance: variance, count: rows)
  let (kept, keptScale) = (x.detached, scale.detached)
  let output = mask == .none ? nil : y
  let inputs = (x.node, scale.node, shift.node, residual?.node)
  let result = y.recorded("batchNorm", from: inputs.0, inputs.1, inputs.2, inputs.3) { needs in
    { dy in
      batchNormGradient(
        dy, kept, output, mask, keptScale, mean, inverse, needs: needs, statisticsDependOnInput: true)
    }
  }
  return (mask == activation ? result : Engine.activation(result, activation), statistics)
}

/// Batch norm with given statistics, as in inference; the gradient takes them as constants.
package func batchNormInference(
  _ x: consuming Tensor, scale: Tensor, shift: Tensor, mean: Tensor, variance: Tensor,
  epsilon: Float, residual: Tensor? = nil, activation: Activation = .none
) -> Tensor {
  let inverse = inverseDeviation(variance, epsilon)
  let inputs = (x.node, scale.node, shift.node, residual?.node)
  let factors = folded(scale.detached, shift.detached, mean, inverse)
  let recordsNothing =
    inputs.0 == nil && inputs.1 == nil && inputs.2 == nil && inputs.3 == nil
  if recordsNothing { return normalize(x, factors, residual, activation) }
  let mask = activation.isMask ? activation : .none
  let y = normalize(x.detached, factors, residual, mask)
  let (kept, keptScale) = (x.detached, scale.detached)
  let output = mask == .none ? nil : y
  let result = y.recorded("batchNorm", from: inputs.0, inputs.1, inputs.2, inputs.3) { needs in
    // The input's gradient is a product with constants: for it alone the input need not be kept.
    if !needs[1] && !needs[2] {
      let factors = (scale: factors.scale, shift: Tensor(zeros: factors.scale.shape))
      return { dy in
        let dz = output.map { masked(dy, where: mask, gave: $0) } ?? dy
        return [needs[0] ? normalize(dz, factors, nil, .none) : nil, nil, nil, needs[3] ? dz : nil]
      }
    }
    return { dy in
      batchNormGradient(
        dy, kept, output, mask, keptScale, mean, inverse, needs: needs, statisticsDependOnInput: false)
    }
  }
  return mask == activation ? result : Engine.activation(result, activation)
}

/// Batch norm in inference as one scale and one shift by channel.
package func foldedBatchNorm(
  scale: Tensor, shift: Tensor, mean: Tensor, variance: Tensor, epsilon: Float
) -> (scale: Tensor, shift: Tensor) {
  folded(scale.detached, shift.detached, mean, inverseDeviation(variance, epsilon))
}

/// 1/√(variance + ε).
private func inverseDeviation(_ variance: Tensor, _ epsilon: Float) -> Tensor {
  Tensor(shape: variance.shape) { inverse in
    for c in inverse.indices {
      inverse[c] = Float(1 / (Double(variance.storage.pointer[c]) + Double(epsilon)).squareRoot())
    }
  }
}

private func folded(
  _ scale: Tensor, _ shift: Tensor, _ mean: Tensor, _ inverse: Tensor
) -> (scale: Tensor, shift: Tensor) {
  let factor = Tensor(shape: scale.shape) { factor in
    for c in factor.indices { factor[c] = scale.storage.pointer[c] * inverse.storage.pointer[c] }
  }
  let offset = Tensor(shape: scale.shape) { offset in
    for c in offset.indices {
      offset[c] = shift.storage.pointer[c] - mean.storage.pointer[c] * factor.storage.pointer[c]
    }
  }
  return (factor, offset)
}

private func normalize(
  _ x: consuming Tensor, _ factors: (scale: Tensor, shift: Tensor), _ residual: Tensor?,
  _ activation: Activation
) -> Tensor {
  let shape = x.shape
  let result = x.reusableStorage()
  let epilogue = Epilogue(
    scale: Source(factors.scale.storage.pointer), shift: Source(factors.shift.storage.pointer),
    residual: residual.map { Source($0.storage.pointer) }, activation: activation)
  withExtendedLifetime((factors, residual)) {
    Kernels.affine(
      x.storage.pointer, rows: shape.count / max(shape.last, 1), channels: shape.last,
      into: result.pointer, epilogue)
  }
  return Tensor(storage: result, shape: shape)
}

/// Gradients for (x, scale, shift, residual). `output` is what the activation made, nil where there is none.
private func batchNormGradient(
  _ dy: consuming Tensor, _ x: Tensor, _ output: Tensor?, _ activation: Activation, _ scale: Tensor,
  _ mean: Tensor, _ inverse: Tensor, needs: [Bool], statisticsDependOnInput: Bool
) -> [Tensor?] {
  let channels = x.shape.last
  let rows = x.count / max(channels, 1)
  var dy = dy
  if output != nil { dy.makeUnique() }
  let sum = Tensor(uninitialized: [channels])
  let products = Tensor(uninitialized: [channels])
  Kernels.normalizationSums(
    dy: dy.storage.pointer, x: x.storage.pointer, output: output.map { Source($0.storage.pointer) },
    activation: activation, mean: mean.storage.pointer, rows: rows, channels: channels,
    sum: sum.storage.pointer,
    sumOfProducts: products.storage.pointer)
  let dScale = Tensor(shape: [channels]) { d in
    for c in d.indices { d[c] = products.storage.pointer[c] * inverse.storage.pointer[c] }
  }
  let residualGradient = needs[3] ? dy : nil
  var dx: Tensor?
  if needs[0] {
    // dx = γ·inv·(dy − Σdy/n − (x − mean)·inv²·Σdy(x − mean)/n), or γ·inv·dy with constant statistics.
    let factors = Tensor(shape: [3, channels]) { factors in
      for c in 0..<channels {
        let inv = Double(inverse.storage.pointer[c])
        let a = Double(scale.storage.pointer[c]) * inv
        let n = Double(rows)
        let b =
          statisticsDependOnInput
          ? -a * inv * inv * Double(products.storage.pointer[c]) / n : 0
        let shift =
          statisticsDependOnInput
          ? -a * Double(sum.storage.pointer[c]) / n - b * Double(mean.storage.pointer[c]) : 0
        factors[c] = Float(a)
        factors[channels + c] = Float(b)
        factors[2 * channels + c] = Float(shift)
      }
    }
    let result = dy.reusableStorage()
    let f = Source(factors.storage.pointer)
    withExtendedLifetime((factors, x)) {
      Kernels.normalizationInputGradient(
        dy: dy.storage.pointer, x: x.storage.pointer, a: f, b: f + channels, c: f + 2 * channels,
        rows: rows, channels: channels, into: result.pointer)
    }
    dx = Tensor(storage: result, shape: x.shape)
  }
  return [dx, needs[1] ? dScale : nil, needs[2] ? sum : nil, residualGradient]
}
