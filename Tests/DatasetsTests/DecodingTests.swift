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

  func testEveryWebPEqualsPillow() throws { try assertAll("webp", atLeast: 6) }
  func testEveryGIFEqualsPillow() throws { try assertAll("gif", atLeast: 8) }
  func testEveryBMPEqualsPillow() throws { try assertAll("bmp", atLeast: 12) }

  private func assertAll(_ format: String, atLeast count: Int) throws {
    let names = try Fixtures.names(withExtension: format).filter { $0.hasPrefix(format) }
    XCTAssertGreaterThanOrEqual(names.count, count)
    for name in names {
      assertSamePixels(try Fixtures.image("\(name).\(format)"), try Fixtures.golden(name), name)
    }
  }

  func testEXIFOrientationOfWebP() throws {
    let file = Fixtures.url("webp_orientation_6.webp")
    assertSamePixels(
      try Image(contentsOf: file, orientation: .upright), try Fixtures.golden("webp_upright"), "")
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
