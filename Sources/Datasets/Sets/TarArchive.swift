import Engine
import Foundation
import Images

/// Where the files of a tar archive lie: POSIX's ustar, with the long names of pax and GNU. Headers are checked by their sums
/// and sizes against the archive's length; nothing is unpacked.
struct TarArchive: Sendable {
  /// A regular file in it.
  struct Entry: Sendable {
    let name: String
    let range: Range<Int>
  }

  let path: String
  private let file: MappedFile
  private(set) var entries: [Entry] = []
  /// Links and devices, which are left out.
  private(set) var special = 0

  private static let block = 512

  /// Whether a file begins as an archive that can be read.
  static func isOne(_ path: BytePath) -> Bool {
    FileReading.beginning(path, count: block).dropFirst(257).starts(with: Array("ustar".utf8))
  }

  /// - Throws: ``DatasetError``.
  init(_ path: String) throws {
    self.path = path
    do { file = try MappedFile(path: path) } catch WeightFileError.unreadable(_, let reason) {
      throw DatasetError.unreadable(path: path, reason: reason)
    }
    var (place, longName, pax) = (0, nil as String?, [String: String]())
    while place + Self.block <= file.bytes.count {
      let header = UnsafeRawBufferPointer(rebasing: file.bytes[place..<place + Self.block])
      // Two empty blocks are the end; one is taken for it as well.
      if header.allSatisfy({ $0 == 0 }) { return }
      try check(header, at: place)
      let start = place + Self.block
      var size = try number(header, 124..<136, at: place)
      // An attribute's own header is not meant by the attributes before it.
      if let text = pax["size"], header[156] != UInt8(ascii: "x"), header[156] != UInt8(ascii: "L") {
        guard let stated = Int(text), stated >= 0 else { throw fault("a size of '\(text)'", place) }
        size = stated
      }
      guard size <= file.bytes.count - start else {
        throw fault(
          "a file of \(counted(size, "byte")) where \(file.bytes.count - start) follow: the archive ends early",
          place)
      }
      let content = start..<start + size
      switch header[156] {
      case UInt8(ascii: "0"), 0, UInt8(ascii: "7"):
        entries.append(Entry(name: pax["path"] ?? longName ?? Self.name(header), range: content))
        (longName, pax) = (nil, [:])
      case UInt8(ascii: "L"): longName = Self.text(file.bytes[content])
      case UInt8(ascii: "x"): pax = try records(content, at: place)
      case UInt8(ascii: "g"), UInt8(ascii: "K"): break
      case UInt8(ascii: "5"): (longName, pax) = (nil, [:])
      default:
        special += 1
        (longName, pax) = (nil, [:])
      }
      place = start + (size + Self.block - 1) / Self.block * Self.block
    }
    guard place == file.bytes.count else {
      throw fault("the archive ends early", min(place, file.bytes.count))
    }
  }

  /// The bytes of a file, copied.
  func data(_ entry: Entry) -> Data { Data(file.bytes[entry.range]) }

  private func fault(_ reason: String, _ place: Int) -> DatasetError {
    .invalidArchive(file: path, reason: "at byte \(place): \(reason)")
  }

  /// The sum of all bytes, those of the sum itself taken as spaces.
  private func check(_ header: UnsafeRawBufferPointer, at place: Int) throws {
    let stated = try number(header, 148..<156, at: place)
    var sum = 8 * 32
    for index in 0..<Self.block where !(148..<156).contains(index) { sum += Int(header[index]) }
    guard sum == stated else { throw fault("a header whose sum is \(sum) and not \(stated)", place) }
  }

  /// Octal digits, or the bytes of a number whose first bit is set.
  private func number(_ header: UnsafeRawBufferPointer, _ range: Range<Int>, at place: Int) throws -> Int {
    let field = header[range]
    if field.first! & 0x80 != 0 {
      var value = field.first! == 0x80 ? 0 : -1
      for byte in field.dropFirst() where value >= 0 {
        value = value < 1 << 54 ? value << 8 | Int(byte) : -1
      }
      guard value >= 0 else { throw fault("a number that is too large", place) }
      return value
    }
    let digits = field.drop { $0 == 32 }.prefix { $0 != 32 && $0 != 0 }
    guard let value = digits.isEmpty ? 0 : Int(String(decoding: digits, as: UTF8.self), radix: 8), value >= 0
    else { throw fault("a number that is not octal", place) }
    return value
  }

  private static func name(_ header: UnsafeRawBufferPointer) -> String {
    let (name, prefix) = (text(header[0..<100]), text(header[345..<500]))
    // GNU's own format keeps times where POSIX has the prefix.
    let isPOSIX = header[257..<263].elementsEqual(Array("ustar\0".utf8))
    return isPOSIX && !prefix.isEmpty ? "\(prefix)/\(name)" : name
  }

  private static func text(_ bytes: some Collection<UInt8>) -> String {
    BytePath.text(Array(bytes.prefix { $0 != 0 }))
  }

  /// Of pax: lines "length key=value", the length counting all of the line.
  private func records(_ range: Range<Int>, at place: Int) throws -> [String: String] {
    var (result, rest) = ([String: String](), file.bytes[range])
    while let first = rest.first, first != 0 {
      let digits = rest.prefix { $0 != 32 }
      guard digits.count < 8, let length = Int(String(decoding: digits, as: UTF8.self)),
        length > digits.count + 1, length <= rest.count
      else { throw fault("a record of attributes that is none", place) }
      let line = rest.prefix(length).dropFirst(digits.count + 1).dropLast()
      if let sign = line.firstIndex(of: UInt8(ascii: "=")) {
        result[Self.text(line[..<sign])] = Self.text(line[(sign + 1)...])
      }
      rest = rest.dropFirst(length)
    }
    return result
  }
}
