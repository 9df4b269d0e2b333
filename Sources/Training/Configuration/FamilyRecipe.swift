import Models

extension TrainingConfiguration {
  /// How a classifier is trained where nothing is said, by its family.
  ///
  /// Networks without batch norm (AlexNet, VGG, SqueezeNet, the paper's GoogLeNet) stay at the loss of guessing at the learning rate
  /// that others want. They have a lower one and gradients that are clipped. With SGD they stay there even so, for many epochs or
  /// for good: their random weights are moved by Adam, with a warm-up. Where weights are fine-tuned that were trained before, all
  /// networks have the lower rate and the clipping: a few large steps would lose them.
  /// - Parameters:
  ///   - card: the network.
  ///   - startsAfresh: whether its weights are random.
  ///   - isProbe: whether its last layer alone is trained, which begins afresh whatever comes before it.
  ///   - optimizer: what moves the weights, at a learning rate that suits it; nil is the family's own.
  public static func suited(
    to card: NetworkCard, startsAfresh: Bool = true, isProbe: Bool = false, optimizer: OptimizerKind? = nil
  ) -> TrainingConfiguration {
    var recipe = TrainingConfiguration()
    let isPlain =
      ["AlexNet", "VGG", "SqueezeNet"].contains(card.family) && !card.name.hasSuffix("_bn")
      || card.name == "googlenet_paper"
    let (isRandom, isFineTuned) = (startsAfresh && !isProbe, !startsAfresh && !isProbe)
    let isCareful = isPlain || isFineTuned
    if isCareful { recipe.gradientClip = 1 }
    if isPlain && isRandom { recipe.warmUpEpochs = 1 }
    recipe.optimizer = optimizer ?? (isPlain && isRandom ? .adam : .sgd)
    recipe.learningRate =
      switch recipe.optimizer {
      case .sgd: isCareful ? 0.01 : 0.05
      case .adam, .adamw, .rmsprop: isCareful ? 0.0003 : 0.001
      case .lars: 2
      }
    return recipe
  }
}
