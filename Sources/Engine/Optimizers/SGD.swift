/// Stochastic gradient descent with momentum, Nesterov's momentum and weight decay.
///
/// Weight decay λ adds λθ to the gradient g. PyTorch's `SGD` has a dampening too, here 0.
public final class SGD: Optimizer {
  /// How the velocity v is kept. The two agree while the learning rate is constant.
  public enum MomentumRule: Sendable {
    /// v ← μv + g; θ ← θ − ηv, as PyTorch. A new learning rate η acts on all of the velocity at once.
    case pytorch
    /// v ← μv − ηg; θ ← θ + v, as Sutskever et al. 2013 and the reviews. The velocity remembers old learning rates.
    case review
  }

  public var learningRate: Double
  /// What is trained, in the order given.
  public let groups: [ParameterGroup]
  /// μ; 0 keeps no velocity.
  public let momentum: Double
  /// Whether the step looks ahead by the new velocity.
  public let isNesterov: Bool
  /// How the velocity is kept.
  public let momentumRule: MomentumRule
  private let kept: OptimizerState

  /// - Parameters:
  ///   - groups: what is trained.
  ///   - learningRate: η.
  ///   - momentum: μ; 0 keeps no velocity.
  ///   - nesterov: whether the step looks ahead: θ moves by μv + g (or μv − ηg) with the new v.
  ///   - momentumRule: how the velocity is kept.
  public init(
    groups: [ParameterGroup], learningRate: Double, momentum: Double = 0, nesterov: Bool = false,
    momentumRule: MomentumRule = .pytorch
  ) {
    precondition(!nesterov || momentum > 0, "SGD: Nesterov's momentum needs a momentum")
    self.groups = groups
    self.learningRate = learningRate
    self.momentum = momentum
    self.isNesterov = nesterov
    self.momentumRule = momentumRule
    kept = OptimizerState(groups, slots: momentum == 0 ? [] : ["momentum"])
  }

  /// For parameters that share everything.
  /// - Precondition: Nesterov's momentum has a momentum.
  public convenience init(
    _ parameters: [Parameter], learningRate: Double, momentum: Double = 0, weightDecay: Double = 0,
    nesterov: Bool = false, momentumRule: MomentumRule = .pytorch
  ) {
    self.init(
      groups: [ParameterGroup(parameters, weightDecay: weightDecay)], learningRate: learningRate,
      momentum: momentum, nesterov: nesterov, momentumRule: momentumRule)
  }

  public func step(_ gradients: Gradients) {
    let (mu, nesterov) = (Float(momentum), isNesterov)
    for group in groups {
      let rate = Float(learningRate * group.learningRateScale)
      let decay = Float(group.weightDecay)
      // With v ← μv + a·g; θ ← θ + b·v both rules are one.
      let (a, b): (Float, Float) = momentumRule == .pytorch ? (1, -rate) : (-rate, 1)
      kept.update(group, gradients) { count, theta, gradient, state in
        guard momentum != 0 else {
          return Kernels.forEachLanes(count) { lanes in
            let old = lanes.load(theta)
            lanes.store(old - rate * (lanes.load(gradient) + decay * old), theta)
          }
        }
        let velocity = state.pointer(0)
        Kernels.forEachLanes(count) { lanes in
          let old = lanes.load(theta)
          let g = a * (lanes.load(gradient) + decay * old)
          let v = mu * lanes.load(velocity) + g
          lanes.store(v, velocity)
          lanes.store(old + b * (nesterov ? mu * v + g : v), theta)
        }
      }
    }
  }

  public var state: [(name: String, tensor: Tensor)] { kept.saved }

  public func restore(_ state: [(name: String, tensor: Tensor)]) throws { try kept.restore(state) }
}
