import Datasets
import Foundation
import XCTest

final class BadPictureTests: XCTestCase {
  private func error(_ body: () throws -> Void) -> ImageError? {
    do {
      try body()
      return nil
    } catch {
      return error as? ImageError
    }
  }

  func testErrorsNameTheFileAndTheReason() throws {
    for (name, expected) in [
      ("truncated.jpg", ImageError.truncated(file: "")), ("truncated_progressive.jpg", .truncated(file: "")),
      ("truncated.png", .truncated(file: "")), ("text.jpg", .notAPicture(file: "")),
      ("huge.png", .tooLarge(file: "", width: 60000, height: 60000)),
      ("no such.jpg", .unreadable(file: "", reason: "no such file")),
      ("", .unreadable(file: "", reason: "it is a folder")),
    ] {
      let thrown = try XCTUnwrap(error { _ = try Fixtures.image(name) }, name)
      let path = Fixtures.url(name).path
      XCTAssertEqual("\(thrown)", path + "\(expected)", name)
    }
    XCTAssertEqual(error { _ = try Image(decoding: Data(), name: "nothing") }, .notAPicture(file: "nothing"))
  }

  /// Every prefix is refused, as Pillow refuses it; of a PNG what follows the pixels may be missing.
  func testEveryTruncationIsFound() throws {
    for name in [
      "jpeg_420.jpg", "jpeg_progressive_420.jpg", "jpeg_restart.jpg", "jpeg_ycck.jpg", "png_rgba_8.png",
      "png_rgb_16_interlaced.png", "png_palette_2.png",
    ] {
      let whole = try Data(contentsOf: Fixtures.url(name))
      // After a PNG's pixels come zlib's checksum, the chunk's and the end chunk: 20 bytes.
      let end = whole.count - (name.hasSuffix("png") ? 21 : 1)
      for length in stride(from: end, to: 4, by: -7) {
        XCTAssertNotNil(
          error { _ = try Image(decoding: whole.prefix(length), name: name) }, "\(name), \(length) bytes")
      }
    }
  }

  func testUnsupportedJPEGsSaySo() throws {
    let whole = try Data(contentsOf: Fixtures.url("jpeg_420.jpg"))
    let frame = try XCTUnwrap(whole.firstRange(of: [0xFF, 0xC0])).lowerBound
    // The sample depth follows the segment's length; SOF3 is the lossless process.
    for (offset, byte) in [(4, UInt8(12)), (1, 0xC3)] {
      var altered = whole
      altered[frame + offset] = byte
      guard case .unsupported(file: "odd", _)? = error({ _ = try Image(decoding: altered, name: "odd") })
      else {
        return XCTFail("byte \(offset) of the frame header as \(byte)")
      }
    }
    var large = whole
    large.replaceSubrange(frame + 5..<frame + 9, with: [0xFD, 0xE8, 0xFD, 0xE8])
    XCTAssertEqual(
      error { _ = try Image(decoding: large, name: "large") },
      .tooLarge(file: "large", width: 65000, height: 65000))
  }

  /// Damaged bytes may decode to something or throw, but never crash.
  func testDamagedBytesDoNotCrash() throws {
    for name in [
      "jpeg_420.jpg", "jpeg_progressive_444.jpg", "jpeg_cmyk.jpg", "orientation_6.jpg", "png_rgb_8.png",
      "png_palette_4_interlaced.png",
    ] {
      let whole = try Data(contentsOf: Fixtures.url(name))
      for position in stride(from: 3, to: whole.count, by: 5) {
        var damaged = whole
        damaged[position] ^= UInt8(1 << (position % 8)) | 0x10
        _ = try? Image(decoding: damaged, name: name, orientation: .upright)
      }
    }
  }

  func testPNGEncodingIsRead() throws {
    let source = try Fixtures.image("resize_source.png")
    XCTAssertEqual(try Image(decoding: source.pngData(), name: "colour"), source)
    let grey = source.converted(toChannels: 1)
    XCTAssertEqual(try Image(decoding: grey.pngData(), name: "grey"), grey.converted(toChannels: 3))
    let dot = Image(width: 1, height: 1, pixels: [1, 2, 3])
    XCTAssertEqual(try Image(decoding: dot.pngData(), name: "dot"), dot)
  }
}
