/// F(2, 3), at the points 0, ±1 and infinity.
enum WinogradTwo: TrainableWinogradLine {
  @inline(__always)
  static func input(_ x: Read, _ y: Write) {
    let (a, b, c, d) = (x(0), x(1), x(2), x(3))
    y(0, a - c)
    y(1, b + c)
    y(2, c - b)
    y(3, b - d)
  }

  @inline(__always)
  static func filter(_ x: Read, _ y: Write) {
    let (a, b, c) = (x(0), x(1), x(2))
    y(0, a)
    y(1, (a + b + c) * 0.5)
    y(2, (a - b + c) * 0.5)
    y(3, c)
  }

  @inline(__always)
  static func output(_ x: Read, _ y: Write) {
    let (a, b, c, d) = (x(0), x(1), x(2), x(3))
    y(0, a + b + c)
    y(1, b - c - d)
  }

  @inline(__always)
  static func outputGradient(_ x: Read, _ y: Write) {
    let (a, b) = (x(0), x(1))
    y(0, a)
    y(1, a + b)
    y(2, a - b)
    y(3, -b)
  }

  @inline(__always)
  static func filterGradient(_ x: Read, _ y: Write) {
    let (a, b, c, d) = (x(0), x(1), x(2), x(3))
    let (sum, difference) = ((b + c) * 0.5, (b - c) * 0.5)
    y(0, a + sum)
    y(1, difference)
    y(2, sum + d)
  }
}
