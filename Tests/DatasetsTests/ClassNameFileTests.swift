import Datasets
import Foundation
import XCTest

/// Names of classes in files, as this field has them.
final class ClassNameFileTests: XCTestCase {
  private var folder: TemporaryFolder!

  override func setUpWithError() throws { folder = try TemporaryFolder() }
  override func tearDown() { folder = nil }

  private func read(_ text: String) throws -> [String] { try read(Data(text.utf8)) }
  private func read(_ data: Data) throws -> [String] { try ClassNames.read(folder.write("names", data)) }

  func testLines() throws {
    for text in ["cat\ndog\n", "cat\r\n dog \r\n", "\u{FEFF}cat\ndog", "cat\ndog\n\n \n\n"] {
      XCTAssertEqual(try read(text), ["cat", "dog"], text)
    }
    XCTAssertEqual(
      try read("n01440764 tench, Tinca tinca\nn01443537\tgoldfish\n"), ["tench, Tinca tinca", "goldfish"])
    // Not in all lines, or no identifiers: a part of the names.
    XCTAssertEqual(try read("n01440764 tench\ngoldfish\n"), ["n01440764 tench", "goldfish"])
    XCTAssertEqual(try read("n0144076 tench"), ["n0144076 tench"])
    XCTAssertEqual(try read("[unknown\ncat"), ["[unknown", "cat"])
  }

  func testJSON() throws {
    for text in [
      #"["cat", "dog"]"#, #" {"0": "cat", "1": "dog"} "#, #"{"dog": 1, "cat": 0}"#,
      "\u{FEFF}[\"cat\",\n\"d\\u006fg\"]\n",
      #"{"1": ["n2", "dog"], "0": ["n1", "cat"]}"#, #"[["n1", "cat"], ["dog"]]"#,
      #"{"cat": 0.0, "dog": 1e0}"#,
    ] {
      XCTAssertEqual(try read(text), ["cat", "dog"], text)
    }
  }

  /// The file and the line, wherever there is one.
  func testWhatIsWrong() throws {
    for (text, reason) in [
      ("", ": holds no names of classes"), (" \n\n", ": holds no names of classes"),
      ("{}", ": holds no names of classes"),
      ("cat\n\ndog", ":2: an empty line, where each is the name of a class"),
      ("\ncat", ":1: an empty line, where each is the name of a class"),
      ("[\"cat\",\n3]", ":2: the name of class 1 is no text"),
      ("[\"cat\", [\"dog\", 1]]", ":1: the name of class 1 is no text"),
      ("[\"cat\", []]", ":1: the name of class 1 is no text"),
      ("[\"cat\", \" \"]", ":1: the name of class 1 is empty"),
      ("{\"0\": \"cat\",\n\n \"x\": \"dog\"}", ":3: 'x', where the classes are those from 0 to 1"),
      ("{\"0\": \"cat\",\n \"0\": \"dog\"}", ":2: a second name of class 0"),
      ("{\"cat\": 0, \"dog\": 0.5}", ":1: 'dog', where the classes are those from 0 to 1"),
      ("{\"cat\": 9223372036854775808}", ":1: 'cat', where the classes are those from 0 to 0"),
      ("{\"0\": \"cat\"\n", ":2: not valid JSON: the end where a comma or the object's end is expected"),
      ("[\"cat\"] []", ":1: not valid JSON: '[' where the end is expected"),
      ("{\"\u{1B}[31m\": \"cat\"}", #":1: '\u{1B}[31m', where the classes are those from 0 to 0"#),
    ] {
      XCTAssertThrowsError(try read(text), text) { error in
        XCTAssertEqual("\(error)", folder.path("names") + reason, text)
      }
    }
    XCTAssertThrowsError(try read(Data("cat\nfa".utf8) + [0xE7] + Data("ade\n".utf8))) { error in
      XCTAssertEqual("\(error)", folder.path("names") + ":2: not UTF-8 text")
    }
    let gone = folder.path("gone")
    XCTAssertThrowsError(try ClassNames.read(URL(fileURLWithPath: gone))) { error in
      XCTAssertEqual(error as? DatasetError, .unreadable(path: gone, reason: "no such file"))
    }
  }

  /// Data sets in YOLO's format have such files too.
  func testAnEmptyLineInADataSetsNames() throws {
    try folder.writePictures("images/a.png")
    try folder.write("labels/a.txt", Data("1 0.5 0.5 1 1\n".utf8))
    try folder.write("classes.txt", Data("cat\n\ndog\n".utf8))
    XCTAssertThrowsError(try DetectionSource(folder.path)) { error in
      XCTAssertTrue(
        "\(error)".hasSuffix("/classes.txt:2: an empty line, where each is the name of a class"), "\(error)")
    }
  }
}
