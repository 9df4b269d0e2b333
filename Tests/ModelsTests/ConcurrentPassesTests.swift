import Dispatch
import Engine
import Models
import Synchronization
import XCTest

/// One network called by many at once.
final class ConcurrentPassesTests: XCTestCase {
  private func network() throws -> (network: Network, picture: Tensor, logits: [Float]) {
    let network = try Network("resnet20", classes: 10, seed: 5)
    var generator = RandomStream(seed: 6)
    let picture = Tensor(shape: [1, 32, 32, 3]) { for i in $0.indices { $0[i] = generator.normal() } }
    return (network, picture, try network.logits(picture).scalars)
  }

  /// Every call ends, with the bits of a call alone: by threads, by tasks, and with threads of its own.
  func testManyCallers() async throws {
    let (network, picture, logits) = try network()
    let callers = 4 * Parallel.processors + 3
    let wrong = Mutex(0)
    DispatchQueue.concurrentPerform(iterations: callers) { caller in
      for _ in 0..<5 {
        let found = try? network.logits(picture, threads: caller % 3 + 1).scalars
        if found != logits { wrong.withLock { $0 += 1 } }
      }
    }
    XCTAssertEqual(wrong.withLock { $0 }, 0)
    await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<callers { group.addTask { network(picture, .inference()).logits.scalars == logits } }
      for await isRight in group { XCTAssertTrue(isRight) }
    }
  }

  /// A pass inside a pass does not wait for its own end.
  func testPassInsideAPass() throws {
    let (network, picture, logits) = try network()

    final class Inner: PassObserver {
      let run: () -> Void
      init(_ run: @escaping () -> Void) { self.run = run }
      func didRun(_ record: LayerRecord) { run() }
    }

    let count = Mutex(0)
    DispatchQueue.concurrentPerform(iterations: 2 * Parallel.processors) { _ in
      let inner = Inner {
        if (try? network.logits(picture).scalars) == logits { count.withLock { $0 += 1 } }
      }
      _ = try? network.logits(picture, observer: inner)
    }
    XCTAssertGreaterThan(count.withLock { $0 }, 2 * Parallel.processors)
  }
}
