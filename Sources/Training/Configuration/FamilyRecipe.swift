import Models

extension TrainingConfiguration {
  /// How a classifier is trained where nothing is said, by its family.
  ///
  /// Networks without batch norm stay at the loss of guessing, for good, at the learning rate that others want. AlexNet, VGG and
  /// SqueezeNet have a lower one, and from random weights a warm-up, and gradients that are clipped. Weights that are to be
  /// fine-tuned are lost at the rate that random ones want: it is a fifth then. So it is of SqueezeNet's last layer alone, which ends
  /// in a ReLU: at the higher rate the first steps push some classes below 0 for all pictures, where they learn nothing more.
  /// - Parameters:
  ///   - card: the network.
  ///   - startsAfresh: whether its weights are random.
  ///   - isProbe: whether its last layer alone is trained, which begins afresh whatever comes before it.
  public static func suited(
    to card: NetworkCard, startsAfresh: Bool = true, isProbe: Bool = false
  ) -> TrainingConfiguration {
    var recipe = TrainingConfiguration()
    if ["AlexNet", "VGG", "SqueezeNet"].contains(card.family), !card.name.hasSuffix("_bn") {
      recipe.learningRate = 0.01
      if startsAfresh && !isProbe { (recipe.warmUpEpochs, recipe.gradientClip) = (1, 1) }
    }
    if isProbe ? card.family == "SqueezeNet" : !startsAfresh { recipe.learningRate /= 5 }
    return recipe
  }
}
