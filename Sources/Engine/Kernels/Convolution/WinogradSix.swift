// What F(4×4, 3×3) and F(2×2, 5×5) share: both interpolate at 0, ±1, ±2 and infinity, so that their input tiles have
// six rows and columns and one transform.

/// Bᵀ of F(4×4, 3×3) and F(2×2, 5×5) on six vectors.
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

/// Six points of a row, `stride` apart.
@inline(__always)
func storeSix(
  _ row: (Vector, Vector, Vector, Vector, Vector, Vector), to target: Destination, stride: Int
) {
  target.vector = row.0
  (target + stride).vector = row.1
  (target + 2 &* stride).vector = row.2
  (target + 3 &* stride).vector = row.3
  (target + 4 &* stride).vector = row.4
  (target + 5 &* stride).vector = row.5
}

extension WinogradTile {
  /// Bᵀ·d·B of sixteen channels of one tile. `load(i, j)` is the input pixel at row i, column j of the tile, zero
  /// outside the picture; point k goes to `target + k·stride`.
  @inline(__always)
  static func transformInputSix(
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
}
