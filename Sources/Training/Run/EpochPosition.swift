import Foundation

/// Where within an epoch a run stands, between two steps of its optimizer.
///
/// Random choices need no more than this: the order of the pictures depends on the seed and the epoch, a picture's augmentation on
/// these and its place in the data, dropout on these and the batch.
struct EpochPosition: Codable {
  /// Batches that are done.
  let batches: Int
  /// Of the pictures so far.
  let losses: LossMeter
  /// What the task's meter has counted; nil where it counts nothing.
  let meter: Data?
  /// That training has taken in this epoch.
  let seconds: Double

  /// Whether a run can stand there.
  func isPossible(batches total: Int, batchesPerStep: Int) -> Bool {
    1..<max(total, 1) ~= batches && batches % batchesPerStep == 0 && losses.count > 0
      && 0...1e12 ~= seconds
  }
}

/// When a checkpoint is written within an epoch, so that a long one need not be repeated from its beginning. After every epoch
/// there is one in any case.
public enum CheckpointInterval: Codable, Hashable, Sendable {
  /// After so many steps of the optimizer.
  case steps(Int)
  /// At the first step after so many seconds.
  case seconds(Double)
  /// Not at all.
  case never

  /// Every ten minutes.
  public static let standard = CheckpointInterval.seconds(600)
}

/// Tells when a checkpoint is due.
struct CheckpointClock {
  private let interval: CheckpointInterval
  private var steps = 0
  private var last = ContinuousClock.now

  init(_ interval: CheckpointInterval) { self.interval = interval }

  /// Counts a step; true where a checkpoint is to be written after it.
  mutating func isDue() -> Bool {
    steps += 1
    let isDue =
      switch interval {
      case .steps(let count): steps >= count
      case .seconds(let seconds): (ContinuousClock.now - last) / .seconds(1) >= seconds
      case .never: false
      }
    if isDue { (steps, last) = (0, ContinuousClock.now) }
    return isDue
  }
}
