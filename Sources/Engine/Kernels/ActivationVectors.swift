// The activations of one vector; NaN stays NaN in all of them.

extension Kernels {
  @inline(__always)
  static func clip(_ x: Vector, _ low: Float, _ high: Float) -> Vector {
    x.clampedBelow(Vector(repeating: low)).clampedAbove(Vector(repeating: high))
  }

  @inline(__always)
  static func clip(_ x: Float, _ low: Float, _ high: Float) -> Float {
    let raised = x < low ? low : x
    return raised > high ? high : raised
  }

  @inline(__always)
  static func leakyReLU(_ x: Vector, _ slope: Float) -> Vector {
    x.replacing(with: x * slope, where: x .<= 0)
  }

  @inline(__always)
  static func hardSigmoid(_ x: Vector) -> Vector { clip(x + 3, 0, 6) * (1 / 6) }

  @inline(__always)
  static func hardSwish(_ x: Vector) -> Vector { x * hardSigmoid(x) }

  @inline(__always)
  static func silu(_ x: Vector) -> Vector { x / (exp(-x) + 1) }

  /// d silu(x) / dx.
  @inline(__always)
  static func siluSlope(_ x: Vector) -> Vector {
    let s = sigmoid(x)
    return s * (x * (1 - s) + 1)
  }
}
