/// F(2, 5), at the points of F(4, 3): 0, ±1, ±2 and infinity. The input's transform is that one's.
enum WinogradTwoOfFive: TrainableWinogradLine {
  @inline(__always)
  static func input(_ x: Read, _ y: Write) { WinogradFour.input(x, y) }

  @inline(__always)
  static func filter(_ x: Read, _ y: Write) {
    let (a, b, c, d, e) = (x(0), x(1), x(2), x(3), x(4))
    let p = (a + c + e) * (-1 / 6)
    let q = (b + d) * (1 / 6)
    let r = (a + 4 * c + 16 * e) * (1 / 24)
    let s = (b + 4 * d) * (1 / 12)
    y(0, a * 0.25)
    y(1, p - q)
    y(2, p + q)
    y(3, r + s)
    y(4, r - s)
    y(5, e)
  }

  @inline(__always)
  static func output(_ x: Read, _ y: Write) {
    let (a, b, c, d, e, f) = (x(0), x(1), x(2), x(3), x(4), x(5))
    y(0, a + (b + c) + (d + e))
    y(1, (b - c) + 2 * (d - e) + f)
  }

  @inline(__always)
  static func outputGradient(_ x: Read, _ y: Write) {
    let (a, b) = (x(0), x(1))
    let twice = 2 * b
    y(0, a)
    y(1, a + b)
    y(2, a - b)
    y(3, a + twice)
    y(4, a - twice)
    y(5, b)
  }

  @inline(__always)
  static func filterGradient(_ x: Read, _ y: Write) {
    let (a, b, c, d, e, f) = (x(0), x(1), x(2), x(3), x(4), x(5))
    let p = (b + c) * (1 / 6)
    let q = (c - b) * (1 / 6)
    let r = (d + e) * (1 / 24)
    let s = (d - e) * (1 / 12)
    y(0, a * 0.25 - p + r)
    y(1, q + s)
    y(2, 4 * r - p)
    y(3, q + 4 * s)
    y(4, 16 * r - p + f)
  }
}
