import Engine
import Models
import XCTest

/// What a network's steps take from the system, beside what they hold at most at one time.
final class StepMemoryTests: XCTestCase {
  func testATrainingStepTakesLittleMoreThanItHolds() throws {
    let network = try Network("resnet50", classes: 10)
    let pool = BufferPool.shared
    let parameters = network.store.trainable
    let optimizer = SGD(parameters, learningRate: 1e-3, momentum: 0.9)
    let batch = Tensor(repeating: 0.5, shape: [8, 96, 96, 3])
    pool.trim()
    let before = pool.statistics.liveBytes
    pool.resetPeak()
    for step in 0..<3 {
      let pass = Pass.training(generator: RandomStream(seed: UInt64(step)))
      let loss = crossEntropy(network(batch, pass).logits, labels: [0, 1, 2, 3, 4, 5, 6, 7])
      optimizer.step(loss.backward())
    }
    let statistics = pool.statistics
    let held = statistics.peakBytes - before
    let taken = statistics.liveBytes + statistics.idleBytes - before
    XCTAssertLessThan(Double(taken), 1.2 * Double(held), "\(taken >> 20) MiB taken, \(held >> 20) held")
  }

  /// A batch of eight pictures holds little more than eight pictures' last activations and one or two's first ones.
  func testInferenceOfABatchHoldsFewFirstActivations() throws {
    BufferPool.shared.trim()  // What is idle of other tests may be four times larger than what takes it.
    let network = try Network("resnet50", classes: 10)
    func held(_ count: Int) throws -> Int {
      let batch = Tensor(repeating: 0.5, shape: [count, 224, 224, 3])
      _ = try network.logits(batch)
      let before = BufferPool.shared.statistics.liveBytes
      BufferPool.shared.resetPeak()
      _ = try network.logits(batch)
      return BufferPool.shared.statistics.peakBytes - before
    }
    let (one, eight) = (try held(1), try held(8))
    XCTAssertLessThan(eight, 5 * one, "\(eight >> 20) MiB held for eight, \(one >> 20) for one")
  }
}
