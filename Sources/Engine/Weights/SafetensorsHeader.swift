import Foundation

/// The parsed and checked header of a safetensors file: eight bytes of length, that many bytes of JSON, then the
/// elements. Nothing in it is believed before it is checked.
struct SafetensorsHeader: Sendable {
  struct Entry: Sendable {
    let type: ElementType
    let shape: Shape
    /// Where the elements lie in the file.
    let bytes: Range<Int>
  }

  let metadata: [String: String]
  let entries: [String: Entry]
  /// The keys in the order of their elements in the file.
  let keys: [String]

  /// The longest header the format allows.
  private static let longest = 100_000_000

  /// - Throws: ``WeightFileError/malformed(file:key:reason:)``.
  init(_ file: UnsafeRawBufferPointer, path: String) throws {
    guard file.count >= 8 else {
      throw Self.malformed(path, "\(file.count) bytes are too few for a safetensors file")
    }
    let length = UInt64(littleEndian: file.loadUnaligned(as: UInt64.self))
    guard length <= Self.longest, Int(length) <= file.count - 8 else {
      throw Self.malformed(
        path,
        "a header of \(length) bytes does not fit the \(file.count) bytes of the file: "
          + "truncated, or not safetensors")
    }
    let text = UnsafeRawBufferPointer(rebasing: file[8..<8 + Int(length)])
    guard text.first == UInt8(ascii: "{") else {
      throw Self.malformed(path, "the header is not a JSON object: not safetensors")
    }
    let json = try Self.parse(text, path: path)
    metadata = json.metadata
    let start = 8 + Int(length)
    entries = try Dictionary(
      uniqueKeysWithValues: json.entries.map { key, entry in
        (key, try Self.check(entry, key: key, elements: start..<file.count, path: path))
      })
    keys = entries.sorted {
      let (a, b) = ($0.value.bytes, $1.value.bytes)
      return (a.lowerBound, a.upperBound, $0.key) < (b.lowerBound, b.upperBound, $1.key)
    }.map(\.key)
    try checkTiling(of: start..<file.count, path: path)
  }

  private static func parse(_ text: UnsafeRawBufferPointer, path: String) throws -> HeaderJSON {
    do {
      return try JSONDecoder().decode(HeaderJSON.self, from: Data(text))
    } catch let error as DecodingError {
      let (key, reason) = error.placeAndReason
      throw WeightFileError.malformed(file: path, key: key, reason: "bad header: \(shown(reason))")
    }
  }

  private static func check(
    _ entry: HeaderJSON.Entry, key: String, elements: Range<Int>, path: String
  ) throws -> Entry {
    func malformed(_ reason: String) -> WeightFileError { .malformed(file: path, key: key, reason: reason) }
    guard let type = ElementType(rawValue: entry.dtype) else {
      throw malformed("unknown element type \(shown(entry.dtype))")
    }
    guard entry.shape.allSatisfy({ $0 >= 0 }) else {
      throw malformed("negative extent in the shape \(shown("\(entry.shape)"))")
    }
    var size = type.size
    // In this order no product of extents, as `Shape` forms it, can overflow afterwards.
    for extent in [1] + entry.shape {
      let (product, overflow) = size.multipliedReportingOverflow(by: extent)
      guard !overflow else { throw malformed("the shape \(shown("\(entry.shape)")) overflows") }
      size = product
    }
    let offsets = entry.data_offsets
    guard offsets.count == 2, 0 <= offsets[0], offsets[0] <= offsets[1], offsets[1] <= elements.count
    else {
      throw malformed(
        "data offsets \(shown("\(offsets)")) do not lie in the file's \(elements.count) bytes of elements")
    }
    guard offsets[1] - offsets[0] == size else {
      throw malformed(
        "\(entry.dtype) \(Shape(entry.shape)) takes \(size) bytes, the data offsets give "
          + "\(offsets[1] - offsets[0])")
    }
    let start = elements.lowerBound
    return Entry(type: type, shape: Shape(entry.shape), bytes: start + offsets[0]..<start + offsets[1])
  }

  /// Tensors must cover the elements without overlap or hole.
  private func checkTiling(of elements: Range<Int>, path: String) throws {
    var end = elements.lowerBound
    for key in keys {
      let bytes = entries[key]!.bytes
      guard bytes.lowerBound == end else {
        let fault = bytes.lowerBound < end ? "overlaps the tensor before it" : "leaves a hole before it"
        throw WeightFileError.malformed(file: path, key: key, reason: fault)
      }
      end = bytes.upperBound
    }
    guard end == elements.upperBound else {
      throw Self.malformed(path, "\(elements.upperBound - end) bytes after the last tensor")
    }
  }

  private static func malformed(_ path: String, _ reason: String) -> WeightFileError {
    .malformed(file: path, key: nil, reason: reason)
  }
}

/// The header as JSON has it.
private struct HeaderJSON: Decodable {
  struct Entry: Decodable {
    let dtype: String
    let shape: [Int]
    let data_offsets: [Int]
  }

  var metadata: [String: String] = [:]
  var entries: [String: Entry] = [:]

  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    for key in container.allKeys {
      if key.stringValue == "__metadata__" {
        metadata = try container.decode([String: String].self, forKey: key)
      } else {
        entries[key.stringValue] = try container.decode(Entry.self, forKey: key)
      }
    }
  }
}

extension DecodingError {
  /// The key at fault, where there is one, and what is wrong there.
  fileprivate var placeAndReason: (key: String?, reason: String) {
    switch self {
    case .keyNotFound(let key, let context):
      (context.codingPath.first?.stringValue, "\(key.stringValue) is missing")
    case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
      (
        context.codingPath.first?.stringValue,
        ([context.codingPath.dropFirst().first?.stringValue].compactMap { $0 } + [context.debugDescription])
          .joined(separator: ": ")
      )
    @unknown default: (nil, "\(self)")
    }
  }
}
