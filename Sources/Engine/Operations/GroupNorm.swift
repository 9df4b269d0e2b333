// Normalizations that need no batch: by groups of channels, by element, by channel of each picture.

/// Group norm (Wu and He 2018): each picture's groups of neighbouring channels are brought to mean 0 and variance 1 over
/// channels and positions, then y = weight · x̂ + bias by channel, as `torch.nn.functional.group_norm`.
/// - Parameters:
///   - x: `[N, …, C]`, such as `[N, H, W, C]`.
///   - groups: how many; they divide the channels evenly.
///   - weight: `[C]`; nil is 1.
///   - bias: `[C]`; nil is 0.
///   - epsilon: added to the variance, which is biased (divided by the number of elements).
public func groupNorm(
  _ x: Tensor, groups: Int, weight: Tensor? = nil, bias: Tensor? = nil, epsilon: Float = 1e-5
) -> Tensor {
  let channels = x.shape.last
  precondition(
    x.shape.rank >= 2 && groups > 0 && channels % groups == 0, "groupNorm: \(groups) groups of \(x.shape)")
  let samples = x.shape[0]
  return normalized(
    "groupNorm", x,
    GroupNormalization(
      samples: samples, rows: x.count / max(samples * channels, 1), channels: channels, groups: groups,
      epsilon: epsilon),
    weight, bias, of: [channels])
}

/// Instance norm (Ulyanov et al. 2016): each picture's channels are brought to mean 0 and variance 1 over positions, then
/// y = weight · x̂ + bias by channel, as `torch.nn.functional.instance_norm` without running statistics.
/// - Parameters:
///   - x: `[N, H, W, C]`.
///   - weight: `[C]`; nil is 1.
///   - bias: `[C]`; nil is 0.
///   - epsilon: added to the variance, which is biased.
public func instanceNorm(
  _ x: Tensor, weight: Tensor? = nil, bias: Tensor? = nil, epsilon: Float = 1e-5
) -> Tensor {
  precondition(x.shape.rank >= 3 && x.shape.last > 0, "instanceNorm: \(x.shape) has no positions")
  return groupNorm(x, groups: x.shape.last, weight: weight, bias: bias, epsilon: epsilon)
}

/// Layer norm (Ba et al. 2016): the elements of the last axes are brought to mean 0 and variance 1, then
/// y = weight · x̂ + bias element by element, as `torch.nn.functional.layer_norm`.
/// - Parameters:
///   - x: `[…]` with `shape` for its last extents.
///   - shape: the extents that are normalized over together; nil is the last alone, an activation's channels.
///   - weight: of that shape; nil is 1.
///   - bias: of that shape; nil is 0.
///   - epsilon: added to the variance, which is biased.
public func layerNorm(
  _ x: Tensor, shape: Shape? = nil, weight: Tensor? = nil, bias: Tensor? = nil, epsilon: Float = 1e-5
) -> Tensor {
  let shape = shape ?? [x.shape.last]
  precondition(
    shape.rank >= 1 && shape.dimensions == x.shape.dimensions.suffix(shape.rank),
    "layerNorm: \(x.shape) does not end in \(shape)")
  return normalized(
    "layerNorm", x,
    GroupNormalization(
      samples: x.count / max(shape.count, 1), rows: 1, channels: shape.count, groups: 1, epsilon: epsilon),
    weight, bias, of: shape)
}

private func normalized(
  _ operation: StaticString, _ x: Tensor, _ kernel: GroupNormalization, _ weight: Tensor?, _ bias: Tensor?,
  of shape: Shape
) -> Tensor {
  precondition(
    (weight?.shape ?? shape) == shape && (bias?.shape ?? shape) == shape,
    "\(operation): weight \(weight?.shape ?? shape) and bias \(bias?.shape ?? shape) do not fit \(x.shape)")
  let (kept, scale) = (x.detached, weight?.detached)
  let statistics = kernel.statistics(kept)
  let y = kernel.forward(kept, statistics, scale: scale, shift: bias?.detached)
  return y.recorded(operation, from: x.node, weight?.node, bias?.node) { needs in
    { dy in
      let dy = dy
      let sums = kernel.sums(dy: dy, x: kept, statistics)
      let dx =
        needs[0] ? kernel.inputGradient(dy: dy, x: kept, statistics, scale: scale, sums: sums) : nil
      func byChannel(_ sums: Tensor) -> Tensor {
        Kernels.sum(sums, axis: 0, factor: 1).reshaped(to: shape)
      }
      return [dx, needs[1] ? byChannel(sums.products) : nil, needs[2] ? byChannel(sums.plain) : nil]
    }
  }
}
