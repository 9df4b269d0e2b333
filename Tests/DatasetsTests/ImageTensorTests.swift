import Datasets
import Engine
import TestSupport
import XCTest

final class ImageTensorTests: XCTestCase {
  func testAPictureComesBackFromItsTensor() {
    for channels in [1, 3] {
      let bytes = (0..<16 * 16 * channels).map { UInt8(truncatingIfNeeded: $0 * 7) }
      let picture = Image(width: 16, height: 16, channels: channels, pixels: bytes)
      for range: ClosedRange<Float> in [0...1, -1...1, 0...255, -2.5...0.1] {
        let tensor = Tensor(picture, range: range)
        XCTAssertEqual(tensor.shape, [16, 16, channels])
        XCTAssertEqual(Image(tensor, range: range), picture, "\(range)")
      }
    }
    let picture = Image(width: 2, height: 1, pixels: [0, 51, 255, 102, 153, 204])
    assertClose(Tensor(picture).scalars, [0, 0.2, 1, 0.4, 0.6, 0.8], absolute: 1e-7)
    XCTAssertEqual(Image(Tensor(picture).unsqueezed(axis: 0)), picture)
  }

  func testRoundingAndClamping() {
    let values: [Float] = [-1, 0, 0.4, 0.5, 1.49, 254.5, 255, 300, .nan, .infinity, -.infinity, 2.5]
    let picture = Image(Tensor(values, shape: [3, 4, 1]), range: 0...255)
    XCTAssertEqual(picture.pixels, [0, 0, 0, 1, 1, 255, 255, 255, 0, 255, 0, 3])
  }

  func testSwappingRedAndBlue() {
    let picture = Image(width: 2, height: 1, pixels: [1, 2, 3, 4, 5, 6])
    XCTAssertEqual(picture.swappingRedAndBlue().pixels, [3, 2, 1, 6, 5, 4])
    XCTAssertEqual(Image(Tensor(picture).swappingRedAndBlue()), picture.swappingRedAndBlue())
    let grey = Image(width: 2, height: 1, channels: 1, pixels: [1, 2])
    XCTAssertEqual(grey.swappingRedAndBlue(), grey)
  }
}
