import Foundation

extension EpochRecord {
  /// Whether a classifier knows no more after the epoch than that there are so many classes: to it all are equally likely, so
  /// the loss is ln K. A network whose activations have died stays there for good.
  ///
  /// The validation loss must be within half a per cent of ln K; the training loss may be larger, for it includes auxiliary
  /// heads. Whoever recognizes half as many again as by guessing has learned something, at whatever loss.
  /// - Parameter classes: K, at least 2; of one class there is nothing to learn.
  public func isAtChance(ofClasses classes: Int) -> Bool {
    guard classes > 1 else { return false }
    let chance = log(Double(classes))
    guard !(validationAccuracy > 1.5 / Double(classes)) else { return false }
    return abs(validationLoss - chance) <= 0.005 * chance && trainLoss >= 0.98 * chance
  }
}
