/// F(6, 3), at the points 0, ±1, ±2, ±½ and infinity.
enum WinogradSix: WinogradLine {
  @inline(__always)
  static func input(_ x: Read, _ y: Write) {
    let (a, b, c, d) = (x(0), x(1), x(2), x(3))
    let (e, f, g, h) = (x(4), x(5), x(6), x(7))
    y(0, a - g + (e - c) * 5.25)
    y(7, h - b + (d - f) * 5.25)
    let p = c + g - e * 4.25
    let q = b + f - d * 4.25
    y(1, p + q)
    y(2, p - q)
    let r = g + c * 0.25 - e * 1.25
    let s = b * 0.5 - d * 2.5 + f * 2
    y(3, r + s)
    y(4, r - s)
    let t = g + (c - e * 1.25) * 4
    let u = b * 2 - d * 2.5 + f * 0.5
    y(5, t + u)
    y(6, t - u)
  }

  @inline(__always)
  static func filter(_ x: Read, _ y: Write) {
    let (a, b, c) = (x(0), x(1), x(2))
    let p = (a + c) * (-2 / 9)
    let q = b * (-2 / 9)
    let r = a * (1 / 90) + c * (2 / 45)
    let s = b * (1 / 45)
    let t = a * (32 / 45) + c * (8 / 45)
    let u = b * (16 / 45)
    y(0, a)
    y(1, p + q)
    y(2, p - q)
    y(3, r + s)
    y(4, r - s)
    y(5, t + u)
    y(6, t - u)
    y(7, c)
  }

  @inline(__always)
  static func output(_ x: Read, _ y: Write) {
    let (b, c, d, e, f, g) = (x(1), x(2), x(3), x(4), x(5), x(6))
    let p = b + c
    let q = b - c
    let r = d + e
    let s = d - e
    let t = f + g
    let u = f - g
    y(0, x(0) + p + r + t)
    y(1, q + 2 * s + 0.5 * u)
    y(2, p + 4 * r + 0.25 * t)
    y(3, q + 8 * s + 0.125 * u)
    y(4, p + 16 * r + 0.0625 * t)
    y(5, q + 32 * s + 0.03125 * u + x(7))
  }
}
