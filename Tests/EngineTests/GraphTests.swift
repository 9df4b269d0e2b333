import Engine
import TestSupport
import XCTest

final class GraphTests: XCTestCase {
  func testProbe() {
    let x = Tensor(repeating: 1, shape: [100_000]).requiringGradient()
    var y = tanh(x)
    for _ in 0..<10 { y = tanh(consume y) }
    let seed = Tensor(repeating: 1, shape: [100_000])
    BufferPool.shared.trim()
    let before = BufferPool.shared.statistics.systemAllocations
    let live = BufferPool.shared.statistics.liveBytes
    let g = y.backward(seed: consume seed)
    print("ALLOC sweep", BufferPool.shared.statistics.systemAllocations - before, BufferPool.shared.statistics.liveBytes - live)
    print(g[x]!.scalars[0])
    let s = Sequential([Lambda.relu, Lambda.relu, Lambda.relu, Lambda.relu])
    let z = Tensor(repeating: 1, shape: [100_000])
    BufferPool.shared.trim()
    let b2 = BufferPool.shared.statistics.systemAllocations
    let w = s(consume z, .inference())
    print("ALLOC seq", BufferPool.shared.statistics.systemAllocations - b2)
    print(w.shape)
  }
}
