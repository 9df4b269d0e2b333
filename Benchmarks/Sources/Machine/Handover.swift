import Synchronization
import Timing

/// How fast the first two processors that this process may use hand data to each other. Near ones share a last-level
/// cache (about 30 ns and 50 GB/s or more), far ones do not (150 ns or more, 10 to 25 GB/s); on a shared machine the
/// same two processors may be near in one hour and far in the next.
public struct Handover: Sendable {
  /// Nanoseconds from one processor's store until the other sees it: half a ping-pong.
  public let pingPong: Double
  /// GB/s of reading 1 MiB that the other processor has just written.
  public let rate: Double

  private typealias Line = SIMD8<UInt64>
  private static let blockBytes = 1 << 20

  /// Takes some 20 ms. Nil where threads cannot be pinned, or where this process has one processor alone.
  public init?() {
    guard let processors = firstTwoProcessors() else { return nil }
    let times = Self.pingPongs(on: processors, samples: 31, rounds: 1_000)
    let rates = Self.rates(on: processors, blocks: 40)
    guard !times.isEmpty, !rates.isEmpty else { return nil }
    (pingPong, rate) = (Summary(times).median, Summary(rates).median)
  }

  /// Samples shorter than a turn of the scheduler: where others compute too, some are undisturbed.
  private static func pingPongs(on processors: [Int32], samples: Int, rounds: Int) -> [Double] {
    let turn = Turn()
    let times = Mutex<[Double]>([])
    let arePinned = onPinnedThreads(
      processors,
      {
        turn.wait(for: 0)
        for sample in 0..<samples {
          let elapsed = seconds {
            for round in sample * rounds..<(sample + 1) * rounds {
              turn.pass(2 * round + 1)
              turn.wait(for: 2 * round + 2)
            }
          }
          times.withLock { $0.append(elapsed / Double(2 * rounds) * 1e9) }
        }
      },
      {
        turn.pass(0)
        for round in 0..<samples * rounds {
          turn.wait(for: 2 * round + 1)
          turn.pass(2 * round + 2)
        }
      })
    return arePinned ? times.withLock { $0 } : []
  }

  /// A rate for each block that the second processor writes and the first reads.
  private static func rates(on processors: [Int32], blocks: Int) -> [Double] {
    let count = blockBytes / MemoryLayout<Line>.stride
    nonisolated(unsafe) let block = UnsafeMutablePointer<Line>.allocate(capacity: count)
    block.initialize(repeating: Line(), count: count)
    defer { block.deallocate() }
    let turn = Turn()
    let rates = Mutex<[Double]>([])
    let arePinned = onPinnedThreads(
      processors,
      {
        for index in 0..<blocks {
          turn.wait(for: 2 * index + 1)
          var mixed = Line()
          let elapsed = seconds { mixed = Self.mixed(block, count) }
          // What is read is used, so that it is read.
          precondition(mixed == Line(), "Handover: a block is not the same number throughout")
          rates.withLock { $0.append(Double(blockBytes) / elapsed * 1e-9) }
          turn.pass(2 * index + 2)
        }
      },
      {
        turn.pass(0)
        for index in 0..<blocks {
          turn.wait(for: 2 * index)
          block.update(repeating: Line(repeating: UInt64(index)), count: count)
          turn.pass(2 * index + 1)
        }
      })
    return arePinned ? rates.withLock { $0 } : []
  }

  /// Exclusive or of all lines: zero where an even number of them are alike.
  @inline(never)
  private static func mixed(_ block: UnsafeMutablePointer<Line>, _ count: Int) -> Line {
    var mixed = Line()
    for i in 0..<count { mixed ^= block[i] }
    return mixed
  }
}

/// Whose turn it is: -1 until the second thread has begun.
private final class Turn: Sendable {
  private let value = Atomic<Int>(-1)

  func pass(_ turn: Int) { value.store(turn, ordering: .releasing) }
  func wait(for turn: Int) { while value.load(ordering: .acquiring) != turn {} }
}
