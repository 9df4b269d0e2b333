/// Changes parameters by their gradients.
///
/// Parameters that are frozen when a step is taken, or that have no gradient, are passed by: neither they nor their state
/// change. Hyperparameters are `Double`, as PyTorch computes with them, and rounded once a step.
public protocol Optimizer: AnyObject {
  /// η, before each group's scale; schedules set it from step to step.
  var learningRate: Double { get set }

  /// The parameters that it changes, with what each group has of its own.
  var groups: [ParameterGroup] { get }

  /// Changes every parameter that has a gradient, in place.
  func step(_ gradients: Gradients)

  /// What must be kept for training to go on as if it had not stopped, by names such as `conv1.weight.momentum`.
  /// Elements lie as the parameters do in memory.
  var state: [(name: String, tensor: Tensor)] { get }

  /// Takes back what ``state`` gave; parameters it does not speak of start afresh.
  /// - Throws: ``OptimizerStateError``; nothing has changed then.
  func restore(_ state: [(name: String, tensor: Tensor)]) throws
}

/// Parameters that share hyperparameters.
public struct ParameterGroup {
  /// Weights of the network, each in one group alone.
  public let parameters: [Parameter]
  /// The group's learning rate is the optimizer's times this.
  public var learningRateScale: Double
  /// λ of L2 regularization; how it acts is the optimizer's.
  public var weightDecay: Double

  /// - Parameters:
  ///   - parameters: what the group trains.
  ///   - learningRateScale: times the optimizer's learning rate; 0.1 is usual for layers that are fine-tuned.
  ///   - weightDecay: λ.
  public init(_ parameters: [Parameter], learningRateScale: Double = 1, weightDecay: Double = 0) {
    self.parameters = parameters
    self.learningRateScale = learningRateScale
    self.weightDecay = weightDecay
  }
}

/// Why a saved state is not one of this optimizer on these parameters.
public enum OptimizerStateError: Error, Equatable, CustomStringConvertible {
  /// The state speaks of a tensor that no parameter of this optimizer has.
  case unknown(name: String, shape: Shape)
  /// A parameter has some of its tensors in the state, but not this one.
  case missing(name: String, shape: Shape)
  /// The state has a name twice.
  case duplicate(name: String)
  /// The tensor under a name is not of the parameter's shape.
  case wrongShape(name: String, found: Shape, expected: Shape)

  public var description: String {
    switch self {
    case .unknown(let name, let shape): "optimizer state: \(shown(name)) \(shape) belongs to no parameter"
    case .missing(let name, let shape): "optimizer state: \(shown(name)) \(shape) is missing"
    case .duplicate(let name): "optimizer state: \(shown(name)) is there twice"
    case .wrongShape(let name, let found, let expected):
      "optimizer state: \(shown(name)) is \(found), not \(expected)"
    }
  }
}
