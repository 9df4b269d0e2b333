/// How an input is made of parts, which are changed apart; lengths and checksums are put right when they are joined, so
/// that a change reaches what lies behind those checks.
protocol Form: Sendable {
  /// Nil where the input is not of this form.
  func parts(of input: [UInt8]) -> [[UInt8]]?
  /// The inverse, also of parts that were changed, added or left out.
  func joined(_ parts: [[UInt8]]) -> [UInt8]
}

/// No parts: the bytes as they lie.
struct Whole: Form {
  func parts(of input: [UInt8]) -> [[UInt8]]? { nil }
  func joined(_ parts: [[UInt8]]) -> [UInt8] { parts.flatMap { $0 } }
}

/// Several files in one input, each behind its length in four bytes.
struct Files: Form {
  func parts(of input: [UInt8]) -> [[UInt8]]? {
    var parts: [[UInt8]] = []
    var rest = input[...]
    while !rest.isEmpty {
      guard let length = rest.littleEndian(4), length <= rest.count - 4 else { return nil }
      parts.append(Array(rest.dropFirst(4).prefix(length)))
      rest = rest.dropFirst(4 + length)
    }
    return parts
  }

  func joined(_ parts: [[UInt8]]) -> [UInt8] { parts.flatMap { [UInt8](littleEndian: $0.count, 4) + $0 } }
}

/// safetensors: the header's length, the header, the elements.
struct SafetensorsForm: Form {
  func parts(of input: [UInt8]) -> [[UInt8]]? {
    guard let length = input[...].littleEndian(8), length <= input.count - 8 else { return nil }
    return [Array(input[8..<8 + length]), Array(input[(8 + length)...])]
  }

  func joined(_ parts: [[UInt8]]) -> [UInt8] {
    let header = parts.first ?? []
    return [UInt8](littleEndian: header.count, 8) + header + parts.dropFirst().flatMap { $0 }
  }
}

/// `.npy`: magic number and version, the header behind its length, the elements.
struct NPYForm: Form {
  func parts(of input: [UInt8]) -> [[UInt8]]? {
    guard input.count > 12 else { return nil }
    let size = input[6] == 1 ? 2 : 4
    guard let length = input[8...].littleEndian(size), length <= input.count - 8 - size else { return nil }
    return [
      Array(input[..<8]), Array(input[(8 + size)..<(8 + size + length)]),
      Array(input[(8 + size + length)...]),
    ]
  }

  func joined(_ parts: [[UInt8]]) -> [UInt8] {
    guard parts.count > 1, parts[0].count > 6 else { return parts.flatMap { $0 } }
    let length = [UInt8](littleEndian: parts[1].count, parts[0][6] == 1 ? 2 : 4)
    return parts[0] + length + parts[1] + parts.dropFirst(2).flatMap { $0 }
  }
}

extension Collection<UInt8> {
  /// The number in the first `count` bytes; nil where there are fewer, or it is no length.
  func littleEndian(_ count: Int) -> Int? { Int(reading: prefix(count).reversed(), count) }

  /// As ``littleEndian(_:)``, the first byte being the highest.
  func bigEndian(_ count: Int) -> Int? { Int(reading: Array(prefix(count)), count) }
}

extension Int {
  fileprivate init?(reading bytes: [UInt8], _ count: Int) {
    guard bytes.count == count else { return nil }
    let value = bytes.reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
    guard value < 1 << 40 else { return nil }
    self.init(value)
  }
}

extension [UInt8] {
  init(littleEndian value: Int, _ count: Int) {
    self = (0..<count).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
  }

  init(bigEndian value: Int, _ count: Int) { self = [UInt8](littleEndian: value, count).reversed() }
}
