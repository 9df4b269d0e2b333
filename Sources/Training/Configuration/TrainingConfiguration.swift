import Engine

/// Everything that decides a training run's numbers, beside the network and the data.
public struct TrainingConfiguration: Codable, Hashable, Sendable {
  /// The optimizers by name.
  public enum OptimizerKind: String, Codable, CaseIterable, Sendable { case sgd, adam, adamw, rmsprop, lars }

  /// How SGD keeps its velocity, see `SGD.MomentumRule`.
  public enum MomentumRule: String, Codable, CaseIterable, Sendable { case pytorch, review }

  /// Passes over the training set.
  public var epochs = 10
  /// Pictures a forward pass.
  public var batchSize = 64
  /// What moves the weights.
  public var optimizer = OptimizerKind.sgd
  /// μ of SGD, RMSProp and LARS; Adam's two have none.
  public var momentum = 0.9
  /// SGD alone.
  public var nesterov = false
  /// SGD alone.
  public var momentumRule = MomentumRule.pytorch
  /// The learning rate that the schedule's factor multiplies.
  public var learningRate = 0.05
  /// The learning rate's course.
  public var schedule = LearningRateSchedule.cosine()
  /// Epochs, or a part of one, in which the learning rate rises linearly from ``warmUpStart`` times its value.
  public var warmUpEpochs = 0.0
  /// The share of the learning rate at which the warm-up begins.
  public var warmUpStart = 0.01
  /// λ of L2 regularization; decoupled in AdamW.
  public var weightDecay = 5e-4
  /// Whether weight decay acts on biases and on batch norm's scale and shift too, as it does in PyTorch by default.
  public var decaysBiasAndNorm = true
  /// This share of each target is spread evenly over all classes.
  public var labelSmoothing = 0.0
  /// The greatest joint norm of the gradients; nil does not clip.
  public var gradientClip: Double?
  /// Batches whose gradients are averaged for one step.
  public var accumulationSteps = 1
  /// Decides the order of the pictures, augmentation and dropout. The network's initial weights have their own.
  public var seed: UInt64 = 0
  /// The weight of each auxiliary head's loss; 0.3 in the GoogLeNet paper.
  public var auxiliaryWeight = 0.3
  /// Random changes of training pictures.
  public var augmentation = AugmentationRecipe.none
  /// α of the Beta(α, α) from which the share of each picture is drawn that is its own; nil mixes no pictures. With
  /// ``cutmix`` too, each batch draws one of the two. See `BatchMixing`.
  public var mixup: Double?
  /// α of the Beta(α, α) from which the share of each picture is drawn that is its own where a rectangle of another is put into
  /// it; nil does not.
  public var cutmix: Double?
  /// Shell patterns (`layer1.*`) of weights that stay as they are. Running statistics of batch norm move even so, as in PyTorch.
  public var frozen: [String] = []
  /// Weights that stay as they are until an epoch begins, those that ``frozen`` names among them; where several patterns name a
  /// weight, the earliest epoch counts. Nil is none.
  public var unfreezing: [Unfreezing]?
  /// d of a moving average of the weights, see `WeightAverage`: it is what is measured after every epoch, and what the run's
  /// weight files hold. Nil averages nothing.
  public var averageDecay: Double?
  /// How much the classes count in a classifier's loss; nil is one as much as another.
  public var classWeights: ClassWeighting?
  /// Which training pictures an epoch has; nil is each one once.
  public var sampling: Sampling?
  /// γ of the focal loss in place of a classifier's cross-entropy, see `focalLoss`; nil is cross-entropy.
  public var focalGamma: Double?
  /// After how many epochs without a better one the run ends; nil ends it after ``epochs`` alone.
  public var patience: Int?
  /// Whether a part of the activations is computed once more in the backward sweep and not kept, see `Pass.training`: less
  /// memory, more time; nil is no.
  public var recomputes: Bool?
  /// Smaller training pictures until an epoch begins, of classifiers, see ``Growth``; nil is one size throughout.
  public var growth: [Growth]?
  /// Of classifiers: whether the last layer alone is trained, on features that the rest of the network, as it is in inference,
  /// makes once of each picture; nil is no. Running statistics of batch norm stay as they are then, unlike those of weights that
  /// are ``frozen``, and there is no dropout but behind the layer.
  public var linearProbe: Bool?

  /// The defaults.
  public init() {}

  /// The most epochs, pictures a batch and batches a step that are taken for meant.
  static let most = 1_000_000
  /// As many of these as are possible.
  package static let counts = 1...most
  /// That in words.
  package static var range: String { "from 1 to \(grouped(most)) are possible" }

  /// Refuses what makes no run: every number that is out of its range, not a number, or too large or small to compute with.
  /// - Throws: ``TrainingError/invalidConfiguration(_:)``.
  public func check() throws {
    func require(_ holds: Bool, _ reason: @autoclosure () -> String) throws {
      guard holds else { throw TrainingError.invalidConfiguration(reason()) }
    }
    try require(Self.counts ~= epochs, "\(grouped(epochs)) epochs; \(Self.range)")
    try require(Self.counts ~= batchSize, "a batch of \(grouped(batchSize)); \(Self.range)")
    try require(
      Self.counts ~= accumulationSteps, "\(grouped(accumulationSteps)) accumulation steps; \(Self.range)")
    try require(
      Self.isPositive(learningRate), "a learning rate of \(learningRate); it must be above 0 and finite")
    try checkRefinements()
    try require(0..<1 ~= momentum, "a momentum of \(momentum), not in 0..<1")
    try require(
      !nesterov || (optimizer == .sgd && momentum > 0), "Nesterov's momentum needs SGD with a momentum")
    try require(
      weightDecay >= 0 && Float(weightDecay).isFinite,
      "a weight decay of \(weightDecay); it must be 0 or above and finite")
    try require(0..<1 ~= labelSmoothing, "a label smoothing of \(labelSmoothing), not in 0..<1")
    try require(
      auxiliaryWeight >= 0 && Float(auxiliaryWeight).isFinite,
      "an auxiliary weight of \(auxiliaryWeight); it must be 0 or above and finite")
    try require(
      0...Double(Self.most) ~= warmUpEpochs,
      "a warm-up of \(warmUpEpochs) epochs; from 0 to \(grouped(Self.most)) are possible")
    try require(0...1 ~= warmUpStart, "a warm-up from \(warmUpStart), not in 0...1")
    if let gradientClip {
      try require(
        Self.isPositive(gradientClip), "a gradient clip of \(gradientClip); it must be above 0 and finite")
    }
    for (name, alpha) in [("mixup", mixup), ("CutMix", cutmix)] {
      guard let alpha else { continue }
      try require(
        Self.isPositive(alpha), "an α of \(alpha) for \(name); it must be above 0 and finite")
    }
    try require(
      mixing == nil || (classWeights == nil && focalGamma == nil),
      "mixup and CutMix with class weights or the focal loss, which take whole labels alone")
    if let fault = schedule.fault { throw TrainingError.invalidConfiguration(fault) }
  }

  /// Whether it is so as a `Float` too, which the weights are changed with.
  static func isPositive(_ value: Double) -> Bool { Float(value) > 0 && Float(value).isFinite }

  /// The names of the fields in which another configuration differs.
  package func differences(from other: Self) -> [String] {
    zip(Mirror(reflecting: self).children, Mirror(reflecting: other).children).compactMap { mine, theirs in
      String(reflecting: mine.value) == String(reflecting: theirs.value) ? nil : mine.label
    }
  }
}
