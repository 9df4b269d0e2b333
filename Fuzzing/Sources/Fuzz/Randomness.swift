/// SplitMix64: the same numbers for the same seed.
struct Randomness: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// In 0..<count; 0 where there is nothing to choose from.
  mutating func below(_ count: Int) -> Int { count > 1 ? Int(next() % UInt64(count)) : 0 }

  mutating func isOneIn(_ count: Int) -> Bool { below(count) == 0 }
}
