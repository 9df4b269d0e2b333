import Engine
import Foundation
import XCTest

/// Text from outside and numbers of things, as people are shown them.
final class PrintableTests: XCTestCase {
  func testControlCharactersAreEscaped() {
    for (text, shown) in [
      ("plain, ümlaut, 日本, 👩‍🔬", "plain, ümlaut, 日本, 👩‍🔬"), ("a\u{1B}[31mb", #"a\u{1B}[31mb"#),
      ("a\nb\tc\rd", #"a\nb\tc\rd"#), ("\r\n", #"\r\n"#), ("\u{7F}\u{9B}", #"\u{7F}\u{009B}"#),
      ("\u{202E}gpj", #"\u{202E}gpj"#), ("a\u{2028}b", #"a\u{2028}b"#), ("\0", #"\0"#), ("", ""),
    ] {
      XCTAssertEqual(printable(text), shown)
      XCTAssertEqual(printable(shown), shown)
    }
  }

  func testJSONStaysJSON() throws {
    let names = ["\u{1B}[31mred", "a\u{202E}b\u{9B}c\u{7F}", "x\ny", "plain, 日本"]
    let encoder = JSONEncoder()
    encoder.outputFormatting = .prettyPrinted
    let text = printable(json: String(decoding: try encoder.encode(names), as: UTF8.self))
    XCTAssertTrue(text.contains(#"a\u202eb\u009bc\u007f"#), text)
    XCTAssertEqual(try JSONDecoder().decode([String].self, from: Data(text.utf8)), names)
    XCTAssertTrue(text.unicodeScalars.allSatisfy { $0 == "\n" || $0.properties.generalCategory != .control })
  }

  func testBytesThatAreNoTextAreShown() {
    for (bytes, shown) in [
      ([0x63, 0x61, 0x66, 0xE9], #"caf\xE9"#), ([0x63, 0xC3, 0xA9], "cé"), ([0xE2, 0x82], #"\xE2\x82"#),
      ([0xFF, 0x1B, 0x41], #"\xFF\u{1B}A"#), ([0xF0, 0x9F, 0x91, 0xA9], "👩"), ([0xC0, 0x80], #"\xC0\x80"#),
      ([], ""), ([0xED, 0xA0, 0x80], #"\xED\xA0\x80"#),
    ] as [([UInt8], String)] {
      XCTAssertEqual(printable(bytes: bytes), shown)
    }
  }

  func testNumbersOfThings() {
    for (count, noun, text) in [
      (1, "class", "1 class"), (0, "class", "0 classes"), (2048, "tensor", "2,048 tensors"),
      (-1, "class", "-1 classes"), (2, "box", "2 boxes"),
      (1, "tensor of auxiliary heads", "1 tensor of auxiliary heads"),
      (3, "tensor of auxiliary heads", "3 tensors of auxiliary heads"), (2, "batch", "2 batches"),
      (2, "epoch", "2 epochs"),
    ] { XCTAssertEqual(counted(count, noun), text) }
    XCTAssertEqual(grouped(.min), "-9,223,372,036,854,775,808")
  }
}
