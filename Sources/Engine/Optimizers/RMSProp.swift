/// RMSProp (Hinton 2012, Graves 2013 where centered), as PyTorch computes it:
/// s ← αs + (1−α)g²; θ ← θ − η·g/(√s + ε), with √(s − ḡ²) where centered on the mean ḡ ← αḡ + (1−α)g.
/// With momentum: b ← μb + g/(√s + ε); θ ← θ − ηb. Weight decay λ adds λθ to the gradient.
public final class RMSProp: Optimizer {
  public var learningRate: Double
  /// What is trained, in the order given.
  public let groups: [ParameterGroup]
  /// α, how much of the mean square is kept.
  public let smoothing: Double
  /// ε, added to the root of the mean square.
  public let epsilon: Double
  /// μ; 0 keeps no velocity.
  public let momentum: Double
  /// Whether the gradient's mean is taken off its mean square.
  public let isCentered: Bool
  private let kept: OptimizerState

  /// For parameters in groups with learning rates and weight decays of their own; the defaults are PyTorch's.
  /// - Parameters:
  ///   - groups: what is trained.
  ///   - learningRate: η.
  ///   - smoothing: α, in 0..<1.
  ///   - epsilon: ε.
  ///   - momentum: μ.
  ///   - centered: whether s less the mean's square is taken the root of.
  public init(
    groups: [ParameterGroup], learningRate: Double = 1e-2, smoothing: Double = 0.99,
    epsilon: Double = 1e-8, momentum: Double = 0, centered: Bool = false
  ) {
    self.groups = groups
    self.learningRate = learningRate
    self.smoothing = smoothing
    self.epsilon = epsilon
    self.momentum = momentum
    self.isCentered = centered
    kept = OptimizerState(
      groups,
      slots: ["mean_square"] + (momentum == 0 ? [] : ["momentum"]) + (centered ? ["mean"] : []))
  }

  /// For parameters that share everything.
  public convenience init(
    _ parameters: [Parameter], learningRate: Double = 1e-2, smoothing: Double = 0.99,
    epsilon: Double = 1e-8, momentum: Double = 0, weightDecay: Double = 0, centered: Bool = false
  ) {
    self.init(
      groups: [ParameterGroup(parameters, weightDecay: weightDecay)], learningRate: learningRate,
      smoothing: smoothing, epsilon: epsilon, momentum: momentum, centered: centered)
  }

  public func step(_ gradients: Gradients) {
    let (alpha, rest) = (Float(smoothing), Float(1 - smoothing))
    let (mu, epsilon) = (Float(momentum), Float(epsilon))
    for group in groups {
      let rate = Float(learningRate * group.learningRateScale)
      let decay = Float(group.weightDecay)
      kept.update(group, gradients) { count, theta, gradient, state in
        let square = state.pointer(0)
        let velocity = momentum == 0 ? nil : state.pointer(1)
        let mean = isCentered ? state.pointer(momentum == 0 ? 1 : 2) : nil
        Kernels.forEachLanes(count) { lanes in
          let old = lanes.load(theta)
          let g = lanes.load(gradient) + decay * old
          let s = alpha * lanes.load(square) + rest * (g * g)
          lanes.store(s, square)
          var variance = s
          if let mean {
            let oldMean = lanes.load(mean)
            let newMean = oldMean + rest * (g - oldMean)
            lanes.store(newMean, mean)
            variance = s - newMean * newMean
          }
          var change = g / (variance.squareRoots + epsilon)
          if let velocity {
            change = mu * lanes.load(velocity) + change
            lanes.store(change, velocity)
          }
          lanes.store(old - rate * change, theta)
        }
      }
    }
  }

  public var state: [(name: String, tensor: Tensor)] { kept.saved }

  public func restore(_ state: [(name: String, tensor: Tensor)]) throws { try kept.restore(state) }
}
