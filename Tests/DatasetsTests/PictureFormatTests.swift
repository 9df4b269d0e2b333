import Datasets
import Foundation
import XCTest

/// Pictures are what their content says, wherever it comes from.
final class PictureFormatTests: XCTestCase {
  private var folder: TemporaryFolder!

  override func setUpWithError() throws { folder = try TemporaryFolder() }
  override func tearDown() { folder = nil }

  func testContentDecidesNotTheName() throws {
    for name in ["webp_lossless.webp", "gif_colours.gif", "bmp_24.bmp", "png_rgb_8.png"] {
      let url = try folder.write("really.jpg", Data(contentsOf: Fixtures.url(name)))
      XCTAssertEqual(try Image(contentsOf: url), try Fixtures.image(name), name)
    }
  }

  func testWhatIsNotDecodedIsNamed() throws {
    for (beginning, found, advice) in [
      ("II*\0........", "TIFF", "convert it to PNG"), ("MM\0*........", "TIFF", "convert it to PNG"),
      ("\0\0\0\u{18}ftypavif", "AVIF", "convert it to PNG"),
      ("\0\0\0\u{18}ftypheic", "HEIF", "convert it to PNG"),
      ("%PDF-1.4", "PDF", "convert it to PNG"), ("P6\n2 2\n255\n", "PNM", "convert it to PNG"),
      ("<!DOCTYPE html><html>", "a page of the web (HTML) or a drawing (SVG)", "get the picture itself"),
      ("\n <svg xmlns='x'>", "a page of the web (HTML) or a drawing (SVG)", "get the picture itself"),
      (
        "version https://git-lfs.github.com/spec/v1\noid", "a pointer of Git LFS",
        "fetch the file by 'git lfs pull'"
      ),
      ("PK\u{3}\u{4}....", "a zip archive", "unpack it"),
    ] {
      let url = try folder.write("x.jpg", Data(beginning.utf8))
      XCTAssertThrowsError(try Image(contentsOf: url)) { error in
        XCTAssertEqual(
          error as? ImageError, .notDecoded(file: url.path, found: found, advice: advice), beginning)
        XCTAssertEqual(
          "\(error)",
          "\(url.path): \(found), which is not read here: \(advice) (JPEG, PNG, WebP, GIF, BMP are read)")
      }
    }
    for text in ["", "BM is no bitmap, but a text", "RIFF....WAVE", "GIF88a"] {
      let url = try folder.write("x.jpg", Data(text.utf8))
      XCTAssertThrowsError(try Image(contentsOf: url)) { error in
        XCTAssertEqual(error as? ImageError, .notAPicture(file: url.path), text)
      }
    }
  }

  /// A pipe has no length and cannot be read twice.
  func testAPipeIsRead() throws {
    let pipe = folder.path("pipe")
    XCTAssertEqual(mkfifo(pipe, 0o600), 0)
    let data = try Fixtures.image("resize_source.png").padded(by: 200).pngData()
    // More than a pipe holds at a time, too: what follows the picture is let pass.
    for rest in [0, 300_000] {
      let writer = Thread {
        FileHandle(forWritingAtPath: pipe)!.write(data + Data(count: rest))
      }
      writer.start()
      XCTAssertEqual(try Image(contentsOfFile: pipe), try Image(decoding: data, name: ""))
    }
  }

  func testWhatCannotBeRead() throws {
    for (path, reason) in [
      (folder.path, "it is a folder"), (folder.path("none"), "no such file"),
    ] {
      XCTAssertThrowsError(try Image(contentsOfFile: path)) { error in
        XCTAssertEqual(error as? ImageError, .unreadable(file: path, reason: reason))
      }
    }
    XCTAssertThrowsError(try FileReading.data(BytePath("/dev/zero"), limit: 1 << 20)) { error in
      XCTAssertEqual(
        (error as? FileReading.Failure)?.reason, "it is longer than the 1 MiB allowed", "it has no end")
    }
    // A file that says it is larger than any picture.
    let sparse = try folder.write("sparse.png", Data())
    XCTAssertEqual(truncate(sparse.path, off_t(Image.maximumFileBytes) + 1), 0)
    XCTAssertThrowsError(try Image(contentsOf: sparse)) { error in
      XCTAssertEqual(
        error as? ImageError,
        .unreadable(file: sparse.path, reason: "it is longer than the 1024 MiB allowed"))
    }
  }

  /// Headers that promise more than the file holds allocate nothing for it.
  func testBombs() throws {
    let bmp = Array(try Data(contentsOf: Fixtures.url("bmp_24.bmp")))
    for (width, height) in [(100_000, 100_000), (-5, 20), (0, 20), (20, 0)] {
      var altered = bmp
      for byte in 0..<4 {
        altered[18 + byte] = UInt8(truncatingIfNeeded: width >> (8 * byte))
        altered[22 + byte] = UInt8(truncatingIfNeeded: height >> (8 * byte))
      }
      for accepts in [false, true] {
        XCTAssertThrowsError(
          try Image(decoding: Data(altered), name: "", acceptsTruncated: accepts), "\(width)×\(height)")
      }
    }
    var gif = Array(try Data(contentsOf: Fixtures.url("gif_colours.gif")))
    gif[6...9] = [0xFF, 0xFF, 0xFF, 0xFF]
    XCTAssertThrowsError(try Image(decoding: Data(gif), name: "gif")) { error in
      XCTAssertEqual(error as? ImageError, .tooLarge(file: "gif", width: 65535, height: 65535))
    }
  }
}
