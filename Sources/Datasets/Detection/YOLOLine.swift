/// A line of a text in YOLO's format.
enum YOLOLine {
  /// The class with left, top, right and bottom in shares of the picture; nil where the line is none. A class such as `0.0` is
  /// what tables make of 0. Six numbers and more, in pairs, are the corners of a segment or of a turned box.
  static func parse(_ line: String) -> (label: Int, sides: SIMD4<Double>)? {
    let words = line.split(whereSeparator: \.isWhitespace)
    let numbers = words.compactMap { Double($0) }
    guard words.count >= 5, numbers.count == words.count, let label = Int(exactly: numbers[0]), label >= 0
    else { return nil }
    let values = numbers.dropFirst()
    if values.count == 4 {
      let (x, y, width, height) = (numbers[1], numbers[2], numbers[3], numbers[4])
      return (label, SIMD4(x - width / 2, y - height / 2, x + width / 2, y + height / 2))
    }
    guard values.count >= 6, values.count.isMultiple(of: 2), values.allSatisfy(\.isFinite) else { return nil }
    var sides = SIMD4(numbers[1], numbers[2], numbers[1], numbers[2])
    for place in stride(from: 3, to: numbers.count, by: 2) {
      let (x, y) = (numbers[place], numbers[place + 1])
      sides = SIMD4(min(sides[0], x), min(sides[1], y), max(sides[2], x), max(sides[3], y))
    }
    return (label, sides)
  }
}
