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
    }
  }

  /// Freezes the weights that ``frozen`` names.
  /// - Throws: ``TrainingError/invalidConfiguration(_:)`` where a pattern matches nothing, or nothing is left to train.
  func freeze(_ store: ParameterStore) throws {
    for pattern in frozen {
      guard !store.freeze(pattern).isEmpty else {
        throw TrainingError.invalidConfiguration(
          "no weight's name matches '\(pattern)', which was to be frozen")
      }
    }
    guard store.trainable.contains(where: { $0.role == .weight }) else {
      throw TrainingError.invalidConfiguration("every weight is frozen: nothing is left to train")
    }
  }
}
