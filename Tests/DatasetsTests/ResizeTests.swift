import Datasets
import XCTest

final class ResizeTests: XCTestCase {
  private let sizes = [
    (30, 23), (7, 5), (100, 90), (61, 20), (20, 47), (61, 47), (1, 1), (1, 50), (90, 1), (62, 46), (3, 120),
    (57, 20), (40, 30),
  ]

  /// Parts of the picture: left, upper, width and height, and the sizes that they get.
  private let slivers = [
    (name: "column", box: (9, 0, 1, 47), sizes: [(1, 20), (5, 47), (3, 90)]),
    (name: "row", box: (0, 9, 61, 1), sizes: [(20, 1), (90, 4), (61, 5)]),
    (name: "tiny", box: (20, 20, 2, 3), sizes: [(9, 7), (1, 1), (2, 3), (3, 2)]),
  ]

  /// Pictures a pixel or two wide, up and down.
  func testResizeOfSliversEqualsPillow() throws {
    let source = try Fixtures.image("resize_source.png")
    for interpolation in [Interpolation.bilinear, .bicubic] {
      for (part, box, sizes) in slivers {
        let picture = source.cropped(x: box.0, y: box.1, width: box.2, height: box.3)
        for (width, height) in sizes {
          let name = "resize_\(part)_\(interpolation.rawValue)_\(width)x\(height)"
          assertSamePixels(
            picture.resized(width: width, height: height, interpolation: interpolation),
            try Fixtures.golden(name), name)
        }
      }
    }
  }

  func testResizeEqualsPillow() throws {
    let source = try Fixtures.image("resize_source.png")
    let grey = try Fixtures.image("resize_source_grey.png").converted(toChannels: 1)
    for interpolation in [Interpolation.bilinear, .bicubic] {
      for (width, height) in sizes {
        let name = "resize_\(interpolation.rawValue)_\(width)x\(height)"
        let resized = source.resized(width: width, height: height, interpolation: interpolation)
        assertSamePixels(resized, try Fixtures.golden(name), name)
      }
      let small = grey.resized(width: 19, height: 41, interpolation: interpolation)
      XCTAssertEqual(small.channels, 1)
      assertSamePixels(
        small.converted(toChannels: 3), try Fixtures.golden("resize_grey_\(interpolation.rawValue)_19x41"),
        "grey")
      let dot = source.cropped(x: 5, y: 5, width: 1, height: 1)
      assertSamePixels(
        dot.resized(width: 5, height: 4, interpolation: interpolation),
        try Fixtures.golden("resize_dot_\(interpolation.rawValue)_5x4"), "dot")
      assertSamePixels(
        source.resized(shorterSide: 32, interpolation: interpolation),
        try Fixtures.golden("resize_shorter_\(interpolation.rawValue)_32"), "shorter side")
    }
  }

  func testCenterCropEqualsTorchvision() throws {
    let source = try Fixtures.image("resize_source.png")
    for (width, height) in [(32, 32), (31, 30), (60, 46), (80, 20), (20, 64), (75, 60)] {
      let name = "crop_\(width)x\(height)"
      assertSamePixels(source.centerCropped(width: width, height: height), try Fixtures.golden(name), name)
    }
  }
}
