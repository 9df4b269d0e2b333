import Datasets
import Foundation
import XCTest

/// Boxes and letters drawn into pictures.
final class DrawingTests: XCTestCase {
  private let red = Image.palette[0]

  private func isRed(_ image: Image, _ x: Int, _ y: Int) -> Bool {
    [image[x, y, 0], image[x, y, 1], image[x, y, 2]] == [red.red, red.green, red.blue]
  }

  /// Lines of a pixel inside the box's edge, and nothing else.
  func testOutline() {
    let image = Image(width: 20, height: 16, channels: 1, repeating: 50)
    let drawn = image.drawing([(box: BoundingBox(3, 4, 12, 11), text: "", color: 0)], scale: 1)
    XCTAssertEqual(drawn.channels, 3)
    for y in 0..<16 {
      for x in 0..<20 {
        let isInside = 3..<12 ~= x && 4..<11 ~= y
        let isCore = 4..<11 ~= x && 5..<10 ~= y
        XCTAssertEqual(isRed(drawn, x, y), isInside && !isCore, "(\(x), \(y))")
        if !isInside || isCore { XCTAssertEqual(drawn[x, y, 1], 50) }
      }
    }
    // The colours go round.
    let count = Image.palette.count
    let again = image.drawing([(box: BoundingBox(3, 4, 12, 11), text: "", color: -count)], scale: 1)
    XCTAssertEqual(again, drawn)
    XCTAssertEqual(Set(Image.palette.map { "\($0)" }).count, count)
  }

  /// What reaches beyond has no line at the picture's edge; what is no box is not drawn, and nothing traps.
  func testBoxesBeyondThePicture() {
    let image = Image(width: 20, height: 16, repeating: 50)
    let drawn = image.drawing([(box: BoundingBox(-5, 4, 12, 100), text: "", color: 0)], scale: 1)
    XCTAssertFalse(isRed(drawn, 0, 8))
    XCTAssertTrue(isRed(drawn, 0, 4) && isRed(drawn, 11, 15) && isRed(drawn, 11, 4))
    XCTAssertFalse(isRed(drawn, 5, 15))
    let odd = [
      BoundingBox(.nan, 0, 5, 5), BoundingBox(0, 0, .infinity, 5), BoundingBox(30, 0, 40, 5),
      BoundingBox(5, 5, 1, 9),
      BoundingBox(-9, -9, -1, -1),
    ]
    XCTAssertEqual(image.drawing(odd.map { (box: $0, text: "x", color: 1) }), image)
    // A box without width is a line, also at the very edge.
    let thin = image.drawing([(box: BoundingBox(20, 2, 20, 9), text: "", color: 0)], scale: 1)
    XCTAssertEqual(thin, image)
    let line = image.drawing([(box: BoundingBox(19.9, 2, 19.9, 9), text: "", color: 0)], scale: 1)
    XCTAssertTrue(isRed(line, 19, 5))
    for scale in [1, 2, 7, 50] {
      let text = String(repeating: "long é ☃ ", count: 9)
      let wide = image.drawing([(box: BoundingBox(0, 0, 20, 16), text: text, color: 3)], scale: scale)
      XCTAssertEqual(wide.size, image.size)
    }
  }

  /// The label's plate, and ink in it: "I" is a stem with two bars.
  func testLabel() {
    let image = Image(width: 60, height: 60, repeating: 50)
    let drawn = image.drawing([(box: BoundingBox(10, 30, 50, 50), text: "I", color: 0)], scale: 1)
    // Above the box: a dot of margin, 5 of the letter, a dot; 9 high with a dot above and below.
    var plate = 0
    var ink: [String] = []
    for y in 0..<30 {
      var line = ""
      for x in 0..<60 where drawn[x, y, 0] != 50 {
        plate += 1
        line += isRed(drawn, x, y) ? "." : "#"
      }
      if !line.isEmpty { ink.append(line) }
    }
    XCTAssertEqual(plate, 7 * 11)
    XCTAssertEqual(
      ink,
      [
        ".......", "..###..", "...#...", "...#...", "...#...", "...#...", "...#...", "..###..", ".......",
        ".......",
        ".......",
      ])
    // Without room above, inside at the top; unknown letters look like a question mark.
    func same(_ a: String, _ b: String) -> Bool {
      func drawing(_ text: String) -> Image {
        image.drawing([(box: BoundingBox(2, 3, 50, 50), text: text, color: 0)])
      }
      return drawing(a) == drawing(b)
    }
    XCTAssertTrue(same("é☃", "e?"))
    XCTAssertFalse(same("a", "b"))
  }

  /// All characters of the font differ from each other and have ink, but for the space.
  func testFontHasAllOfASCII() {
    let image = Image(width: 12, height: 12, repeating: 0)
    var seen: [[UInt8]: String] = [:]
    for code in 32..<127 {
      let text = String(Unicode.Scalar(UInt8(code)))
      let drawn = image.drawing([(box: BoundingBox(0, 11, 12, 12), text: text, color: 1)], scale: 1)
      XCTAssertNil(seen[drawn.pixels], "\(text) looks like \(seen[drawn.pixels] ?? "")")
      seen[drawn.pixels] = text
    }
    XCTAssertEqual(seen.count, 95)
  }
}
