/// RIFF, as WebP has it: the kind of its content, then chunks, each its name and its data.
struct RIFFForm: Form {
  func parts(of input: [UInt8]) -> [[UInt8]]? {
    guard input.starts(with: "RIFF".utf8), input.count >= 12 else { return nil }
    var parts = [Array(input[8..<12])]
    var position = 12
    while let length = input.dropFirst(position + 4).littleEndian(4), length <= input.count - position - 8 {
      let data: ArraySlice<UInt8> = input[(position + 8)..<(position + 8 + length)]
      parts.append(Array(input[position..<position + 4]) + data)
      position += 8 + length + length % 2
      guard position < input.count else { break }
    }
    return parts
  }

  func joined(_ parts: [[UInt8]]) -> [UInt8] {
    let content = parts.dropFirst().reduce(into: parts.first ?? []) { result, part in
      let size = max(0, part.count - 4)
      result += part.prefix(4)
      result += [UInt8](littleEndian: size, 4)
      result += part.dropFirst(4)
      if size % 2 == 1 { result.append(0) }
    }
    return Array("RIFF".utf8) + [UInt8](littleEndian: content.count, 4) + content
  }
}
