#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A seeded source of random numbers (SplitMix64): the state is a counter, so streams can be split and
/// jumped, and the same seed gives the same numbers everywhere.
public struct RandomStream: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// A stream of its own; equal seeds give equal numbers on every platform.
  public init(seed: UInt64) { state = seed }

  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    return Self.mix(state)
  }

  /// A stream of its own, told apart by `label`; this generator is not advanced.
  public func split(_ label: String) -> RandomStream {
    // FNV-1a
    let hash = label.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    return RandomStream(seed: Self.mix(state ^ hash))
  }

  /// A stream of its own, told apart by `index`; this generator is not advanced.
  public func split(_ index: Int) -> RandomStream {
    RandomStream(seed: Self.mix(state &+ Self.mix(UInt64(bitPattern: Int64(index)) ^ 0x5851_F42D_4C95_7F2D)))
  }

  /// Uniform in [0, 1), a multiple of 2⁻²⁴.
  public mutating func uniform() -> Float { Float(next() >> 40) * 0x1p-24 }

  /// Uniform in [lower, upper); `upper` itself where the sum rounds to it.
  public mutating func uniform(_ lower: Float, _ upper: Float) -> Float {
    lower + (upper - lower) * uniform()
  }

  /// Standard normal, by Box and Muller's transform.
  public mutating func normal() -> Float {
    let u = (Double(next() >> 11) + 0.5) * 0x1p-53
    let v = Double(next() >> 11) * 0x1p-53
    return Float((-2 * log(u)).squareRoot() * cos(2 * .pi * v))
  }

  package static func mix(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
