import Engine
import TestSupport
import XCTest

final class LinearTests: XCTestCase {
  func testLinear() {
    fuzz(30, seed: 50) { generator, label in
      let rows = generator.element([1, 1, 2, 3, 17, 70])
      let (inputs, outputs) = (generator.int(1...70), generator.int(1...150))
      checkOperation(
        [
          generator.tensor([rows, inputs]), generator.tensor([outputs, inputs]),
          generator.tensor([outputs]),
        ], absolute: 1e-4, label
      ) {
        Reference.linear($0[0], $0[1], bias: $0[2])
      } operation: {
        linear($0[0], weight: $0[1], bias: $0[2])
      }
    }
  }

  /// Large enough that products are cut in tiles.
  func testLinearInTiles() {
    var generator = RandomStream(seed: 51)
    for rows in [1, 5, 40, 150] {
      let x = generator.tensor([rows, 700])
      let (w, b) = (generator.tensor([310, 700]), generator.tensor([310]))
      assertClose(
        linear(x, weight: w, bias: b), Reference.linear(DTensor(x), DTensor(w), bias: DTensor(b)),
        absolute: 5e-4, relative: 1e-4)
    }
  }

  /// The product of every transposition with leading dimensions beyond the rows, α and β.
  func testGEMM() {
    fuzz(150, seed: 52) { generator, label in
      let (m, n, k) = (generator.int(1...40), generator.int(1...40), generator.int(0...40))
      let (ta, tb) = (generator.bool(), generator.bool())
      let lda = (ta ? m : k) + generator.int(0...5)
      let ldb = (tb ? k : n) + generator.int(0...5)
      let ldc = n + generator.int(0...5)
      let a = generator.tensor([max(1, ta ? k : m), max(1, lda)])
      let b = generator.tensor([max(1, tb ? n : k), max(1, ldb)])
      let (alpha, beta): (Float, Float) = (generator.normal(), generator.element([0, 1, 0.5]))
      var c = generator.tensor([m, ldc])
      if beta == 0 { c = Tensor(repeating: .nan, shape: c.shape) }
      let before = c.scalars
      let inParallel = generator.bool()
      a.withUnsafeBufferPointer { a in
        b.withUnsafeBufferPointer { b in
          c.withUnsafeMutableBufferPointer { c in
            (inParallel ? GEMM.multiplyInParallel : GEMM.multiply)(
              m, n, k, alpha, a.baseAddress!, lda, ta, b.baseAddress!, ldb, tb, beta,
              c.baseAddress!, ldc)
          }
        }
      }
      let (av, bv, cv) = (a.scalars, b.scalars, c.scalars)
      for i in 0..<m {
        for j in 0..<ldc {
          let actual = cv[i * ldc + j]
          guard j < n else {
            XCTAssertEqual(
              actual.bitPattern, before[i * ldc + j].bitPattern, "beyond the row \(label)")
            continue
          }
          var sum = beta == 0 ? 0 : Double(beta) * Double(before[i * ldc + j])
          for l in 0..<k {
            sum +=
              Double(alpha) * Double(av[ta ? l * lda + i : i * lda + l])
              * Double(bv[tb ? j * ldb + l : l * ldb + j])
          }
          assertClose(actual, sum, absolute: 1e-4, "[\(i), \(j)] \(label)")
        }
      }
    }
  }

  func testConcurrentCallersGetTheSameBits() {
    var generator = RandomStream(seed: 53)
    let (a, b) = (generator.tensor([200, 300]), generator.tensor([150, 300]))
    let expected = linear(a, weight: b)
    let failures = LockedCount()
    DispatchQueue.concurrentPerform(iterations: 64) { _ in
      if linear(a, weight: b).scalars != expected.scalars { failures.add() }
    }
    XCTAssertEqual(failures.value, 0)
  }
}

private final class LockedCount: @unchecked Sendable {
  private let lock = NSLock()
  private var count = 0
  func add() { lock.withLock { count += 1 } }
  var value: Int { lock.withLock { count } }
}
