import Datasets
import Foundation
import XCTest

final class DecodingTests: XCTestCase {
  func testEveryJPEGEqualsPillow() throws {
    let names = try Fixtures.names(withExtension: "jpg").filter { $0.hasPrefix("jpeg_") }
    XCTAssertGreaterThanOrEqual(names.count, 20)
    for name in names {
      assertSamePixels(try Fixtures.image(name + ".jpg"), try Fixtures.golden(name), name)
    }
  }

  func testEveryPNGEqualsPillow() throws {
    let names = try Fixtures.names(withExtension: "png").filter { $0.hasPrefix("png_") }
    XCTAssertGreaterThanOrEqual(names.count, 40)
    for name in names {
      assertSamePixels(try Fixtures.image(name + ".png"), try Fixtures.golden(name), name)
    }
  }

  func testEXIFOrientationIsAnOption() throws {
    for orientation in 1...8 {
      let name = "orientation_\(orientation)"
      let upright = try Image(contentsOf: Fixtures.url(name + ".jpg"), orientation: .upright)
      assertSamePixels(upright, try Fixtures.golden(name), name)
      let stored = try Fixtures.image(name + ".jpg")
      XCTAssertEqual([stored.width, stored.height], [17, 11])
    }
  }
}
