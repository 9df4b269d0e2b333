/// The bytes of a GIF's blocks, each of which says how long it is. A block that is not whole is none.
struct BlockReader {
  private let bytes: UnsafeBufferPointer<UInt8>
  private var position: Int
  private var end: Int

  init(_ bytes: UnsafeBufferPointer<UInt8>, at position: Int) {
    self.bytes = bytes
    self.position = position
    end = position
  }

  /// Nil after the last block.
  mutating func next() -> UInt8? {
    if position == end {
      guard position < bytes.count, bytes[position] > 0 else { return nil }
      end = position + 1 + Int(bytes[position])
      position += 1
      guard end <= bytes.count else {
        end = position
        return nil
      }
    }
    defer { position += 1 }
    return bytes[position]
  }
}

/// GIF's LZW: codes of growing length, each an index or a string of indices seen before (GIF89a specification,
/// appendix F).
struct LZWCodes {
  enum Failure: Error {
    /// The codes end.
    case end
    /// A code that means nothing yet.
    case unknown
  }

  private static let most = 4096
  private var source: BlockReader
  private let clear: Int
  private let codeSize: Int
  private var (bits, bitCount) = (0, 0)
  private var width: Int
  /// The next code that gets a meaning.
  private var next: Int
  private var previous: Int?
  /// Of each code the string without its last index, as a code, and that index.
  private var prefixes = [Int16](repeating: 0, count: most)
  private var suffixes = [UInt8](repeating: 0, count: most)
  /// The indices of the last code, last one first, as far as they are not given out.
  private var pending: [UInt8] = []
  /// The first index of the last code's string.
  private var first: UInt8 = 0

  /// - Parameters:
  ///   - source: where the codes are.
  ///   - codeSize: bits of an index, 1 to 11.
  init(_ source: BlockReader, codeSize: Int) {
    self.source = source
    self.codeSize = codeSize
    clear = 1 << codeSize
    width = codeSize + 1
    next = clear + 2
    for code in 0..<min(clear, 256) { suffixes[code] = UInt8(code) }
  }

  /// Writes the next indices.
  /// - Returns: how many, and why there are no more, where it ended before the row was full.
  mutating func fill(_ row: inout [UInt8]) -> (count: Int, failure: Failure?) {
    for place in row.indices {
      do {
        while pending.isEmpty { try expand(readCode()) }
      } catch {
        return (place, error)
      }
      row[place] = pending.removeLast()
    }
    return (row.count, nil)
  }

  private mutating func readCode() throws(Failure) -> Int {
    while bitCount < width {
      guard let byte = source.next() else { throw .end }
      bits |= Int(byte) << bitCount
      bitCount += 8
    }
    defer {
      bits >>= width
      bitCount -= width
    }
    return bits & (1 << width - 1)
  }

  private mutating func expand(_ code: Int) throws(Failure) {
    if code == clear {
      (width, next, previous) = (codeSize + 1, clear + 2, nil)
      return
    }
    if code == clear + 1 { throw .end }
    guard let before = previous else {
      guard code < clear else { throw .unknown }
      previous = code
      push(code)
      return
    }
    guard code <= next, code < Self.most else { throw .unknown }
    // The one code that may come before it has a meaning: the last string and its own first index.
    let isNew = code == next
    if isNew { pending.append(first) }
    push(isNew ? before : code)
    if next < Self.most {
      prefixes[next] = Int16(before)
      suffixes[next] = first
      next += 1
      if next == 1 << width && width < 12 { width += 1 }
    }
    previous = code
  }

  /// Puts a code's string on the pile.
  private mutating func push(_ code: Int) {
    var code = code
    while code >= clear {
      pending.append(suffixes[code])
      code = Int(prefixes[code])
    }
    first = suffixes[code]
    pending.append(first)
  }
}
