/// gzip: the contents of its members.
struct GzipForm: Form {
  func parts(of input: [UInt8]) -> [[UInt8]]? {
    guard input.starts(with: [0x1F, 0x8B]) else { return nil }
    return Compression.inflated(input[...], .gzip).map { [$0] }
  }

  func joined(_ parts: [[UInt8]]) -> [UInt8] { parts.flatMap { Compression.deflated($0[...], .gzip) } }
}

/// Files, some of them in another form.
struct FormOfFiles: Form {
  let content: any Form

  func parts(of input: [UInt8]) -> [[UInt8]]? {
    guard let files = Files().parts(of: input) else { return nil }
    return files.map { content.parts(of: $0)?.first ?? $0 }
  }

  func joined(_ parts: [[UInt8]]) -> [UInt8] { Files().joined(parts.map { content.joined([$0]) }) }
}

/// A zip archive: a name and a content for each entry, decompressed; the name behind a byte for the method.
struct ZipForm: Form {
  func parts(of input: [UInt8]) -> [[UInt8]]? {
    guard input.starts(with: [0x50, 0x4B, 3, 4]), let end = lastRecord(input),
      let start = input[(end + 16)...].littleEndian(4), start <= end
    else { return nil }
    var parts: [[UInt8]] = []
    var position = start
    while position + 46 <= end, input[position...].starts(with: [0x50, 0x4B, 1, 2]) {
      let record = input[position...]
      func field(_ offset: Int, _ size: Int) -> Int { record.dropFirst(offset).littleEndian(size) ?? 0 }
      let (method, size, place) = (field(10, 2), field(20, 4), field(42, 4))
      let (name, extra, comment) = (field(28, 2), field(30, 2), field(32, 2))
      guard position + 46 + name <= end, place + 30 <= start else { return nil }
      let local = input[place...]
      let content =
        place + 30 + (local.dropFirst(26).littleEndian(2) ?? 0) + (local.dropFirst(28).littleEndian(2) ?? 0)
      guard content + size <= start else { return nil }
      let stored = input[content..<content + size]
      parts.append([UInt8(truncatingIfNeeded: method)] + input[(position + 46)..<(position + 46 + name)])
      parts.append(method == 8 ? Compression.inflated(stored, .raw) ?? Array(stored) : Array(stored))
      position += 46 + name + extra + comment
    }
    return parts
  }

  func joined(_ parts: [[UInt8]]) -> [UInt8] {
    var (file, directory, count) = ([UInt8](), [UInt8](), 0)
    for index in stride(from: 0, to: parts.count - 1, by: 2) {
      let (method, name, content) = (parts[index].first ?? 0, parts[index].dropFirst(), parts[index + 1])
      let stored = method == 8 ? Compression.deflated(content[...], .raw) : content
      // Version, flags, method, time, date, checksum, sizes, lengths of the name and of extra fields.
      let common = Self.fields(
        (20, 2), (0, 2), (Int(method), 2), (0, 2), (0, 2), (Compression.crc32(content), 4), (stored.count, 4),
        (content.count, 4), (name.count, 2), (0, 2))
      directory += [0x50, 0x4B, 1, 2, 20, 0]
      directory += common
      directory += Self.fields((0, 2), (0, 2), (0, 2), (0, 4), (file.count, 4))
      directory += name
      file += [0x50, 0x4B, 3, 4]
      file += common
      file += name
      file += stored
      count += 1
    }
    let end = Self.fields(
      (0, 2), (0, 2), (count, 2), (count, 2), (directory.count, 4), (file.count, 4), (0, 2))
    return file + directory + [0x50, 0x4B, 5, 6] + end
  }

  /// Numbers in so many bytes each.
  private static func fields(_ fields: (value: Int, size: Int)...) -> [UInt8] {
    fields.flatMap { [UInt8](littleEndian: $0.value, $0.size) }
  }

  private func lastRecord(_ input: [UInt8]) -> Int? {
    guard input.count >= 22 else { return nil }
    return (0...input.count - 22).reversed().first { input[$0...].starts(with: [0x50, 0x4B, 5, 6]) }
  }
}
