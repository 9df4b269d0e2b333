import Engine
import Timing

/// Something to be timed on a number of threads.
public struct Work {
  public let threads: Int
  /// What one call does, in units of the limit's rate: 10⁹ operations or bytes; or whatever is counted.
  public let amount: Double
  public let run: () -> Void

  public init(threads: Int, amount: Double, _ run: @escaping () -> Void) {
    (self.threads, self.amount, self.run) = (threads, amount, run)
  }
}

/// How fast something was over some samples.
public struct Rate: Codable, Sendable {
  /// Amounts a second.
  public let rate: Summary
  /// What the machine reached at most just before each sample; nil where that is not known.
  public let limit: Summary?
  /// Of the limit.
  public let share: Summary?
}

/// Times works in rounds: each round takes one sample of each, so that a machine whose speed drifts drifts for all
/// alike, and each sample has the machine's limit measured beside it.
public struct Sampler {
  public let rounds: Int
  /// Seconds that one sample takes at least.
  public let sampleSeconds: Double
  private let limit: (_ threads: Int) -> Double

  /// - Parameter limit: the rate that the machine reaches at most on so many threads; 0 where that is not known.
  public init(rounds: Int, sampleSeconds: Double, limit: @escaping (_ threads: Int) -> Double) {
    (self.rounds, self.sampleSeconds, self.limit) = (rounds, sampleSeconds, limit)
  }

  /// - Parameter progress: is told the round and the index of what is timed next.
  public func run(_ works: [Work], progress: (_ round: Int, _ index: Int) -> Void = { _, _ in }) -> [Rate] {
    var rates = [[Double]](repeating: [], count: works.count)
    var limits = rates
    var counts = [Int](repeating: 0, count: works.count)
    for round in 0..<rounds {
      for (index, work) in works.enumerated() {
        progress(round, index)
        Parallel.threads = work.threads
        if round == 0 { counts[index] = repetitions(lasting: sampleSeconds, work.run) }
        limits[index].append(limit(work.threads))
        work.run()  // caches and workers warm again after the probe
        let elapsed = seconds { for _ in 0..<counts[index] { work.run() } }
        rates[index].append(work.amount * Double(counts[index]) / elapsed)
      }
    }
    return zip(rates, limits).map { rates, limits in
      let isKnown = limits.allSatisfy { $0 > 0 }
      return Rate(
        rate: Summary(rates), limit: isKnown ? Summary(limits) : nil,
        share: isKnown ? Summary(zip(rates, limits).map { $0 / $1 }) : nil)
    }
  }
}
