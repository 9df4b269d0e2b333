/// Changes inputs: a part of the form's, or the bytes as they lie, form or not.
struct Mutation {
  let form: any Form
  var random: Randomness
  /// Changes bytes without knowing what they mean; the result has at most `room`.
  let changeBytes: (_ bytes: [UInt8], _ room: Int, _ random: inout Randomness) -> [UInt8]

  /// A changed input of at most `room` bytes.
  mutating func changed(_ input: [UInt8], room: Int) -> [UInt8] {
    // Broken lengths and checksums must be tried too.
    guard !random.isOneIn(4), var parts = form.parts(of: input), !parts.isEmpty else {
      return changeBytes(input, room, &random)
    }
    let chosen = random.below(parts.count)
    switch random.below(8) {
    case 0: parts.insert(parts[chosen], at: random.below(parts.count + 1))
    case 1 where parts.count > 1: parts.remove(at: chosen)
    case 2: parts.swapAt(chosen, random.below(parts.count))
    case 3, 4: parts[chosen] = withExtremeNumber(parts[chosen])
    default: parts[chosen] = changeBytes(parts[chosen], max(64, room), &random)
    }
    let result = form.joined(parts)
    return result.count <= room ? result : changeBytes(input, room, &random)
  }

  /// What numbers in text become.
  private static let extremes = [
    "0", "-1", "1", "255", "256", "65535", "65536", "2147483647", "2147483648", "4294967295", "4294967296",
    "9223372036854775807", "-9223372036854775808", "9223372036854775808", "1e308", "-1e308", "1e-308",
    "1e400",
    "0.5", "null", "true", "\"\"", "[]", "{}",
  ]

  /// One of the numbers in a text replaced; as it was where it has none.
  private mutating func withExtremeNumber(_ part: [UInt8]) -> [UInt8] {
    func isDigit(_ index: Int) -> Bool { part[index] >= 48 && part[index] < 58 }
    let starts = part.indices.filter { isDigit($0) && ($0 == 0 || !isDigit($0 - 1)) }
    guard !starts.isEmpty else { return changeBytes(part, part.count + 64, &random) }
    let start = starts[random.below(starts.count)]
    let end = part[start...].indices.first { !isDigit($0) } ?? part.count
    let extreme = Self.extremes[random.below(Self.extremes.count)]
    return Array(part[..<start]) + Array(extreme.utf8) + Array(part[end...])
  }

  /// Plain changes of bytes, for where there is no libFuzzer.
  static func plainChange(_ bytes: [UInt8], _ room: Int, _ random: inout Randomness) -> [UInt8] {
    var result = bytes
    for _ in 0...random.below(4) {
      guard !result.isEmpty else { return [UInt8(truncatingIfNeeded: random.next())] }
      let place = random.below(result.count)
      let length = 1 + random.below(min(16, result.count - place))
      switch random.below(6) {
      case 0: result[place] ^= 1 << UInt8(random.below(8))
      case 1: result[place] = UInt8(truncatingIfNeeded: random.next())
      case 2: for index in place..<place + length { result[index] = random.isOneIn(2) ? 0xFF : 0 }
      case 3: result.removeSubrange(place..<place + length)
      case 4: result.insert(contentsOf: result[place..<place + length], at: random.below(result.count))
      default: result.removeSubrange(random.isOneIn(8) ? place..<result.count : place..<place + 1)
      }
    }
    return Array(result.prefix(room))
  }
}
