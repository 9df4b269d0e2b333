import Engine
import Images

/// How much each class counts in a classifier's training loss; the loss that is measured is not weighted.
public enum ClassWeighting: Codable, Hashable, Sendable {
  /// N / (K·n) for a class with n of the N training pictures, K classes having any: all classes count as much as if they were
  /// equally large (King and Zeng 2001, and scikit-learn's `balanced`). A class without pictures has 0.
  case balanced
  /// A factor for each class, in their order.
  case given([Double])

  /// The factor of each class.
  /// - Parameter counts: how many training pictures each class has.
  /// - Throws: ``TrainingError/invalidConfiguration(_:)`` where there are not as many factors as classes.
  public func weights(ofClassesWith counts: [Int]) throws -> [Float] {
    switch self {
    case .balanced:
      let (total, classes) = (counts.reduce(0, +), counts.count { $0 > 0 })
      return counts.map { $0 == 0 ? 0 : Float(Double(total) / (Double(classes) * Double($0))) }
    case .given(let weights):
      guard weights.count == counts.count else {
        throw TrainingError.invalidConfiguration(
          "\(weights.count) class weights for \(counted(counts.count, "class"))")
      }
      return weights.map { Float($0) }
    }
  }
}

/// Which training pictures an epoch has, beside each one once.
public enum Sampling: String, Codable, CaseIterable, Sendable {
  /// Of every class as many, see `BalancedOrder`.
  case balanced
}

/// Weights that are frozen until an epoch begins.
public struct Unfreezing: Codable, Hashable, Sendable {
  /// A shell pattern, as of `ParameterStore.weights(matching:)`.
  public let pattern: String
  /// The first epoch in which they are trained, counted from 1.
  public let epoch: Int

  /// - Parameters:
  ///   - pattern: a shell pattern, such as `features.*`.
  ///   - epoch: the first epoch in which they are trained, counted from 1.
  public init(_ pattern: String, at epoch: Int) { (self.pattern, self.epoch) = (pattern, epoch) }
}

/// Training pictures of a smaller size until an epoch begins (progressive resizing; Howard 2018, and Tan and Le 2021): the first
/// epochs take a fraction of the time. Pictures are measured at their full size throughout.
public struct Growth: Codable, Hashable, Sendable {
  /// Height and width in pixels.
  public let side: Int
  /// The first epoch with a larger size, counted from 1.
  public let end: Int

  /// - Parameters:
  ///   - side: height and width in pixels.
  ///   - end: the first epoch with a larger size, counted from 1.
  public init(_ side: Int, until end: Int) { (self.side, self.end) = (side, end) }
}

extension TrainingConfiguration {
  /// What a recipe has beside what every one has, in words.
  var refinementFacts: [(name: String, value: String)] {
    var facts: [(String, String)] = []
    if let averageDecay { facts.append(("moving average of the weights", "\(averageDecay)")) }
    switch classWeights {
    case .balanced?: facts.append(("class weights", "balanced"))
    case .given(let weights)?:
      facts.append(("class weights", weights.map { "\($0)" }.joined(separator: ", ")))
    case nil: break
    }
    if let sampling { facts.append(("sampling", sampling.rawValue)) }
    if let focalGamma { facts.append(("focal loss, γ", "\(focalGamma)")) }
    if let patience { facts.append(("patience", counted(patience, "epoch"))) }
    if let unfreezing {
      let parts = unfreezing.map { "\($0.pattern) until epoch \($0.epoch) begins" }
      facts.append(("frozen at first", parts.joined(separator: ", ")))
    }
    if recomputes == true { facts.append(("activations", "in part computed once more")) }
    if linearProbe == true { facts.append(("trained", "the last layer alone, on features computed once")) }
    if let growth {
      let parts = growth.map { "\($0.side) until epoch \($0.end) begins" }
      facts.append(("smaller pictures at first", parts.joined(separator: ", ")))
    }
    return facts
  }

  /// Refuses numbers out of their range.
  func checkRefinements() throws {
    func require(_ holds: Bool, _ reason: @autoclosure () -> String) throws {
      guard holds else { throw TrainingError.invalidConfiguration(reason()) }
    }
    if let averageDecay {
      try require(0..<1 ~= averageDecay, "a moving average that keeps \(averageDecay), not in 0..<1")
    }
    if case .given(let weights)? = classWeights {
      try require(
        weights.allSatisfy(Self.isPositive), "class weights of \(weights); they must be above 0 and finite")
    }
    if let focalGamma {
      try require(0...100 ~= focalGamma, "a focal loss with a gamma of \(focalGamma), not in 0...100")
    }
    if let patience {
      try require(
        1...Self.most ~= patience, "a patience of \(patience); from 1 to \(grouped(Self.most)) are possible")
    }
    for part in unfreezing ?? [] {
      try require(
        2...Self.most ~= part.epoch,
        "'\(part.pattern)' unfrozen at epoch \(part.epoch); from 2 to \(grouped(Self.most)) are possible")
    }
    try require(
      linearProbe != true
        || (augmentation == .none && mixup == nil && cutmix == nil && growth == nil && frozen.isEmpty
          && unfreezing == nil),
      "a linear probe, which sees each picture once and trains the last layer alone, together with augmentation, mixup, "
        + "CutMix, growing pictures, or frozen weights")
    var before = (side: 0, end: 1)
    for stage in growth ?? [] {
      try require(
        stage.side > before.side && stage.side <= 8192 && stage.end > before.end && stage.end <= Self.most,
        "pictures of \(stage.side) until epoch \(stage.end); sides and epochs must rise, from 1 pixel and epoch 2 on"
      )
      before = (stage.side, stage.end)
    }
  }
}

extension Preprocessing {
  /// The same for square pictures of another size: where a crop follows the resize, both by the same factor.
  /// - Parameters:
  ///   - side: height and width of the result.
  ///   - full: height and width of the result as it is.
  func scaled(to side: Int, from full: Int) -> Preprocessing {
    var result = self
    switch resize {
    case .shorterSide(let extent) where crop != nil:
      result.resize = .shorterSide(max(side, Int((Double(extent) * Double(side) / Double(full)).rounded())))
      result.crop = side
    default:
      result.resize = .exact(width: side, height: side)
      result.crop = nil
    }
    return result
  }
}
