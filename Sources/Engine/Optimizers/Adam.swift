#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Adam (Kingma and Ba 2015), as PyTorch computes it: m ← β₁m + (1−β₁)g; v ← β₂v + (1−β₂)g²; θ ← θ − η·m̂/(√v̂ + ε), with m̂ = m/(1−β₁ᵗ), v̂ = v/(1−β₂ᵗ),
/// and t the parameter's own count of steps. Weight decay λ adds λθ to the gradient g.
public class Adam: Optimizer {
  public var learningRate: Double
  /// What is trained, in the order given.
  public let groups: [ParameterGroup]
  /// β₁ and β₂.
  public let betas: (first: Double, second: Double)
  /// ε, added to the root of the second moment.
  public let epsilon: Double
  private let kept: OptimizerState
  /// Whether weight decay acts on the parameter instead of the gradient.
  fileprivate var decouplesWeightDecay: Bool { false }

  /// For parameters in groups with learning rates and weight decays of their own; the defaults are PyTorch's.
  /// - Parameters:
  ///   - groups: what is trained.
  ///   - learningRate: η.
  ///   - betas: β₁ and β₂, each in 0..<1.
  ///   - epsilon: ε.
  public init(
    groups: [ParameterGroup], learningRate: Double = 1e-3,
    betas: (first: Double, second: Double) = (0.9, 0.999), epsilon: Double = 1e-8
  ) {
    self.groups = groups
    self.learningRate = learningRate
    self.betas = betas
    self.epsilon = epsilon
    kept = OptimizerState(groups, slots: ["first_moment", "second_moment"], countsSteps: true)
  }

  /// For parameters that share everything; no weight decay unless asked for.
  public convenience init(
    _ parameters: [Parameter], learningRate: Double = 1e-3,
    betas: (first: Double, second: Double) = (0.9, 0.999), epsilon: Double = 1e-8,
    weightDecay: Double = 0
  ) {
    self.init(
      groups: [ParameterGroup(parameters, weightDecay: weightDecay)], learningRate: learningRate,
      betas: betas, epsilon: epsilon)
  }

  public func step(_ gradients: Gradients) {
    let (beta2, keep1, keep2) = (Float(betas.second), Float(1 - betas.first), Float(1 - betas.second))
    let epsilon = Float(epsilon)
    for group in groups {
      let rate = learningRate * group.learningRateScale
      let shrink = decouplesWeightDecay ? Float(1 - rate * group.weightDecay) : 1
      let decay = decouplesWeightDecay ? 0 : Float(group.weightDecay)
      kept.update(group, gradients) { count, theta, gradient, state in
        let (m, v, steps) = (state.pointer(0), state.pointer(1), state.pointer(2))
        steps[0] += 1
        let t = Double(steps[0])
        let size = Float(rate / (1 - pow(betas.first, t)))
        let root = Float(1 / (1 - pow(betas.second, t)).squareRoot())
        Kernels.forEachLanes(count) { lanes in
          let old = lanes.load(theta) * shrink
          let g = lanes.load(gradient) + decay * old
          let oldFirst = lanes.load(m)
          let first = oldFirst + keep1 * (g - oldFirst)
          let second = beta2 * lanes.load(v) + keep2 * (g * g)
          lanes.store(first, m)
          lanes.store(second, v)
          lanes.store(old - size * (first / (second.squareRoots * root + epsilon)), theta)
        }
      }
    }
  }

  public var state: [(name: String, tensor: Tensor)] { kept.saved }

  public func restore(_ state: [(name: String, tensor: Tensor)]) throws { try kept.restore(state) }
}

/// AdamW (Loshchilov and Hutter 2019), as PyTorch computes it: ``Adam`` with θ ← θ − ηλθ before the step
/// in place of λθ in the gradient.
public final class AdamW: Adam {
  fileprivate override var decouplesWeightDecay: Bool { true }

  /// The default weight decay is PyTorch's.
  public convenience init(
    _ parameters: [Parameter], learningRate: Double = 1e-3,
    betas: (first: Double, second: Double) = (0.9, 0.999), epsilon: Double = 1e-8,
    weightDecay: Double = 1e-2
  ) {
    self.init(
      groups: [ParameterGroup(parameters, weightDecay: weightDecay)], learningRate: learningRate,
      betas: betas, epsilon: epsilon)
  }
}
