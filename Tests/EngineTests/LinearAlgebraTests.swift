import Engine
import XCTest

/// LAPACK's faces: what is factorized is put together again in Double, and the factors have their properties.
final class LinearAlgebraTests: XCTestCase {
  private typealias Matrix = [[Double]]

  private func random(_ m: Int, _ n: Int, seed: UInt64) -> Tensor {
    var generator = RandomStream(seed: seed)
    return Tensor((0..<m * n).map { _ in generator.normal() }, shape: [m, n])
  }

  private func matrix(_ tensor: Tensor) -> Matrix {
    let (m, n) = (tensor.shape[0], tensor.shape.rank == 1 ? 1 : tensor.shape[1])
    let scalars = tensor.scalars
    return (0..<m).map { i in (0..<n).map { Double(scalars[i * n + $0]) } }
  }

  private func transpose(_ a: Matrix) -> Matrix { a[0].indices.map { j in a.map { $0[j] } } }

  private func product(_ a: Matrix, _ b: Matrix) -> Matrix {
    a.map { row in b[0].indices.map { j in row.indices.reduce(0) { $0 + row[$1] * b[$1][j] } } }
  }

  private func assertEqual(
    _ a: Matrix, _ b: Matrix, tolerance: Double, _ what: String = "", line: UInt = #line
  ) {
    XCTAssertEqual(a.map(\.count), b.map(\.count), what, line: line)
    for (i, (p, q)) in zip(a, b).enumerated() {
      for (j, (x, y)) in zip(p, q).enumerated() {
        XCTAssertEqual(x, y, accuracy: tolerance, "\(what) [\(i), \(j)]", line: line)
      }
    }
  }

  private func identity(_ n: Int) -> Matrix { (0..<n).map { i in (0..<n).map { $0 == i ? 1 : 0 } } }

  private let shapes = [(1, 1), (5, 5), (7, 3), (3, 7), (1, 6), (6, 1), (64, 40), (40, 64)]

  func testQR() throws {
    for (index, (m, n)) in shapes.enumerated() {
      let a = random(m, n, seed: UInt64(index))
      let before = a.scalars
      let (q, r) = try LinearAlgebra.qr(a)
      let k = min(m, n)
      XCTAssertEqual(q.shape, [m, k])
      XCTAssertEqual(r.shape, [k, n])
      assertEqual(product(matrix(q), matrix(r)), matrix(a), tolerance: 2e-5, "QR \(m)×\(n)")
      assertEqual(product(transpose(matrix(q)), matrix(q)), identity(k), tolerance: 2e-6, "QᵀQ \(m)×\(n)")
      for i in 0..<k { for j in 0..<i { XCTAssertEqual(r.scalars[i * n + j], 0) } }
      XCTAssertEqual(a.scalars, before)
    }
  }

  func testSVD() throws {
    for (index, (m, n)) in shapes.enumerated() {
      let a = random(m, n, seed: UInt64(index))
      let (u, s, vt) = try LinearAlgebra.svd(a)
      let k = min(m, n)
      XCTAssertEqual([u.shape, s.shape, vt.shape], [[m, k], [k], [k, n]])
      let scaled = matrix(vt).enumerated().map { i, row in row.map { $0 * Double(s.scalars[i]) } }
      assertEqual(product(matrix(u), scaled), matrix(a), tolerance: 2e-5, "USVᵀ \(m)×\(n)")
      assertEqual(product(transpose(matrix(u)), matrix(u)), identity(k), tolerance: 3e-6, "UᵀU")
      assertEqual(product(matrix(vt), transpose(matrix(vt))), identity(k), tolerance: 3e-6, "VᵀV")
      XCTAssertTrue(zip(s.scalars, s.scalars.dropFirst()).allSatisfy { $0 >= $1 && $1 >= 0 })
    }
  }

