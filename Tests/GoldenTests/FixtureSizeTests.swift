import Foundation
import XCTest

/// The repository stays small: no fixture of any target has more than 100 KB.
final class FixtureSizeTests: XCTestCase {
  func testNoFixtureIsLarge() throws {
    let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let files = try XCTUnwrap(
      FileManager.default.enumerator(
        at: tests, includingPropertiesForKeys: [.fileSizeKey, .isRegularFileKey]))
    var count = 0
    for case let file as URL in files where file.path.contains("/Fixtures/") {
      let values = try file.resourceValues(forKeys: [.fileSizeKey, .isRegularFileKey])
      guard values.isRegularFile == true else { continue }
      XCTAssertLessThanOrEqual(try XCTUnwrap(values.fileSize), 100_000, file.path)
      count += 1
    }
    XCTAssertGreaterThan(count, 300)
  }
}
