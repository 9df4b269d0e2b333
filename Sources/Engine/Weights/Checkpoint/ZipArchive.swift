/// The directory of a zip archive, 64-bit records included. Nothing in it is believed before it is checked.
///
/// Format: PKWARE's APPNOTE.TXT, sections 4.3 and 4.5.
package struct ZipArchive: Sendable {
  package struct Entry: Sendable {
    package let name: String
    /// 0 is stored, 8 is deflate.
    package let method: UInt16
    /// Of the data once decompressed; nil where the archive has no checksums.
    package internal(set) var crc32: UInt32?
    /// Where the data lie in the file, compressed or not.
    package let bytes: Range<Int>
    /// Bytes once decompressed.
    package let size: Int

    /// Whether decompressed data have the entry's checksum.
    package func agrees(with data: UnsafeRawBufferPointer) -> Bool {
      crc32.map { CRC32.checksum(data) == $0 } ?? true
    }
  }

  /// In the directory's order.
  package let entries: [Entry]

  /// Whether a file begins as an archive does.
  package static func isArchive(_ file: UnsafeRawBufferPointer) -> Bool {
    file.starts(with: [0x50, 0x4B, 3, 4])
  }

  /// Reads the directory.
  /// - Throws: ``WeightFileError/malformed(file:key:reason:)``, naming the entry where one is at fault.
  package init(_ file: UnsafeRawBufferPointer, path: String) throws {
    let directory = try Directory(file, path: path)
    var reader = ByteReader(
      UnsafeRawBufferPointer(rebasing: file[..<directory.bytes.upperBound]), part: "the archive's directory",
      path: path, from: directory.bytes.lowerBound)
    var entries: [Entry] = []
    while reader.position < directory.bytes.upperBound {
      entries.append(try Self.entry(&reader, file, before: directory.bytes.lowerBound))
    }
    guard entries.count == directory.count else {
      throw reader.malformed("\(entries.count) entries, where \(directory.count) are announced")
    }
    guard Set(entries.map { ExactKey($0.name) }).count == entries.count else {
      throw reader.malformed("two entries have one name")
    }
    let sorted = entries.map(\.bytes).sorted {
      ($0.lowerBound, $0.upperBound) < ($1.lowerBound, $1.upperBound)
    }
    guard zip(sorted, sorted.dropFirst()).allSatisfy({ $0.upperBound <= $1.lowerBound }) else {
      throw reader.malformed("entries overlap")
    }
    // `torch.save` can leave all checksums out (`set_crc32_options`): they are zeros then.
    if entries.allSatisfy({ $0.crc32 == 0 }) {
      for index in entries.indices { entries[index].crc32 = nil }
    }
    self.entries = entries
  }

  /// One record of the directory, and the local header that it points to.
  private static func entry(
    _ reader: inout ByteReader, _ file: UnsafeRawBufferPointer, before end: Int
  ) throws -> Entry {
    guard try reader.integer(UInt32.self) == 0x0201_4B50 else { throw reader.malformed("not a record") }
    _ = try reader.take(4)
    let flags: UInt16 = try reader.integer()
    let method: UInt16 = try reader.integer()
    _ = try reader.take(4)
    let crc32: UInt32 = try reader.integer()
    var sizes = (
      compressed: UInt64(try reader.integer(UInt32.self)), full: UInt64(try reader.integer(UInt32.self))
    )
    let lengths = (name: try reader.integer(UInt16.self), extra: try reader.integer(UInt16.self))
    let commentLength: UInt16 = try reader.integer()
    _ = try reader.take(8)
    var start = UInt64(try reader.integer(UInt32.self))
    let name = try reader.text(Int(lengths.name))
    func malformed(_ reason: String) -> WeightFileError {
      .malformed(file: reader.path, key: name, reason: reason)
    }

    var extra = ByteReader(
      try reader.take(Int(lengths.extra)), part: "extra fields of \(shown(name))", path: reader.path)
    _ = try reader.take(Int(commentLength))
    // Numbers that 32 bits cannot hold are all ones, and in field 1, in this order.
    while [sizes.full, sizes.compressed, start].contains(0xFFFF_FFFF) {
      let id: UInt16 = try extra.integer()
      var field = ByteReader(
        try extra.take(Int(try extra.integer(UInt16.self))), part: "64-bit sizes of \(shown(name))",
        path: reader.path)
      guard id == 1 else { continue }
      if sizes.full == 0xFFFF_FFFF { sizes.full = try field.integer() }
      if sizes.compressed == 0xFFFF_FFFF { sizes.compressed = try field.integer() }
      if start == 0xFFFF_FFFF { start = try field.integer() }
      break
    }
    guard flags & 1 == 0 else { throw malformed("is encrypted") }
    guard method != 0 || sizes.full == sizes.compressed else { throw malformed("is stored in another size") }
    guard start <= end, sizes.full <= Int.max else { throw malformed("lies outside of the file") }

    var local = ByteReader(
      UnsafeRawBufferPointer(rebasing: file[..<end]), part: "header of \(shown(name))", path: reader.path,
      from: Int(start))
    guard try local.integer(UInt32.self) == 0x0403_4B50 else {
      throw malformed("has no header where one is announced")
    }
    _ = try local.take(22)
    let localName = Int(try local.integer(UInt16.self))
    let localExtra = Int(try local.integer(UInt16.self))
    guard try local.text(localName) == name else { throw malformed("has another name in its own header") }
    _ = try local.take(localExtra)
    guard sizes.compressed <= end - local.position else { throw malformed("lies outside of the file") }
    return Entry(
      name: name, method: method, crc32: crc32,
      bytes: local.position..<local.position + Int(sizes.compressed), size: Int(sizes.full))
  }
}

