import Datasets
import XCTest

final class ToneAdjustmentTests: XCTestCase {
  /// Pillow leaves the lightest tone out of what it spreads over 255 steps: the others have 765 pixels here, so that a step is three.
  func testEqualizingLeavesTheLightestToneOut() {
    let picture = Image(
      width: 40, height: 40, channels: 1,
      pixels: [UInt8](repeating: 5, count: 765) + [UInt8](repeating: 9, count: 835))
    XCTAssertEqual(Set(picture.equalized().pixels), [0, 255])
    XCTAssertEqual(picture.equalized().pixels[764...765], [0, 255])
  }

  /// Where fewer than 255 pixels are darker than the lightest, there is no step: the picture stays.
  func testNothingIsEqualizedWhereTheLightestToneHasNearlyAll() {
    let pixels = [UInt8](repeating: 10, count: 128) + [UInt8](repeating: 200, count: 128)
    let picture = Image(width: 16, height: 16, channels: 1, pixels: pixels)
    XCTAssertEqual(picture.equalized().pixels, pixels)
  }
}
