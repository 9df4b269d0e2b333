import Engine
import Foundation

/// The head of a `.npy` array: what its elements are and how they lie.
///
/// Format: <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>, versions 1 to 3.
struct NPYHeader: Sendable {
  let type: ElementType
  let layout: StridedLayout
  /// Bytes before the elements.
  let length: Int

  private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

  /// The longest header that is read; NumPy's own limit.
  static let longest = 10_000

  static func isNPY(_ bytes: UnsafeRawBufferPointer) -> Bool { bytes.starts(with: magic) }

  /// - Parameters:
  ///   - bytes: the array's first bytes, ``longest`` or all of them.
  ///   - size: of the whole array with its header.
  /// - Throws: `WeightFileError.malformed`.
  init(_ bytes: UnsafeRawBufferPointer, size: Int, file: String, key: String) throws {
    func malformed(_ reason: String) -> WeightFileError { .malformed(file: file, key: key, reason: reason) }
    guard Self.isNPY(bytes), bytes.count >= 12 else { throw malformed("not a NumPy array") }
    guard 1...3 ~= bytes[6] else { throw malformed("version \(bytes[6]) of NumPy's format is not known") }
    let prefix = bytes[6] == 1 ? 10 : 12
    let announced =
      bytes[6] == 1
      ? Int(bytes.loadUnaligned(fromByteOffset: 8, as: UInt16.self).littleEndian)
      : Int(bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self).littleEndian)
    guard announced <= min(bytes.count, Self.longest) - prefix else {
      throw malformed("the header ends early")
    }
    length = prefix + announced
    guard let text = String(validating: bytes[prefix..<length], as: UTF8.self) else {
      throw malformed("the header is not text")
    }

    guard let shape = text.firstMatch(of: /'shape'\s*:\s*\(([0-9L,\s]*)\)/)?.1,
      let order = text.firstMatch(of: /'fortran_order'\s*:\s*(True|False)/)?.1
    else { throw malformed("the header lacks a shape or an order") }
    // A record's type is a list of fields, and no match.
    guard let name = text.firstMatch(of: /'descr'\s*:\s*'([^']*)'/)?.1 else {
      throw malformed("records of several fields are not read")
    }
    guard let type = Self.types[String(name)] else {
      let known = Self.types.keys.sorted().joined(separator: ", ")
      throw malformed("elements of type '\(name.prefix(20))' are not read, only \(known)")
    }
    let extents = shape.split(separator: ",").map { $0.filter(\.isNumber) }.filter { !$0.isEmpty }.map {
      Int($0)
    }
    guard !extents.contains(nil) else { throw malformed("the shape overflows") }
    self.type = type
    let elements = size - length
    do {
      layout = try StridedLayout(
        shape: extents.compactMap { $0 }, columnMajor: order == "True", storageCount: elements / type.size)
    } catch {
      throw malformed("the shape (\(shape.prefix(80))) in \(elements) bytes of elements: \(error.reason)")
    }
    guard layout.shape.count * type.size == elements else {
      throw malformed(
        "\(type.rawValue) \(layout.shape) takes \(layout.shape.count * type.size) bytes, not \(elements)")
    }
  }

  private static let types: [String: ElementType] = [
    "<f4": .float32, "<f8": .float64, "<f2": .float16, "<i8": .int64, "<i4": .int32, "<i2": .int16,
    "|i1": .int8, "|u1": .uint8, "<u2": .uint16, "<u4": .uint32, "<u8": .uint64, "|b1": .bool,
  ]
}
