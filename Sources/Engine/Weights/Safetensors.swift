/// Writes safetensors files.
public enum Safetensors {
  /// Writes tensors as F32 and integers as I64.
  ///
  /// The file is written under another name beside `path` and takes its place when complete, so what was at `path` is
  /// replaced whole or not at all. Links are followed; a file that stood there keeps its mode, owner and further names;
  /// a device or a pipe is written to directly.
  /// - Parameters:
  ///   - tensors: elements are written in row-major order, as they are.
  ///   - integers: counters and the like; `values.count` must be `shape.count`.
  ///   - metadata: the file's `__metadata__`.
  ///   - path: where the file is to be.
  /// - Throws: ``WeightFileError/unwritable(file:reason:)``.
  public static func write(
    _ tensors: [(name: String, tensor: Tensor)],
    integers: [(name: String, shape: Shape, values: [Int64])] = [],
    metadata: [String: String] = [:], to path: String
  ) throws {
    var entries: [Entry] = integers.map { .integers($0.name, $0.shape, $0.values) }
    entries += tensors.map { name, tensor in .floats(name, tensor.shape) { tensor } }
    try write(entries, metadata: metadata, to: path)
  }

  /// A tensor to write, made when its turn comes: a network's weights need no second copy at once.
  struct Entry {
    let name: String
    let type: ElementType
    let shape: Shape
    let withBytes: (_ body: (UnsafeRawBufferPointer) throws -> Void) throws -> Void

    static func floats(_ name: String, _ shape: Shape, _ tensor: @escaping () -> Tensor) -> Entry {
      Entry(name: name, type: .float32, shape: shape) { body in
        try tensor().withUnsafeBufferPointer { try body(UnsafeRawBufferPointer($0)) }
      }
    }

    static func integers(_ name: String, _ shape: Shape, _ values: [Int64]) -> Entry {
      precondition(
        values.count == shape.count, "Safetensors: \(values.count) integers do not fill \(name) \(shape)")
      return Entry(name: name, type: .int64, shape: shape) { try values.withUnsafeBytes($0) }
    }
  }

  /// Entries of larger elements come first, so that all elements are aligned in the file.
  static func write(_ entries: [Entry], metadata: [String: String], to path: String) throws {
    let names = Set(entries.map { ExactKey($0.name) })
    precondition(
      names.count == entries.count && !names.contains(ExactKey("__metadata__")),
      "Safetensors: names must differ from each other and from __metadata__")
    let entries = [8, 4, 2, 1].flatMap { size in entries.filter { $0.type.size == size } }
    var file = try OutputFile(path: path)
    try header(entries, metadata).withUnsafeBytes { try file.write($0) }
    for entry in entries { try entry.withBytes { try file.write($0) } }
    try file.commit()
  }

  /// The length and the JSON, padded with spaces to a multiple of eight.
  private static func header(_ entries: [Entry], _ metadata: [String: String]) -> [UInt8] {
    var fields: [String] = []
    if !metadata.isEmpty {
      let pairs = metadata.sorted { $0.key < $1.key }.map { "\(quoted($0.key)):\(quoted($0.value))" }
      fields.append("\"__metadata__\":{\(pairs.joined(separator: ","))}")
    }
    var offset = 0
    for entry in entries {
      let end = offset + entry.shape.count * entry.type.size
      let extents = entry.shape.dimensions.map(String.init).joined(separator: ",")
      fields.append(
        "\(quoted(entry.name)):{\"dtype\":\"\(entry.type.rawValue)\",\"shape\":[\(extents)],"
          + "\"data_offsets\":[\(offset),\(end)]}")
      offset = end
    }
    var json = Array("{\(fields.joined(separator: ","))}".utf8)
    json.append(contentsOf: repeatElement(UInt8(ascii: " "), count: (8 - json.count % 8) % 8))
    return withUnsafeBytes(of: UInt64(json.count).littleEndian) { Array($0) } + json
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": result += "\\\(scalar)"
      case "\0"..<" ":
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
