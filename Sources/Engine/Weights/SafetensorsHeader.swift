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
  private let entries: [ExactKey: Entry]
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
    let json = try HeaderJSON(text, path: path)
    metadata = json.metadata
    let start = 8 + Int(length)
    entries = try Dictionary(
      uniqueKeysWithValues: json.entries.map { key, entry in
        (ExactKey(key), try Self.check(entry, key: key, elements: start..<file.count, path: path))
      })
    keys = entries.sorted {
      let (a, b) = ($0.value.bytes, $1.value.bytes)
      return (a.lowerBound, a.upperBound, $0.key) < (b.lowerBound, b.upperBound, $1.key)
    }.map(\.key.text)
    try checkTiling(of: start..<file.count, path: path)
  }

  /// Whether a file begins as safetensors does, truncated or not: a length of less than 2³², then a brace.
  static func isLikely(_ file: UnsafeRawBufferPointer) -> Bool {
    file.count > 8 && file[8] == UInt8(ascii: "{") && file[4..<8].allSatisfy { $0 == 0 }
  }

  /// The entry under a key; nil where there is none.
  subscript(key: String) -> Entry? { entries[ExactKey(key)] }

  private static func check(
    _ entry: HeaderJSON.Entry, key: String, elements: Range<Int>, path: String
  ) throws -> Entry {
    func malformed(_ reason: String) -> WeightFileError { .malformed(file: path, key: key, reason: reason) }
    guard let type = ElementType(rawValue: entry.type) else {
      throw malformed("unknown element type \(shown(entry.type))")
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
    let offsets = entry.offsets
    guard offsets.count == 2, 0 <= offsets[0], offsets[0] <= offsets[1], offsets[1] <= elements.count
    else {
      throw malformed(
        "data offsets \(shown("\(offsets)")) do not lie in the file's \(elements.count) bytes of elements")
    }
    guard offsets[1] - offsets[0] == size else {
      throw malformed(
        "\(entry.type) \(Shape(entry.shape)) takes \(size) bytes, the data offsets give "
          + "\(offsets[1] - offsets[0])")
    }
    let start = elements.lowerBound
    return Entry(type: type, shape: Shape(entry.shape), bytes: start + offsets[0]..<start + offsets[1])
  }

  /// Tensors must cover the elements without overlap or hole.
  private func checkTiling(of elements: Range<Int>, path: String) throws {
    var end = elements.lowerBound
    for key in keys {
      let bytes = self[key]!.bytes
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
private struct HeaderJSON {
  struct Entry {
    let type: String
    let shape: [Int]
    let offsets: [Int]
  }

  private(set) var metadata: [String: String] = [:]
  private(set) var entries: [(key: String, entry: Entry)] = []

  init(_ text: UnsafeRawBufferPointer, path: String) throws {
    var reader = JSONReader(text)
    // What is being read, for errors.
    var place: String?
    do {
      try reader.members { reader, key in
        place = key
        if key != "__metadata__" {
          entries.append((key, try Self.entry(&reader)))
        } else if !reader.passesNull() {
          // The reference takes null for no metadata.
          try reader.members { metadata[$1] = try $0.string() }
        }
        place = nil
      }
      guard reader.isAtEnd() else { throw reader.fault("something follows the object") }
    } catch let fault as JSONReader.Fault {
      throw WeightFileError.malformed(file: path, key: place, reason: "bad header: \(fault.reason)")
    }
  }

  /// Members of other names are passed by, as the reference does.
  private static func entry(_ reader: inout JSONReader) throws -> Entry {
    var type: String?
    var shape: [Int]?
    var offsets: [Int]?
    try reader.members { reader, name in
      switch name {
      case "dtype": type = try reader.string()
      case "shape": shape = try reader.integers()
      case "data_offsets": offsets = try reader.integers()
      default: try reader.skip()
      }
    }
    guard let type else { throw reader.fault("dtype is missing") }
    guard let shape else { throw reader.fault("shape is missing") }
    guard let offsets else { throw reader.fault("data_offsets is missing") }
    return Entry(type: type, shape: shape, offsets: offsets)
  }
}
