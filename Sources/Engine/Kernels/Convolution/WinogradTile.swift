/// The transforms of Winograd's minimal filtering F(m×m, 3×3) (Lavin and Gray 2016): an output tile of m×m pixels from
/// an input tile of (m + 2)×(m + 2) by (m + 2)² products a channel pair, instead of 9·m².
///
/// Each transform is a matrix applied to columns and then to rows; vectors run over channels.
package enum WinogradTile: Int, Hashable, Sendable {
  /// F(2×2, 3×3): 2.25 times fewer products than the direct sum; errors about those of im2col.
  case two = 2
  /// F(4×4, 3×3): 4 times fewer; errors about ten times those of im2col.
  case four = 4

  /// Height and width of an output tile.
  var output: Int { rawValue }
  /// Height and width of an input tile.
  var input: Int { rawValue + 2 }
  /// Products a tile and channel pair.
  var points: Int { input * input }
}

/// Bᵀ of F(4×4, 3×3) on six vectors.
@inline(__always)
private func inputSix(
  _ a: Vector, _ b: Vector, _ c: Vector, _ d: Vector, _ e: Vector, _ f: Vector
) -> (Vector, Vector, Vector, Vector, Vector, Vector) {
  let p = e - 4 * c
  let q = d - 4 * b
  let r = e - c
  let s = 2 * (d - b)
  return (4 * a - 5 * c + e, p + q, p - q, r + s, r - s, 4 * b - 5 * d + f)
}

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

/// Six points of a row, `stride` apart.
@inline(__always)
private func storeSix(
  _ row: (Vector, Vector, Vector, Vector, Vector, Vector), to target: Destination, stride: Int
) {
  target.vector = row.0
  (target + stride).vector = row.1
  (target + 2 &* stride).vector = row.2
  (target + 3 &* stride).vector = row.3
  (target + 4 &* stride).vector = row.4
  (target + 5 &* stride).vector = row.5
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

  /// As ``transformFilterFour(_:_:stride:scratch:)``, for F(2×2, 3×3).
  @inline(__always)
  static func transformFilterTwo(
    _ load: (Int, Int) -> Vector, _ target: Destination, stride: Int, scratch t: UnsafeMutablePointer<Vector>
  ) {
    for j in 0..<3 {
      let (a, b, c) = (load(0, j), load(1, j), load(2, j))
      t[j] = a
      t[3 &+ j] = (a + b + c) * 0.5
      t[6 &+ j] = (a - b + c) * 0.5
      t[9 &+ j] = c
    }
    for i in 0..<4 {
      let (a, b, c) = (t[3 &* i], t[3 &* i &+ 1], t[3 &* i &+ 2])
      let o = target + 4 &* i &* stride
      o.vector = a
      (o + stride).vector = (a + b + c) * 0.5
      (o + 2 &* stride).vector = (a - b + c) * 0.5
      (o + 3 &* stride).vector = c
    }
  }

  /// Bᵀ·d·B of sixteen channels of one tile. `load(i, j)` is the input pixel at row i, column j of the tile, zero
  /// outside the picture; point k goes to `target + k·stride`.
  @inline(__always)
  static func transformInputFour(
    _ load: (Int, Int) -> Vector, _ target: Destination, stride: Int, scratch t: UnsafeMutablePointer<Vector>
  ) {
    for j in 0..<6 {
      let r = inputSix(load(0, j), load(1, j), load(2, j), load(3, j), load(4, j), load(5, j))
      t[j] = r.0
      t[6 &+ j] = r.1
      t[12 &+ j] = r.2
      t[18 &+ j] = r.3
      t[24 &+ j] = r.4
      t[30 &+ j] = r.5
    }
    for i in 0..<6 {
      let q = t + 6 &* i
      let r = inputSix(q[0], q[1], q[2], q[3], q[4], q[5])
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

  /// As ``transformInputFour(_:_:stride:scratch:)``, for F(2×2, 3×3).
  @inline(__always)
  static func transformInputTwo(
    _ load: (Int, Int) -> Vector, _ target: Destination, stride: Int, scratch t: UnsafeMutablePointer<Vector>
  ) {
    for j in 0..<4 {
      let (a, b, c, d) = (load(0, j), load(1, j), load(2, j), load(3, j))
      t[j] = a - c
      t[4 &+ j] = b + c
      t[8 &+ j] = c - b
      t[12 &+ j] = b - d
    }
    for i in 0..<4 {
      let q = t + 4 &* i
      let o = target + 4 &* i &* stride
      o.vector = q[0] - q[2]
      (o + stride).vector = q[1] + q[2]
      (o + 2 &* stride).vector = q[2] - q[1]
      (o + 3 &* stride).vector = q[1] - q[3]
    }
  }

  /// As ``transformOutputFour(_:stride:scratch:_:)``, for F(2×2, 3×3).
  @inline(__always)
  static func transformOutputTwo(
    _ source: Source, stride: Int, scratch t: UnsafeMutablePointer<Vector>,
    _ store: (Int, Int, Vector) -> Void
  ) {
    for j in 0..<4 {
      let p = source + j &* stride
      let (a, b, c, d) = (
        p.vector, (p + 4 &* stride).vector, (p + 8 &* stride).vector, (p + 12 &* stride).vector
      )
      t[j] = a + b + c
      t[4 &+ j] = b - c - d
    }
    for i in 0..<2 {
      let q = t + 4 &* i
      store(i, 0, q[0] + q[1] + q[2])
      store(i, 1, q[1] - q[2] - q[3])
    }
  }
}
