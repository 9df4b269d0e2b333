/// F(7, 3), at ±¼, ±⅝, ±1¼, ±2 and infinity: with 0 among the points, or one without its opposite, errors are larger.
enum WinogradSeven: WinogradLine {
  /// Four vectors, one for each pair of points.
  private struct Pairs {
    var a, b, c, d: Quad

    @inline(__always)
    init(_ value: (Int) -> Quad) { (a, b, c, d) = (value(0), value(2), value(4), value(6)) }

    @inline(__always)
    mutating func scale(by factors: (Float, Float, Float, Float)) {
      a *= factors.0
      b *= factors.1
      c *= factors.2
      d *= factors.3
    }

    var total: Quad {
      @inline(__always) get { (a + b) + (c + d) }
    }
  }

  private typealias Factors = (Float, Float, Float, Float)

  /// The points.
  private static var points: Factors { @inline(__always) get { (0.25, 0.625, 1.25, 2) } }
  private static var squares: Factors { @inline(__always) get { (0.0625, 0.390625, 1.5625, 4) } }
  /// The inverse of the product of a point's differences from the others.
  private static var scales: Factors {
    @inline(__always) get { (-4096 / 3969, 1_048_576 / 1_819_125, -4096 / 43_875, 4096 / 567_567) }
  }

  @inline(__always)
  static func input(_ x: Read, _ y: Write) {
    let (a, b, c, d, e) = (x(0), x(1), x(2), x(3), x(4))
    let (f, g, h, i) = (x(5), x(6), x(7), x(8))
    // x·q ± p·q, where q is the product of x² − p² over the other points.
    @inline(__always)
    func pair(_ k: Int, _ p: Float, _ q: (Float, Float, Float)) {
      let odd = (h - f * q.0) + (d * q.1 - b * q.2)
      let even = ((g - e * q.0) + (c * q.1 - a * q.2)) * p
      y(k, odd + even)
      y(k + 1, odd - even)
    }
    pair(0, points.0, (381 / 64, 8625 / 1024, 625 / 256))
    pair(2, points.1, (45 / 8, 1689 / 256, 25 / 64))
    pair(4, points.2, (285 / 64, 1881 / 1024, 25 / 256))
    pair(6, points.3, (129 / 64, 375 / 512, 625 / 16_384))
    let far = i - g * (385 / 64)
    let middle = e * (4503 / 512) - c * (48_625 / 16_384)
    y(8, far + middle + a * (625 / 4096))
  }

  @inline(__always)
  static func filter(_ x: Read, _ y: Write) {
    let (a, b, c) = (x(0), x(1), x(2))
    @inline(__always)
    func pair(_ k: Int, _ p: Float, _ square: Float, _ scale: Float) {
      let even = (a + c * square) * scale
      let odd = b * (p * scale)
      y(k, odd + even)
      y(k + 1, odd - even)
    }
    pair(0, points.0, squares.0, scales.0)
    pair(2, points.1, squares.1, scales.1)
    pair(4, points.2, squares.2, scales.2)
    pair(6, points.3, squares.3, scales.3)
    y(8, c)
  }

  @inline(__always)
  static func output(_ x: Read, _ y: Write) {
    var even = Pairs { x($0) + x($0 + 1) }
    var odd = Pairs { x($0) - x($0 + 1) }
    odd.scale(by: points)
    for i in stride(from: 0, to: 6, by: 2) {
      y(i, even.total)
      y(i + 1, odd.total)
      even.scale(by: squares)
      odd.scale(by: squares)
    }
    y(6, even.total + x(8))
  }
}
