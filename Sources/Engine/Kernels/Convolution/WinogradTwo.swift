// The transforms of F(2×2, 3×3).

extension WinogradTile {
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

  /// As ``transformInputSix(_:_:stride:scratch:)``, for F(2×2, 3×3).
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

  /// As ``transformOutputGradientFour(_:_:stride:scratch:)``, for F(2×2, 3×3).
  @inline(__always)
  static func transformOutputGradientTwo(
    _ load: (Int, Int) -> Vector, _ target: Destination, stride: Int, scratch t: UnsafeMutablePointer<Vector>
  ) {
    for j in 0..<2 {
      let (a, b) = (load(0, j), load(1, j))
      t[j] = a
      t[2 &+ j] = a + b
      t[4 &+ j] = a - b
      t[6 &+ j] = -b
    }
    for i in 0..<4 {
      let (a, b) = (t[2 &* i], t[2 &* i &+ 1])
      let o = target + 4 &* i &* stride
      o.vector = a
      (o + stride).vector = a + b
      (o + 2 &* stride).vector = a - b
      (o + 3 &* stride).vector = -b
    }
  }

  /// As ``transformFilterGradientFour(_:stride:scratch:_:)``, for F(2×2, 3×3).
  @inline(__always)
  static func transformFilterGradientTwo(
    _ source: Source, stride: Int, scratch t: UnsafeMutablePointer<Vector>,
    _ store: (Int, Int, Vector) -> Void
  ) {
    for j in 0..<4 {
      let p = source + j &* stride
      let (a, b, c, d) = (
        p.vector, (p + 4 &* stride).vector, (p + 8 &* stride).vector, (p + 12 &* stride).vector
      )
      let (sum, difference) = ((b + c) * 0.5, (b - c) * 0.5)
      t[j] = a + sum
      t[4 &+ j] = difference
      t[8 &+ j] = sum + d
    }
    for i in 0..<3 {
      let q = t + 4 &* i
      let (sum, difference) = ((q[1] + q[2]) * 0.5, (q[1] - q[2]) * 0.5)
      store(i, 0, q[0] + sum)
      store(i, 1, difference)
      store(i, 2, sum + q[3])
    }
  }
}