/// Where the directory lies.
private struct Directory {
  let bytes: Range<Int>
  let count: Int

  init(_ file: UnsafeRawBufferPointer, path: String) throws {
    func reader(_ part: String, _ position: Int) -> ByteReader {
      ByteReader(file, part: part, path: path, from: position)
    }
    guard let end = Self.endRecord(file) else {
      throw WeightFileError.malformed(
        file: path, key: nil, reason: "the archive has no directory at its end: truncated?")
    }
    var record = reader("the archive's end", end + 8)
    _ = try record.integer(UInt16.self)
    var count = UInt64(try record.integer(UInt16.self))
    var size = UInt64(try record.integer(UInt32.self))
    var start = UInt64(try record.integer(UInt32.self))
    var limit = end
    if count == 0xFFFF || size == 0xFFFF_FFFF || start == 0xFFFF_FFFF {
      guard end >= 20 else { throw record.malformed("no 64-bit record") }
      var locator = reader("the 64-bit locator", end - 20)
      guard try locator.integer(UInt32.self) == 0x0706_4B50 else { throw locator.malformed("not a locator") }
      _ = try locator.take(4)
      let place: UInt64 = try locator.integer()
      guard place < end else { throw locator.malformed("it points outside of the file") }
      var large = reader("the 64-bit record", Int(place))
      guard try large.integer(UInt32.self) == 0x0606_4B50 else { throw large.malformed("not a record") }
      _ = try large.take(28)
      count = try large.integer()
      size = try large.integer()
      start = try large.integer()
      limit = Int(place)
    }
    guard start <= limit, size <= UInt64(limit) - start, count <= size / 46 else {
      throw record.malformed("the directory does not lie in the file")
    }
    bytes = Int(start)..<Int(start + size)
    self.count = Int(count)
  }

  /// The last record whose comment reaches to the file's end.
  private static func endRecord(_ file: UnsafeRawBufferPointer) -> Int? {
    guard file.count >= 22 else { return nil }
    return (max(0, file.count - 22 - 0xFFFF)...file.count - 22).reversed().first { position in
      guard file.loadUnaligned(fromByteOffset: position, as: UInt32.self).littleEndian == 0x0605_4B50
      else { return false }
      let comment = file.loadUnaligned(fromByteOffset: position + 20, as: UInt16.self).littleEndian
      return position + 22 + Int(comment) == file.count
    }
  }
}
