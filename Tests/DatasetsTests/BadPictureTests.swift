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

  /// Every proper prefix is refused with an error of ours, except where only the end marker is missing.
  func testEveryTruncationIsFound() throws {
    for name in [
      "jpeg_420.jpg", "jpeg_progressive_420.jpg", "jpeg_restart.jpg", "jpeg_ycck.jpg", "png_rgba_8.png",
      "png_rgb_16_interlaced.png", "png_palette_2.png",
    ] {
      let whole = try Data(contentsOf: Fixtures.url(name))
      let isPNG = name.hasSuffix("png")
      // After PNG's pixels come their checksum and the end chunk, 16 bytes; after JPEG's the end marker, 2.
      let end = whole.count - (isPNG ? 21 : 3)
      for length in stride(from: 4, to: end, by: 7) {
        XCTAssertNotNil(
          error { _ = try Image(decoding: whole.prefix(length), name: name) }, "\(name), \(length) bytes")
      }
    }
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
