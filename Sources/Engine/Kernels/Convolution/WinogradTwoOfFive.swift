// The transforms of F(2×2, 5×5), but for its input's, which is F(4×4, 3×3)'s.

/// G of F(2×2, 5×5) on five vectors: the polynomial with these coefficients at the six points, scaled.
@inline(__always)
private func filterSix(
  _ a: Vector, _ b: Vector, _ c: Vector, _ d: Vector, _ e: Vector
) -> (Vector, Vector, Vector, Vector, Vector, Vector) {
  let p = (a + c + e) * (-1 / 6)
  let q = (b + d) * (1 / 6)
  let r = (a + 4 * c + 16 * e) * (1 / 24)
  let s = (b + 4 * d) * (1 / 12)
  return (a * 0.25, p - q, p + q, r + s, r - s, e)
}

/// Gᵀ of F(2×2, 5×5), the adjoint of its filter transform, on six vectors.
@inline(__always)
private func filterGradientFive(
  _ a: Vector, _ b: Vector, _ c: Vector, _ d: Vector, _ e: Vector, _ f: Vector
) -> (Vector, Vector, Vector, Vector, Vector) {
  let p = (b + c) * (1 / 6)
  let q = (c - b) * (1 / 6)
  let r = d + e
  let s = d - e
  let t = r * (1 / 24)
  let u = s * (1 / 12)
  return (a * 0.25 - p + t, q + u, 4 * t - p, q + 4 * u, 16 * t - p + f)
}

/// Aᵀ of F(2×2, 5×5) on six vectors.
@inline(__always)
private func outputTwo(
  _ a: Vector, _ b: Vector, _ c: Vector, _ d: Vector, _ e: Vector, _ f: Vector
) -> (Vector, Vector) {
  (a + (b + c) + (d + e), (b - c) + 2 * (d - e) + f)
}

/// A of F(2×2, 5×5), the adjoint of its output transform, on two vectors.
@inline(__always)
private func gradientSix(_ a: Vector, _ b: Vector) -> (Vector, Vector, Vector, Vector, Vector, Vector) {
  let twice = 2 * b
  return (a, a + b, a - b, a + twice, a - twice, b)
}

extension WinogradTile {
  /// As ``transformFilterFour(_:_:stride:scratch:)``, for F(2×2, 5×5).
  @inline(__always)
  static func transformFilterTwoOfFive(
    _ load: (Int, Int) -> Vector, _ target: Destination, stride: Int, scratch t: UnsafeMutablePointer<Vector>
  ) {
    for j in 0..<5 {
      let r = filterSix(load(0, j), load(1, j), load(2, j), load(3, j), load(4, j))
      t[j] = r.0
      t[5 &+ j] = r.1
      t[10 &+ j] = r.2
      t[15 &+ j] = r.3
      t[20 &+ j] = r.4
      t[25 &+ j] = r.5
    }
    for i in 0..<6 {
      let q = t + 5 &* i
      storeSix(filterSix(q[0], q[1], q[2], q[3], q[4]), to: target + 6 &* i &* stride, stride: stride)
    }
  }

  /// As ``transformOutputFour(_:stride:scratch:_:)``, for F(2×2, 5×5).
  @inline(__always)
  static func transformOutputTwoOfFive(
    _ source: Source, stride: Int, scratch t: UnsafeMutablePointer<Vector>,
    _ store: (Int, Int, Vector) -> Void
  ) {
    for j in 0..<6 {
      let p = source + j &* stride
      let r = outputTwo(
        p.vector, (p + 6 &* stride).vector, (p + 12 &* stride).vector, (p + 18 &* stride).vector,
        (p + 24 &* stride).vector, (p + 30 &* stride).vector)
      t[j] = r.0
      t[6 &+ j] = r.1
    }
    for i in 0..<2 {
      let q = t + 6 &* i
      let r = outputTwo(q[0], q[1], q[2], q[3], q[4], q[5])
      store(i, 0, r.0)
      store(i, 1, r.1)
    }
  }

  /// As ``transformOutputGradientFour(_:_:stride:scratch:)``, for F(2×2, 5×5).
  @inline(__always)
  static func transformOutputGradientTwoOfFive(
    _ load: (Int, Int) -> Vector, _ target: Destination, stride: Int, scratch t: UnsafeMutablePointer<Vector>
  ) {
    for j in 0..<2 {
      let r = gradientSix(load(0, j), load(1, j))
      t[j] = r.0
      t[2 &+ j] = r.1
      t[4 &+ j] = r.2
      t[6 &+ j] = r.3
      t[8 &+ j] = r.4
      t[10 &+ j] = r.5
    }
    for i in 0..<6 {
      storeSix(gradientSix(t[2 &* i], t[2 &* i &+ 1]), to: target + 6 &* i &* stride, stride: stride)
    }
  }

  /// As ``transformFilterGradientFour(_:stride:scratch:_:)``, for F(2×2, 5×5).
  @inline(__always)
  static func transformFilterGradientTwoOfFive(
    _ source: Source, stride: Int, scratch t: UnsafeMutablePointer<Vector>,
    _ store: (Int, Int, Vector) -> Void
  ) {
    for j in 0..<6 {
      let p = source + j &* stride
      let r = filterGradientFive(
        p.vector, (p + 6 &* stride).vector, (p + 12 &* stride).vector, (p + 18 &* stride).vector,
        (p + 24 &* stride).vector, (p + 30 &* stride).vector)
      t[j] = r.0
      t[6 &+ j] = r.1
      t[12 &+ j] = r.2
      t[18 &+ j] = r.3
      t[24 &+ j] = r.4
    }
    for i in 0..<5 {
      let q = t + 6 &* i
      let r = filterGradientFive(q[0], q[1], q[2], q[3], q[4], q[5])
      store(i, 0, r.0)
      store(i, 1, r.1)
      store(i, 2, r.2)
      store(i, 3, r.3)
      store(i, 4, r.4)
    }
  }
}
