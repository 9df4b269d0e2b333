// Vector functions of the exponential family, in plain multiplications and additions: libm has them for one number
// at a time. Polynomials from Cephes (expf, tanhf); errors are below 3 units in the last place.

extension Kernels {
  /// eˣ in each lane. Results below 2⁻¹²⁵ are 0; NaN stays NaN.
  @inline(__always)
  package static func exp(_ x: Vector) -> Vector {
    let inside = x.replacing(with: 88.8, where: x .> 88.8).replacing(with: -86.6, where: x .< -86.6)
    // Adding 1.5 · 2²³ rounds x / log 2 to an integer n, which stands in the low bits.
    let magic = Vector(repeating: 0x1.8p23)
    let shifted = inside * 1.442_695_04 + magic
    let n = shifted - magic
    // log 2 in two parts: the first has few bits, so n times it is exact.
    let r = (inside - n * 0.693_359_375) + n * 2.121_944_40e-4
    var p = r * 1.987_569_15e-4 + 1.398_199_95e-3
    p = p * r + 8.333_451_91e-3
    p = p * r + 4.166_579_59e-2
    p = p * r + 0.166_666_655
    p = p * r + 0.5
    let mantissa = p * r * r + r + 1
    // 2ⁿ = 2 · 2ⁿ⁻¹: n itself may be one too large for an exponent.
    let bits = unsafeBitCast(shifted, to: SIMD16<Int32>.self)
    let power = unsafeBitCast((bits &+ 126) &<< 23, to: Vector.self)
    let result = mantissa * power * 2
    return result.replacing(with: 0, where: x .< -86.6).replacing(with: .infinity, where: x .> 88.73)
  }

  /// 1 / (1 + e⁻ˣ) in each lane.
  @inline(__always)
  package static func sigmoid(_ x: Vector) -> Vector { 1 / (exp(-x) + 1) }

  @inline(__always)
  package static func tanh(_ x: Vector) -> Vector {
    let magnitude = x.replacing(with: -x, where: x .< 0)
    let far = 1 - 2 / (exp(magnitude * 2) + 1)
    let signed = far.replacing(with: -far, where: x .< 0)
    // Near 0 the difference above would cancel.
    let z = x * x
    var p = z * -5.704_988_73e-3 + 2.063_908_88e-2
    p = p * z - 5.373_971_56e-2
    p = p * z + 0.133_314_422
    p = p * z - 0.333_332_819
    return signed.replacing(with: p * z * x + x, where: magnitude .< 0.625)
  }

  /// One lane of a vector function, so that an array's last elements get the same bits as the others.
  @inline(__always)
  static func lane(_ x: Float, _ function: (Vector) -> Vector) -> Float {
    function(Vector(repeating: x))[0]
  }
}
