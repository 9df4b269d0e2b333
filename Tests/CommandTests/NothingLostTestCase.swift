import Foundation
import XCTest

/// A folder with a file that every failure of a command must leave as it is, and nothing temporary beside it.
class NothingLostTestCase: XCTestCase {
  private(set) var folder: WorkFolder!
  private(set) var precious: String!

  override func setUpWithError() throws {
    folder = try WorkFolder()
    precious = try folder.write("precious", Data("precious".utf8))
  }

  override func tearDownWithError() throws {
    XCTAssertEqual(try String(contentsOfFile: precious, encoding: .utf8), "precious")
    let partial = try FileManager.default.contentsOfDirectory(atPath: folder.url.path).filter {
      $0.contains("partial") || $0.hasPrefix(".")
    }
    XCTAssertEqual(partial, [], "temporary files were left behind")
    folder = nil
  }
}
