import Engine
import Images
import Synchronization

/// The mean and standard deviation of a data set by channel, on the scale where white is 1.
public struct ChannelStatistics: Equatable, Sendable {
  /// By channel.
  public let mean: [Float]
  /// By channel, of the whole population.
  public let standardDeviation: [Float]

  /// Computed over all pixels of all pictures, resized, cropped and converted as `preprocessing` says. Counts are
  /// whole numbers, so the result does not depend on the order or the number of threads.
  /// - Throws: what reading the first unreadable example throws.
  public init(of dataset: some Dataset, preprocessing: Preprocessing) throws {
    precondition(dataset.count > 0, "ChannelStatistics: of an empty data set")
    let channels = preprocessing.channels
    let total = Mutex(Tally(histogram: [Int](repeating: 0, count: channels << 8)))
    Parallel.forEachRange(dataset.count, grain: 32) { range in
      var histogram = [Int](repeating: 0, count: channels << 8)
      var failure: Tally.Failure?
      for index in range where failure == nil {
        do {
          let image = preprocessing.prepared(try dataset.example(at: index).image)
          for (place, value) in image.pixels.enumerated() {
            histogram[(place % channels) << 8 | Int(value)] += 1
          }
        } catch { failure = (index, error) }
      }
      total.withLock { $0.add(histogram, failure) }
    }
    let tally = total.withLock { $0 }
    if let failure = tally.failure { throw failure.error }
    let moments = (0..<channels).map { Self.moments(Array(tally.histogram[$0 << 8..<($0 + 1) << 8])) }
    mean = moments.map { Float($0.mean) }
    standardDeviation = moments.map { Float($0.deviation) }
  }

  private struct Tally {
    typealias Failure = (index: Int, error: any Error)
    var histogram: [Int]
    /// The one with the lowest index.
    var failure: Failure?

    mutating func add(_ other: [Int], _ newFailure: Failure?) {
      for index in histogram.indices { histogram[index] += other[index] }
      if let newFailure, newFailure.index < failure?.index ?? .max { failure = newFailure }
    }
  }

  private static func moments(_ histogram: [Int]) -> (mean: Double, deviation: Double) {
    var (count, sum, squares) = (0.0, 0.0, 0.0)
    for (value, times) in histogram.enumerated() {
      let x = Double(value) / 255
      count += Double(times)
      sum += Double(times) * x
      squares += Double(times) * x * x
    }
    let mean = sum / count
    return (mean, max(0, squares / count - mean * mean).squareRoot())
  }
}

extension Preprocessing {
  /// The same with the mean and standard deviation of a data set, computed over all its pixels. A channel that
  /// never varies is divided by 1.
  /// - Throws: what reading the first unreadable example throws.
  public func fitted(to dataset: some Dataset) throws -> Preprocessing {
    let statistics = try ChannelStatistics(of: dataset, preprocessing: self)
    var result = self
    result.mean = statistics.mean
    result.standardDeviation = statistics.standardDeviation.map { $0 > 0 ? $0 : 1 }
    return result
  }
}
