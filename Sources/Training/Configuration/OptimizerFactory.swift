import Engine

extension TrainingConfiguration {
  /// The optimizer of the store's weights, frozen ones included: it passes them by.
  func makeOptimizer(for store: ParameterStore) -> any Optimizer {
    let weights = store.all.filter { $0.role == .weight }
    let groups: [ParameterGroup]
    if decaysBiasAndNorm {
      groups = [ParameterGroup(weights, weightDecay: weightDecay)]
    } else {
      // Biases and batch norm's scale and shift are vectors; what multiplies activations is not.
      groups = [
        ParameterGroup(weights.filter { $0.shape.rank > 1 }, weightDecay: weightDecay),
        ParameterGroup(weights.filter { $0.shape.rank <= 1 }),
      ]
    }
    switch optimizer {
    case .sgd:
      return SGD(
        groups: groups, learningRate: learningRate, momentum: momentum, nesterov: nesterov,
        momentumRule: momentumRule == .pytorch ? .pytorch : .review)
    case .adam: return Adam(groups: groups, learningRate: learningRate)
    case .adamw: return AdamW(groups: groups, learningRate: learningRate)
    case .rmsprop: return RMSProp(groups: groups, learningRate: learningRate, momentum: momentum)
    case .lars: return LARS(groups: groups, learningRate: learningRate, momentum: momentum)
    }
  }

  /// Freezes the weights that ``frozen`` names and those that ``unfreezing`` holds still, as they are when an epoch begins.
  /// - Parameter epoch: counted from 1.
  /// - Throws: ``TrainingError/invalidConfiguration(_:)`` where a pattern matches nothing, or nothing is left to train.
  func freeze(_ store: ParameterStore, in epoch: Int = 1) throws {
    func matching(_ pattern: String, _ what: String) throws -> [Parameter] {
      let found = store.weights(matching: pattern)
      guard !found.isEmpty else {
        throw TrainingError.invalidConfiguration(
          "no weight's name matches '\(pattern)', which was to be \(what)")
      }
      return found
    }
    for pattern in frozen {
      for weight in try matching(pattern, "frozen") { weight.isTrainable = false }
    }
    let held = try (unfreezing ?? []).map { part in
      (weights: try matching(part.pattern, "unfrozen"), epoch: part.epoch)
    }
    for weight in held.flatMap(\.weights) { weight.isTrainable = false }
    for part in held where epoch >= part.epoch {
      for weight in part.weights { weight.isTrainable = true }
    }
    guard store.trainable.contains(where: { $0.role == .weight }) else {
      throw TrainingError.invalidConfiguration("every weight is frozen: nothing is left to train")
    }
  }
}
