import ArgumentParser
import Colonnade

/// What the recipe of a classifier may have beside. What is not given is as the run had it that is resumed, or absent.
struct ClassifierRecipeArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Of classifiers: mix each picture and its class with another's, by shares from Beta(α, α), such as 0.2.",
      valueName: "α"))
  var mixup: Double?

  @Option(
    help: ArgumentHelp(
      "Of classifiers: put a rectangle of another picture into each, by shares from Beta(α, α), such as 1; with --mixup,"
        + " each batch draws one of the two.", valueName: "α"))
  var cutmix: Double?

  @Option(
    help: ArgumentHelp(
      "Of classifiers: the share of each target that goes to all classes (default: 0).", valueName: "ε"))
  var labelSmoothing: Double?

  @Option(
    help: ArgumentHelp(
      "Of classifiers: how much the classes count in the loss: balanced, the rarer the more; or a factor for each, in the"
        + " order of their names.", valueName: "balanced|w,w,…"))
  var classWeights: ClassWeightsArgument?

  @Flag(help: "Of classifiers: an epoch has as many pictures of every class, of rare ones some repeatedly.")
  var balanced = false

  @Option(
    help: ArgumentHelp(
      "Of classifiers: the focal loss, by which pictures that are nearly right count for little; 2 is usual.",
      valueName: "γ"))
  var focal: Double?

  @Option(
    help: ArgumentHelp(
      "Of classifiers: smaller training pictures at first: 64@4,96@8 is 64 pixels until epoch 4 begins, then 96 until"
        + " epoch 8 does.", valueName: "side@epoch,…"))
  var grow: GrowthArgument?

  @Flag(
    help:
      "Of classifiers: train the last layer alone, on features that the rest, as it is in inference, makes once of each picture: an epoch takes seconds."
  )
  var linearProbe = false

  /// The configuration with what was given.
  func apply(to configuration: inout TrainingConfiguration) {
    if let mixup { configuration.mixup = mixup }
    if let cutmix { configuration.cutmix = cutmix }
    if let labelSmoothing { configuration.labelSmoothing = labelSmoothing }
    if let classWeights { configuration.classWeights = classWeights.weighting }
    if balanced { configuration.sampling = .balanced }
    if let focal { configuration.focalGamma = focal }
    if let grow { configuration.growth = grow.stages }
    if linearProbe { configuration.linearProbe = true }
  }

  /// The options that were given.
  var given: [String] {
    [
      ("--mixup", mixup != nil), ("--cutmix", cutmix != nil), ("--label-smoothing", labelSmoothing != nil),
      ("--class-weights", classWeights != nil), ("--balanced", balanced), ("--focal", focal != nil),
      ("--grow", grow != nil), ("--linear-probe", linearProbe),
    ].filter(\.1).map(\.0)
  }

  /// The options that cannot change in a run, by the configuration's fields.
  static let options = [
    "mixup": "--mixup", "cutmix": "--cutmix", "labelSmoothing": "--label-smoothing",
    "classWeights": "--class-weights", "sampling": "--balanced", "focalGamma": "--focal", "growth": "--grow",
    "linearProbe": "--linear-probe",
  ]
}

/// `balanced`, or factors.
struct ClassWeightsArgument: ExpressibleByArgument {
  let weighting: ClassWeighting

  init?(argument: String) {
    if argument == "balanced" {
      weighting = .balanced
      return
    }
    let weights = argument.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) }
    guard weights.allSatisfy({ $0 != nil }) else { return nil }
    weighting = .given(weights.compactMap { $0 })
  }
}

/// `side@epoch,side@epoch,…`.
struct GrowthArgument: ExpressibleByArgument {
  let stages: [Growth]

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false).map { part -> Growth? in
      let numbers = part.split(separator: "@", omittingEmptySubsequences: false).map { Int($0) }
      guard numbers.count == 2, let side = numbers[0], let end = numbers[1] else { return nil }
      return Growth(side, until: end)
    }
    guard parts.allSatisfy({ $0 != nil }) else { return nil }
    stages = parts.compactMap { $0 }
  }
}
