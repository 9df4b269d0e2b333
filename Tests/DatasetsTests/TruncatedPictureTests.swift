import Datasets
import Foundation
import XCTest

/// Pictures that end early: refused, or taken as Pillow takes them with `LOAD_TRUNCATED_IMAGES`.
final class TruncatedPictureTests: XCTestCase {
  private let names = [
    "early_cut.jpg", "early_cut_and_closed.jpg", "early_cut_progressive.jpg", "early_cut.png",
    "early_cut_interlaced.png", "early_cut.gif", "early_cut.bmp",
  ]

  func testTheyAreRefused() throws {
    for name in names {
      XCTAssertThrowsError(try Fixtures.image(name), name) { error in
        XCTAssertEqual(error as? ImageError, .truncated(file: Fixtures.url(name).path))
      }
    }
  }

  func testAcceptedTheyAreWhatPillowMakesOfThem() throws {
    for name in names {
      let image = try Image(contentsOf: Fixtures.url(name), acceptsTruncated: true)
      assertSamePixels(image, try Fixtures.golden(name), name)
    }
  }

  /// Whole pictures do not change by the option, and what is no picture does not become one.
  func testTheOptionChangesNothingElse() throws {
    for name in ["jpeg_420.jpg", "jpeg_cmyk.jpg", "png_rgb_8.png", "gif_colours.gif", "bmp_24.bmp"] {
      XCTAssertEqual(
        try Image(contentsOf: Fixtures.url(name), acceptsTruncated: true), try Fixtures.image(name), name)
    }
    for name in ["jpeg_420.jpg", "png_rgb_8.png", "gif_colours.gif", "bmp_24.bmp", "webp_lossy.webp"] {
      let whole = try Data(contentsOf: Fixtures.url(name))
      for length in [0, 1, 4, 12, 20] {
        XCTAssertThrowsError(
          try Image(decoding: whole.prefix(length), name: name, acceptsTruncated: true), "\(name), \(length)")
      }
    }
    let webP = try Data(contentsOf: Fixtures.url("webp_lossless.webp"))
    XCTAssertThrowsError(try Image(decoding: webP.dropLast(200), name: "", acceptsTruncated: true)) { error in
      XCTAssertEqual(error as? ImageError, .truncated(file: ""))
    }
  }

  /// Every prefix of every format is refused or decoded, and with the option too; none ends the process.
  func testEveryPrefix() throws {
    for name in [
      "webp_lossy.webp", "webp_lossless_alpha.webp", "webp_animated.webp", "gif_interlaced.gif",
      "gif_animated.gif", "bmp_4.bmp", "bmp_565.bmp", "bmp_core.bmp", "bmp_runs_8.bmp", "bmp_runs_4.bmp",
      "png_palette_2.png", "jpeg_progressive_420.jpg",
    ] {
      let whole = try Data(contentsOf: Fixtures.url(name))
      for length in stride(from: 0, to: whole.count, by: max(1, whole.count / 40)) {
        for accepts in [false, true] {
          _ = try? Image(decoding: whole.prefix(length), name: name, acceptsTruncated: accepts)
        }
      }
      for position in stride(from: 2, to: whole.count, by: max(1, whole.count / 80)) {
        var damaged = whole
        damaged[position] ^= UInt8(1 << (position % 8)) | 0x10
        for accepts in [false, true] {
          _ = try? Image(
            decoding: damaged, name: name, orientation: .upright, acceptsTruncated: accepts)
        }
      }
    }
  }
}
