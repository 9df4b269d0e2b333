/// Layer-wise adaptive rate scaling (You, Gitman and Ginsburg 2017, "Large Batch Training of Convolutional Networks",
/// equation 6), for large batches: each weight's step is proportional to its own norm.
///
/// With the local rate κ‖θ‖/(‖g‖ + λ‖θ‖) of each weight, v ← μv + η · local · (g + λθ); θ ← θ − v. Where a norm is zero the local
/// rate is 1. Vectors, which are biases and batch norm's scale and shift, have a local rate of 1 too, as those who train with
/// LARS have it (Goyal et al. 2017; Chen et al. 2020, SimCLR).
public final class LARS: Optimizer {
  public var learningRate: Double
  /// What is trained, in the order given.
  public let groups: [ParameterGroup]
  /// μ; 0 keeps no velocity.
  public let momentum: Double
  /// κ, how far a weight trusts its gradient's length.
  public let trust: Double
  private let kept: OptimizerState
  /// The groups in parts of one rank class each, so that a whole part is adapted or not.
  private let parts: [(group: ParameterGroup, isAdapted: Bool)]

  /// - Parameters:
  ///   - groups: what is trained.
  ///   - learningRate: η, which multiplies the local rates.
  ///   - momentum: μ; 0 keeps no velocity.
  ///   - trust: κ; 0.001 in the paper.
  public init(
    groups: [ParameterGroup], learningRate: Double, momentum: Double = 0.9, trust: Double = 0.001
  ) {
    self.groups = groups
    self.learningRate = learningRate
    self.momentum = momentum
    self.trust = trust
    kept = OptimizerState(groups, slots: momentum == 0 ? [] : ["momentum"])
    parts = groups.flatMap { group in
      [true, false].map { isAdapted in
        let own = group.parameters.filter { ($0.shape.rank > 1) == isAdapted }
        let part = ParameterGroup(
          own, learningRateScale: group.learningRateScale, weightDecay: group.weightDecay)
        return (group: part, isAdapted: isAdapted)
      }
    }
  }

  public func step(_ gradients: Gradients) {
    let mu = Float(momentum)
    for (group, isAdapted) in parts {
      let rate = learningRate * group.learningRateScale
      let decay = Float(group.weightDecay)
      kept.update(group, gradients) { count, theta, gradient, state in
        let local = isAdapted ? localRate(count, theta, gradient, group.weightDecay) : 1
        let size = Float(rate * local)
        let velocity = momentum == 0 ? nil : state.pointer(0)
        Kernels.forEachLanes(count) { lanes in
          let old = lanes.load(theta)
          var v = size * (lanes.load(gradient) + decay * old)
          if let velocity {
            v = mu * lanes.load(velocity) + v
            lanes.store(v, velocity)
          }
          lanes.store(old - v, theta)
        }
      }
    }
  }

  private func localRate(
    _ count: Int, _ theta: Destination, _ gradient: Source, _ weightDecay: Double
  ) -> Double {
    let weight = Kernels.sumOfSquares(Source(theta), count).squareRoot()
    let slope = Kernels.sumOfSquares(gradient, count).squareRoot()
    guard weight > 0, slope > 0 else { return 1 }
    return trust * weight / (slope + weightDecay * weight)
  }

  public var state: [(name: String, tensor: Tensor)] { kept.saved }

  public func restore(_ state: [(name: String, tensor: Tensor)]) throws { try kept.restore(state) }
}
