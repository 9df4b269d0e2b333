/// An exponential moving average of a network's weights over the steps of its training (Polyak and Juditsky 1992), which
/// measures better than the weights themselves: e ← d·e + (1 − d)·θ after every step.
///
/// Running statistics of batch norm are averaged as the weights are (torchvision's `ExponentialMovingAverage`, PyTorch's
/// `AveragedModel` with `use_buffers`); counters are not. The decay is min(d, (1 + t)/(10 + t)) after t steps, as TensorFlow's
/// `ExponentialMovingAverage` has it with `num_updates`, so that a short run's average is not one of its random beginning.
///
///     let average = WeightAverage(of: network.store, decay: 0.999)
///     optimizer.step(loss.backward())
///     average.update(after: steps)
///     let accuracy = average.whileInPlace { measure(network) }
public final class WeightAverage {
  /// d, below 1.
  public let decay: Double
  private let parameters: [Parameter]
  private var averages: [Tensor]

  /// Begins with the weights as they are.
  /// - Parameters:
  ///   - store: of the network.
  ///   - decay: d, in 0..<1; 0.999 is usual for some thousand steps, 0.9999 for more.
  public init(of store: ParameterStore, decay: Double) {
    precondition(0..<1 ~= decay, "WeightAverage: a decay of \(decay), not in 0..<1")
    self.decay = decay
    parameters = store.all.filter { $0.role != .counter }
    averages = parameters.map { $0.value.lastingCopy() }
  }

  /// The share of the average that is kept in the update after `steps` steps.
  public func decay(after steps: Int) -> Double { min(decay, Double(1 + steps) / Double(10 + steps)) }

  /// Takes the weights as they are now.
  /// - Parameter steps: that were taken since training began, this one included.
  public func update(after steps: Int) {
    let share = Float(1 - decay(after: steps))
    for (index, parameter) in parameters.enumerated() {
      let value = parameter.value
      averages[index].makeUnique()
      let average = averages[index].storage.pointer
      value.withUnsafeBufferPointer { value in
        guard let theta = value.baseAddress else { return }
        Kernels.forEachLanes(value.count) { lanes in
          let old = lanes.load(average)
          lanes.store(old + share * (lanes.load(theta) - old), average)
        }
      }
    }
  }

  /// Runs `body` while the network has the averages for its weights, and puts the weights back, whatever it throws.
  public func whileInPlace<R>(_ body: () throws -> R) rethrows -> R {
    let own = parameters.map(\.value)
    for (parameter, average) in zip(parameters, averages) { parameter.value = average }
    defer { for (parameter, value) in zip(parameters, own) { parameter.value = value } }
    return try body()
  }

  /// The averages under the parameters' names; elements lie as the parameters do in memory.
  public var state: [(name: String, tensor: Tensor)] {
    zip(parameters, averages).map { ($0.name, $1) }
  }

  /// Takes back what ``state`` gave, all of it.
  /// - Throws: ``OptimizerStateError``; nothing has changed then.
  public func restore(_ state: [(name: String, tensor: Tensor)]) throws {
    var rest: [String: Tensor] = [:]
    for (name, tensor) in state where rest.updateValue(tensor.detached, forKey: name) != nil {
      throw OptimizerStateError.duplicate(name: name)
    }
    let restored = try parameters.map { parameter in
      guard let tensor = rest.removeValue(forKey: parameter.name) else {
        throw OptimizerStateError.missing(name: parameter.name, shape: parameter.shape)
      }
      guard tensor.shape == parameter.shape else {
        throw OptimizerStateError.wrongShape(
          name: parameter.name, found: tensor.shape, expected: parameter.shape)
      }
      return tensor
    }
    if let (name, tensor) = rest.min(by: { $0.key < $1.key }) {
      throw OptimizerStateError.unknown(name: name, shape: tensor.shape)
    }
    averages = restored
  }
}

extension Tensor {
  /// A copy in memory of its own that is kept while activations come and go.
  fileprivate func lastingCopy() -> Tensor {
    let copy = Tensor(uninitialized: shape, isLasting: true)
    withUnsafeBufferPointer { copy.storage.pointer.update(from: $0.baseAddress!, count: count) }
    return copy
  }
}
