// The transforms of F(4×4, 3×3).

/// Aᵀ of F(4×4, 3×3) on six vectors.
@inline(__always)
private func outputFour(
  _ a: Vector, _ b: Vector, _ c: Vector, _ d: Vector, _ e: Vector, _ f: Vector
) -> (Vector, Vector, Vector, Vector) {
  let p = b + c
  let q = b - c
  let r = d + e
  let s = d - e
  return (a + p + r, q + 2 * s, p + 4 * r, q + 8 * s + f)
}

/// A of F(4×4, 3×3), the adjoint of its output transform, on four vectors.
@inline(__always)
private func gradientSix(
  _ a: Vector, _ b: Vector, _ c: Vector, _ d: Vector
) -> (Vector, Vector, Vector, Vector, Vector, Vector) {
  let p = a + c
  let q = b + d
  let r = a + 4 * c
  let s = 2 * b + 8 * d
  return (a, p + q, p - q, r + s, r - s, d)
}

/// G of F(4×4, 3×3) on three vectors.
@inline(__always)
private func filterSix(
  _ a: Vector, _ b: Vector, _ c: Vector
) -> (Vector, Vector, Vector, Vector, Vector, Vector) {
  let p = (a + c) * (-1 / 6)
  let q = b * (1 / 6)
  let r = a * (1 / 24) + c * (1 / 6)
  let s = b * (1 / 12)
  return (a * 0.25, p - q, p + q, r + s, r - s, c)
}

/// Gᵀ of F(4×4, 3×3), the adjoint of its filter transform, on six vectors.
@inline(__always)
private func filterGradientThree(
  _ a: Vector, _ b: Vector, _ c: Vector, _ d: Vector, _ e: Vector, _ f: Vector
) -> (Vector, Vector, Vector) {
  let p = (b + c) * (1 / 6)
  let q = d + e
  return (a * 0.25 - p + q * (1 / 24), (c - b) * (1 / 6) + (d - e) * (1 / 12), q * (1 / 6) - p + f)
}

extension WinogradTile {
  /// G·g·Gᵀ of sixteen channel pairs. `load(ky, kx)` is the filter; point k goes to `target + k·stride`.
  @inline(__always)
  static func transformFilterFour(
    _ load: (Int, Int) -> Vector, _ target: Destination, stride: Int, scratch t: UnsafeMutablePointer<Vector>
  ) {
    for j in 0..<3 {
      let r = filterSix(load(0, j), load(1, j), load(2, j))
      t[j] = r.0
      t[3 &+ j] = r.1
      t[6 &+ j] = r.2
      t[9 &+ j] = r.3
      t[12 &+ j] = r.4
      t[15 &+ j] = r.5
    }
    for i in 0..<6 {
      let r = filterSix(t[3 &* i], t[3 &* i &+ 1], t[3 &* i &+ 2])
      storeSix(r, to: target + 6 &* i &* stride, stride: stride)
    }
  }

  /// Aᵀ·m·A of sixteen channels of one tile; point k is at `source + k·stride`, `store(i, j, value)` takes the output.
  @inline(__always)
  static func transformOutputFour(
    _ source: Source, stride: Int, scratch t: UnsafeMutablePointer<Vector>,
    _ store: (Int, Int, Vector) -> Void
  ) {
    for j in 0..<6 {
      let p = source + j &* stride
      let r = outputFour(
        p.vector, (p + 6 &* stride).vector, (p + 12 &* stride).vector, (p + 18 &* stride).vector,
        (p + 24 &* stride).vector, (p + 30 &* stride).vector)
      t[j] = r.0
      t[6 &+ j] = r.1
      t[12 &+ j] = r.2
      t[18 &+ j] = r.3
    }
    for i in 0..<4 {
      let q = t + 6 &* i
      let r = outputFour(q[0], q[1], q[2], q[3], q[4], q[5])
      store(i, 0, r.0)
      store(i, 1, r.1)
      store(i, 2, r.2)
      store(i, 3, r.3)
    }
  }

  /// A·dy·Aᵀ of sixteen channels of one tile. `load(i, j)` is the output's gradient at row i, column j of the tile,
  /// zero outside the picture; point k goes to `target + k·stride`.
  @inline(__always)
  static func transformOutputGradientFour(
    _ load: (Int, Int) -> Vector, _ target: Destination, stride: Int, scratch t: UnsafeMutablePointer<Vector>
  ) {
    for j in 0..<4 {
      let r = gradientSix(load(0, j), load(1, j), load(2, j), load(3, j))
      t[j] = r.0
      t[4 &+ j] = r.1
      t[8 &+ j] = r.2
      t[12 &+ j] = r.3
      t[16 &+ j] = r.4
      t[20 &+ j] = r.5
    }
    for i in 0..<6 {
      let q = t + 4 &* i
      storeSix(gradientSix(q[0], q[1], q[2], q[3]), to: target + 6 &* i &* stride, stride: stride)
    }
  }

  /// Gᵀ·p·G of sixteen channel pairs: point k is at `source + k·stride`, `store(ky, kx, value)` takes the filter's
  /// gradient.
  @inline(__always)
  static func transformFilterGradientFour(
    _ source: Source, stride: Int, scratch t: UnsafeMutablePointer<Vector>,
    _ store: (Int, Int, Vector) -> Void
  ) {
    for j in 0..<6 {
      let p = source + j &* stride
      let r = filterGradientThree(
        p.vector, (p + 6 &* stride).vector, (p + 12 &* stride).vector, (p + 18 &* stride).vector,
        (p + 24 &* stride).vector, (p + 30 &* stride).vector)
      t[j] = r.0
      t[6 &+ j] = r.1
      t[12 &+ j] = r.2
    }
    for i in 0..<3 {
      let q = t + 6 &* i
      let r = filterGradientThree(q[0], q[1], q[2], q[3], q[4], q[5])
      store(i, 0, r.0)
      store(i, 1, r.1)
      store(i, 2, r.2)
    }
  }
}
