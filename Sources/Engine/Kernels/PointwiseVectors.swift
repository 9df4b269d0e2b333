#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

// Functions of one vector that the operations of a tensor's elements compute. Polynomials from Cephes (logf, ndtrf).

extension Kernels {
  /// The natural logarithm in each lane, within 2 units in the last place; −∞ of 0, NaN of what is below.
  @inline(__always)
  static func logarithm(_ x: Vector) -> Vector {
    // Subnormal numbers are made normal first: they have no exponent of their own.
    let isSmall = x .< .leastNormalMagnitude
    let scaled = x.replacing(with: x * 0x1p23, where: isSmall)
    let bits = unsafeBitCast(scaled, to: SIMD16<Int32>.self)
    // x = m · 2ⁿ with m in [½, 1), then in [√½, √2).
    var n = Vector((bits &>> 23) &- 126)
    n = n.replacing(with: n - 23, where: isSmall)
    let half = SIMD16<Int32>(repeating: 0x3F00_0000)
    let m = unsafeBitCast((bits & 0x007F_FFFF) | half, to: Vector.self)
    let isLow = m .< 0.707_106_781
    n = n.replacing(with: n - 1, where: isLow)
    let r = (m - 1).replacing(with: m + m - 1, where: isLow)
    var p = r * 7.037_683_63e-2 - 1.151_461_03e-1
    p = p * r + 1.167_699_87e-1
    p = p * r - 1.242_014_08e-1
    p = p * r + 1.424_932_28e-1
    p = p * r - 1.666_805_77e-1
    p = p * r + 2.000_071_48e-1
    p = p * r - 2.499_999_40e-1
    p = p * r + 3.333_333_12e-1
    let z = r * r
    // log 2 in two parts: the first has few bits, so n times it is exact.
    let tail = p * r * z + n * -2.121_944_40e-4 - z * 0.5
    var result = r + tail + n * 0.693_359_375
    result = result.replacing(with: -.infinity, where: x .== 0)
    result = result.replacing(with: .nan, where: x .< 0)
    // Infinity and NaN are their own logarithms.
    return result.replacing(with: x, where: (x .== .infinity) .| (x .!= x))
  }

  /// x^y in each lane, as libm has it.
  @inline(never)
  static func power(_ x: Vector, _ y: Vector) -> Vector {
    var result = Vector()
    for lane in 0..<16 { result[lane] = powf(x[lane], y[lane]) }
    return result
  }

  /// Φ(x) = ½ (1 + erf(x/√2)), the normal distribution's cumulative function; its relative error is small in the lower
  /// tail too.
  @inline(__always)
  static func normalCumulative(_ x: Vector) -> Vector {
    let t = x * 0.707_106_781
    let a = t.replacing(with: -t, where: t .< 0)
    let z = t * t
    // |t| < 1: ½ + ½ erf(t).
    var p = z * 7.853_861_35e-5 - 8.010_193_63e-4
    p = p * z + 5.188_327_69e-3
    p = p * z - 2.685_381_19e-2
    p = p * z + 1.128_358_51e-1
    p = p * z - 3.761_262_58e-1
    p = p * z + 1.128_379_17
    let near = p * t * 0.5 + 0.5
    // Elsewhere ½ erfc(|t|) = ½ e^(−t²) · P(1/t²) / |t|, by one of two polynomials.
    let q = 1 / a
    let y = q * q
    var inner = y * 2.326_819_97e-2 - 1.387_039_39e-1
    inner = inner * y + 3.687_424_67e-1
    inner = inner * y - 5.824_733_03e-1
    inner = inner * y + 6.210_004_62e-1
    inner = inner * y - 4.944_515_32e-1
    inner = inner * y + 3.404_879_94e-1
    inner = inner * y - 2.741_127_03e-1
    inner = inner * y + 5.638_259_43e-1
    var outer = y * -1.047_766_40e1 + 1.297_719_96e1
    outer = outer * y - 7.495_518_72
    outer = outer * y + 2.921_019_02
    outer = outer * y - 1.015_265_28
    outer = outer * y + 4.218_463_36e-1
    outer = outer * y - 2.820_767_44e-1
    outer = outer * y + 5.641_895_07e-1
    let tail = exp(-z) * q * outer.replacing(with: inner, where: a .< 2) * 0.5
    let far = tail.replacing(with: 1 - tail, where: t .> 0)
    // Beyond 14 the tail is 0 in Float, where 0 · ∞ would be NaN.
    let bounded = far.replacing(with: 0, where: t .< -14).replacing(with: 1, where: t .> 14)
    return bounded.replacing(with: near, where: (a .< 1) .| (x .!= x))
  }

  /// −1, 0 or 1; 0 of NaN, as in PyTorch.
  @inline(__always)
  static func sign(_ x: Vector) -> Vector {
    Vector().replacing(with: 1, where: x .> 0).replacing(with: -1, where: x .< 0)
  }

  @inline(__always)
  static func absolute(_ x: Vector) -> Vector {
    unsafeBitCast(unsafeBitCast(x, to: SIMD16<UInt32>.self) & 0x7FFF_FFFF, to: Vector.self)
  }
}
