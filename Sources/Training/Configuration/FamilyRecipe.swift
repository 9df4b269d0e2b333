import Models

extension TrainingConfiguration {
  /// How a classifier is trained where nothing is said, by its family.
  ///
  /// Networks without batch norm stay at the loss of guessing, for good, at the learning rate that others want. AlexNet, VGG and
  /// SqueezeNet have a lower one and gradients that are clipped, and from random weights a warm-up. So have all networks, but for
  /// the warm-up, where weights are fine-tuned that were trained before: a few large steps would lose them.
  /// - Parameters:
  ///   - card: the network.
  ///   - startsAfresh: whether its weights are random.
  ///   - isProbe: whether its last layer alone is trained, which begins afresh whatever comes before it.
  public static func suited(
    to card: NetworkCard, startsAfresh: Bool = true, isProbe: Bool = false
  ) -> TrainingConfiguration {
    var recipe = TrainingConfiguration()
    let isPlain = ["AlexNet", "VGG", "SqueezeNet"].contains(card.family) && !card.name.hasSuffix("_bn")
    let isFineTuned = !startsAfresh && !isProbe
    if isPlain || isFineTuned { (recipe.learningRate, recipe.gradientClip) = (0.01, 1) }
    if isPlain && startsAfresh && !isProbe { recipe.warmUpEpochs = 1 }
    return recipe
  }
}
