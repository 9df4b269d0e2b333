/// F(4, 3), at the points 0, ±1, ±2 and infinity.
enum WinogradFour: TrainableWinogradLine {
  @inline(__always)
  static func input(_ x: Read, _ y: Write) {
    let (a, b, c, d, e, f) = (x(0), x(1), x(2), x(3), x(4), x(5))
    let p = e - 4 * c
    let q = d - 4 * b
    let r = e - c
    let s = 2 * (d - b)
    y(0, 4 * a - 5 * c + e)
    y(1, p + q)
    y(2, p - q)
    y(3, r + s)
    y(4, r - s)
    y(5, 4 * b - 5 * d + f)
  }

  @inline(__always)
  static func filter(_ x: Read, _ y: Write) {
    let (a, b, c) = (x(0), x(1), x(2))
    let p = (a + c) * (-1 / 6)
    let q = b * (1 / 6)
    let r = a * (1 / 24) + c * (1 / 6)
    let s = b * (1 / 12)
    y(0, a * 0.25)
    y(1, p - q)
    y(2, p + q)
    y(3, r + s)
    y(4, r - s)
    y(5, c)
  }

  @inline(__always)
  static func output(_ x: Read, _ y: Write) {
    let (a, b, c, d, e, f) = (x(0), x(1), x(2), x(3), x(4), x(5))
    let p = b + c
    let q = b - c
    let r = d + e
    let s = d - e
    y(0, a + p + r)
    y(1, q + 2 * s)
    y(2, p + 4 * r)
    y(3, q + 8 * s + f)
  }

  @inline(__always)
  static func outputGradient(_ x: Read, _ y: Write) {
    let (a, b, c, d) = (x(0), x(1), x(2), x(3))
    let p = a + c
    let q = b + d
    let r = a + 4 * c
    let s = 2 * b + 8 * d
    y(0, a)
    y(1, p + q)
    y(2, p - q)
    y(3, r + s)
    y(4, r - s)
    y(5, d)
  }

  @inline(__always)
  static func filterGradient(_ x: Read, _ y: Write) {
    let (a, b, c, d, e, f) = (x(0), x(1), x(2), x(3), x(4), x(5))
    let p = (b + c) * (1 / 6)
    let q = d + e
    y(0, a * 0.25 - p + q * (1 / 24))
    y(1, (c - b) * (1 / 6) + (d - e) * (1 / 12))
    y(2, q * (1 / 6) - p + f)
  }
}