  func testKnownSingularValues() throws {
    let (_, s, _) = try LinearAlgebra.svd(Tensor([3, 0, 4, 5], shape: [2, 2]))
    XCTAssertEqual(s.scalars[0], 6.7082039, accuracy: 1e-5)  // √45
    XCTAssertEqual(s.scalars[1], 2.2360680, accuracy: 1e-5)  // √5
  }

  func testSymmetricEigen() throws {
    for n in [1, 2, 9, 50] {
      let half = matrix(random(n, n, seed: UInt64(n)))
      let symmetric = half.indices.map { i in half.indices.map { (half[i][$0] + half[$0][i]) / 2 } }
      var flat = symmetric.joined().map { Float($0) }
      // The upper triangle is not read.
      for i in 0..<n { for j in (i + 1)..<max(n, i + 1) { flat[i * n + j] = 1e6 } }
      let (values, vectors) = try LinearAlgebra.symmetricEigen(Tensor(flat, shape: [n, n]))
      XCTAssertTrue(zip(values.scalars, values.scalars.dropFirst()).allSatisfy { $0 <= $1 })
      let v = matrix(vectors)
      let scaled = v.map { row in row.indices.map { row[$0] * Double(values.scalars[$0]) } }
      assertEqual(product(scaled, transpose(v)), symmetric, tolerance: 3e-5, "VΛVᵀ \(n)")
      assertEqual(product(transpose(v), v), identity(n), tolerance: 3e-6, "VᵀV \(n)")
    }
    // Eigenvalues 1 and 3 by hand.
    let known = try LinearAlgebra.symmetricEigen(Tensor([2, 1, 1, 2], shape: [2, 2]))
    XCTAssertEqual(known.values.scalars[0], 1, accuracy: 1e-6)
    XCTAssertEqual(known.values.scalars[1], 3, accuracy: 1e-6)
  }

  func testCholeskySolve() throws {
    for n in [1, 4, 30] {
      let half = matrix(random(n, n, seed: UInt64(n)))
      var definite = product(half, transpose(half))
      for i in 0..<n { definite[i][i] += Double(n) }
      let a = Tensor(definite.joined().map { Float($0) }, shape: [n, n])
      let b = random(n, 3, seed: 77)
      let x = try LinearAlgebra.choleskySolve(a, b)
      assertEqual(product(definite, matrix(x)), matrix(b), tolerance: 1e-4, "Ax \(n)")
      let single = Tensor((0..<n).map { Float($0) - 2 }, shape: [n])
      let y = try LinearAlgebra.choleskySolve(a, single)
      XCTAssertEqual(y.shape, [n])
      assertEqual(product(definite, matrix(y)), matrix(single), tolerance: 1e-4, "Ay \(n)")
    }
    XCTAssertThrowsError(
      try LinearAlgebra.choleskySolve(Tensor([1, 2, 2, 1], shape: [2, 2]), Tensor(zeros: [2]))
    ) {
      XCTAssertEqual(
        $0 as? LinearAlgebraError, .notPositiveDefinite(operation: "choleskySolve", order: 2))
    }
  }

  func testLeastSquares() throws {
    // The residual of a minimum is orthogonal to the columns.
    let a = random(20, 4, seed: 1)
    let b = random(20, 2, seed: 2)
    let (x, rank) = try LinearAlgebra.leastSquares(a, b)
    XCTAssertEqual(rank, 4)
    XCTAssertEqual(x.shape, [4, 2])
    let fit = product(matrix(a), matrix(x))
    let residual = zip(fit, matrix(b)).map { zip($0, $1).map { $0 - $1 } }
    assertEqual(
      product(transpose(matrix(a)), residual), Matrix(repeating: [0, 0], count: 4), tolerance: 2e-5)
  }

