/// Text: pieces that begin with a character, such as the tags of XML or the entries of JSON.
struct TextForm: Form {
  let start: Unicode.Scalar

  func parts(of input: [UInt8]) -> [[UInt8]]? {
    var parts: [[UInt8]] = []
    var begin = 0
    for index in input.indices where index > begin && input[index] == UInt8(ascii: start) {
      parts.append(Array(input[begin..<index]))
      begin = index
    }
    parts.append(Array(input[begin...]))
    return parts.count > 1 ? parts : nil
  }

  func joined(_ parts: [[UInt8]]) -> [UInt8] { parts.flatMap { $0 } }
}
