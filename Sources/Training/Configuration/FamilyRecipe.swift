import Models

extension TrainingConfiguration {
  /// How a classifier is trained where nothing is said, by its family.
  ///
  /// Networks without batch norm stay at the loss of guessing, for good, at the learning rate that others want. AlexNet, VGG and
  /// SqueezeNet begin from random weights with a lower one, a warm-up, and gradients that are clipped; with weights to begin
  /// with they have the lower rate alone.
  /// - Parameters:
  ///   - card: the network.
  ///   - startsAfresh: whether its weights are random.
  public static func suited(to card: NetworkCard, startsAfresh: Bool = true) -> TrainingConfiguration {
    var recipe = TrainingConfiguration()
    guard ["AlexNet", "VGG", "SqueezeNet"].contains(card.family), !card.name.hasSuffix("_bn") else {
      return recipe
    }
    recipe.learningRate = 0.01
    if startsAfresh { (recipe.warmUpEpochs, recipe.gradientClip) = (1, 1) }
    return recipe
  }
}