  func testLeastSquaresOfDeficientRankIsOfLeastNorm() throws {
    // Both columns equal: x₁ + x₂ = 3 fits best, and (1.5, 1.5) is the shortest.
    let (x, rank) = try LinearAlgebra.leastSquares(
      Tensor([1, 1, 1, 1, 1, 1], shape: [3, 2]), Tensor([2, 3, 4], shape: [3]), tolerance: 1e-5)
    XCTAssertEqual(rank, 1)
    XCTAssertEqual(x.shape, [2])
    XCTAssertEqual(x.scalars[0], 1.5, accuracy: 1e-5)
    XCTAssertEqual(x.scalars[1], 1.5, accuracy: 1e-5)
    // Fewer equations than unknowns: 3x + 4y = 25 at its point nearest to 0.
    let wide = try LinearAlgebra.leastSquares(Tensor([3, 4], shape: [1, 2]), Tensor([25], shape: [1]))
    XCTAssertEqual(wide.solution.scalars[0], 3, accuracy: 1e-5)
    XCTAssertEqual(wide.solution.scalars[1], 4, accuracy: 1e-5)
  }

  func testBadOperandsAreTypedErrors() {
    func assertThrows(
      _ expected: LinearAlgebraError, line: UInt = #line, _ body: () throws -> Void
    ) {
      XCTAssertThrowsError(try body(), line: line) {
        XCTAssertEqual($0 as? LinearAlgebraError, expected, line: line)
      }
    }
    let wide = Tensor(zeros: [2, 3])
    let unit = Tensor([1], shape: [1, 1])
    assertThrows(.notSquare(operation: "symmetricEigen", [2, 3])) {
      _ = try LinearAlgebra.symmetricEigen(wide)
    }
    assertThrows(.notSquare(operation: "choleskySolve", [2, 3])) {
      _ = try LinearAlgebra.choleskySolve(wide, Tensor(zeros: [2]))
    }
    assertThrows(.notAMatrix(operation: "svd", [4])) { _ = try LinearAlgebra.svd(Tensor(zeros: [4])) }
    assertThrows(.notAMatrix(operation: "qr", [0, 4])) { _ = try LinearAlgebra.qr(Tensor(zeros: [0, 4])) }
    assertThrows(.mismatch(operation: "choleskySolve", matrix: [1, 1], rightHandSide: [2])) {
      _ = try LinearAlgebra.choleskySolve(unit, Tensor(zeros: [2]))
    }
    assertThrows(.mismatch(operation: "leastSquares", matrix: [2, 3], rightHandSide: [3, 1])) {
      _ = try LinearAlgebra.leastSquares(wide, Tensor(zeros: [3, 1]))
    }
    for bad in [Float.nan, .infinity] {
      assertThrows(.notFinite(operation: "svd")) { _ = try LinearAlgebra.svd(Tensor([bad], shape: [1, 1])) }
      assertThrows(.notFinite(operation: "leastSquares")) {
        _ = try LinearAlgebra.leastSquares(unit, Tensor([bad], shape: [1]))
      }
    }
  }

  func testOrthogonalInitializer() {
    for (shape, rows) in [([8, 5], 8), ([5, 8], 5), ([3, 3, 4, 6], 6), ([1, 1, 4, 9], 9)] as [(Shape, Int)] {
      var generator = RandomStream(seed: 5)
      let weight = Initializer.orthogonal(gain: 2)(shape, &generator)
      XCTAssertEqual(weight.shape, shape)
      let rest = shape.count / rows
      let lying = weight.reshaped(to: shape.rank == 4 ? [rest, rows] : [rows, rest])
      var w = matrix(lying)
      if shape.rank == 4 { w = transpose(w) }
      let gram = rows <= rest ? product(w, transpose(w)) : product(transpose(w), w)
      let four = identity(gram.count).map { $0.map { $0 * 4 } }
      assertEqual(gram, four, tolerance: 1e-5, "\(shape)")
    }
    // Without the sign fix Q's first element would never be positive: so LAPACK reflects.
    let signs = (0..<64 as Range<UInt64>).map { seed -> Bool in
      var generator = RandomStream(seed: seed)
      return Initializer.orthogonal()([4, 4], &generator).scalars[0] > 0
    }
    XCTAssertTrue(20...44 ~= signs.filter { $0 }.count, "\(signs.filter { $0 }.count) of 64 positive")
  }
}
