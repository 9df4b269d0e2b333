import CImageShim
import Datasets
import Foundation
import XCTest

/// Small files that would cost much more than they are.
final class HostilePictureTests: XCTestCase {
  /// A scan costs a pass over the whole picture, whatever its size in the file.
  func testAPictureOfManyScansIsRefused() throws {
    let whole = try Data(contentsOf: Fixtures.url("jpeg_progressive_grey.jpg"))
    let scan = try XCTUnwrap(whole.ranges(of: [0xFF, 0xDA]).last).lowerBound
    let end = whole.count - 2
    XCTAssertEqual(Array(whole[end...]), [0xFF, 0xD9])
    func picture(scans: Int) -> Data {
      var data = whole[..<end]
      for _ in 0..<scans { data += whole[scan..<end] }
      return data + whole[end...]
    }
    XCTAssertNoThrow(try Image(decoding: picture(scans: 5), name: "few"))
    XCTAssertThrowsError(try Image(decoding: picture(scans: 600), name: "many")) { error in
      guard case .corrupt(file: "many", let reason)? = error as? ImageError else {
        return XCTFail("\(error)")
      }
      XCTAssertTrue(reason.contains("500 scans"), reason)
    }
  }

  /// A colour profile of 80 MB in 80 KB: it is of no use here, and no reason to hold it.
  func testAColourProfileOfAnySizeIsNotHeld() throws {
    let small = try Fixtures.image("png_rgb_8.png")
    let whole = try Data(contentsOf: Fixtures.url("png_rgb_8.png"))
    for (size, isHeld) in [(1 << 16, true), (80 << 20, false)] {
      // After the signature and the header.
      let data = whole[..<33] + chunk("iCCP", Data("profile\0\0".utf8) + zeros(size)) + whole[33...]
      XCTAssertLessThan(data.count, 1 << 20)
      if isHeld {
        assertSamePixels(try Image(decoding: data, name: "profile"), small, "small profile")
      } else {
        XCTAssertThrowsError(try Image(decoding: data, name: "profile")) { error in
          XCTAssertEqual(
            error as? ImageError, .corrupt(file: "profile", reason: "reached chunk/cache limits"))
        }
      }
    }
  }

  private func chunk(_ type: String, _ content: Data) -> Data {
    let body = Data(type.utf8) + content
    func number(_ value: UInt32) -> Data { withUnsafeBytes(of: value.bigEndian) { Data($0) } }
    return number(UInt32(content.count)) + body + number(UInt32(crc32(0, [UInt8](body), UInt32(body.count))))
  }

  /// So many zeros as a stream of zlib's.
  private func zeros(_ count: Int) -> Data {
    var length = compressBound(UInt(count))
    var stream = [UInt8](repeating: 0, count: Int(length))
    let status = compress2(&stream, &length, [UInt8](repeating: 0, count: count), UInt(count), 9)
    XCTAssertEqual(status, Z_OK)
    return Data(stream.prefix(Int(length)))
  }
}
