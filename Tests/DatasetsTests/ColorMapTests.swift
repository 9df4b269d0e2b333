import Engine
import Foundation
import Images
import XCTest

final class ColorMapTests: XCTestCase {
  /// CIE lightness, from 0 to 100, of sRGB.
  private func lightness(_ color: (red: UInt8, green: UInt8, blue: UInt8)) -> Double {
    func linear(_ byte: UInt8) -> Double {
      let value = Double(byte) / 255
      return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
    }
    let y = 0.2126 * linear(color.red) + 0.7152 * linear(color.green) + 0.0722 * linear(color.blue)
    return y > 216.0 / 24389 ? 116 * cbrt(y) - 16 : y * 24389 / 27
  }

  /// Every tenth step is lighter than the one before, by another definition of lightness than that the map is made by, and the
  /// whole span is used.
  func testLightnessGrows() {
    let steps = stride(from: 0, through: 250, by: 10).map { lightness(ColorMap.color(of: Float($0) / 255)) }
    for (before, after) in zip(steps, steps.dropFirst()) {
      XCTAssertGreaterThan(after - before, 1)
      XCTAssertLessThan(after - before, 7)
    }
    XCTAssertLessThan(steps[0], 8)
    XCTAssertGreaterThan(lightness(ColorMap.color(of: 1)), 92)
  }

  func testWhatLiesOutside() {
    XCTAssertTrue(ColorMap.color(of: -3) == ColorMap.color(of: 0))
    XCTAssertTrue(ColorMap.color(of: .nan) == ColorMap.color(of: 0))
    XCTAssertTrue(ColorMap.color(of: .infinity) == ColorMap.color(of: 1))
    let map = ColorMap.image(of: Tensor([-1, 0, 1, 5, 2, 3], shape: [2, 3]), range: 0...2)
    XCTAssertEqual([map.width, map.height, map.channels], [3, 2, 3])
    let colors = [0, 0, 0.5, 1, 1, 1].map { ColorMap.color(of: $0) }
    XCTAssertEqual(map.pixels, colors.flatMap { [$0.red, $0.green, $0.blue] })
  }

  func testContactSheet() {
    let pictures = (0..<5).map { Image(width: 2, height: 1, channels: 1, repeating: UInt8($0 * 10)) }
    let sheet = Image(sheetOf: pictures, columns: 3, gap: 1, background: 255)
    XCTAssertEqual(
      sheet.pixels,
      [
        [255, 255, 255, 255, 255, 255, 255, 255, 255, 255], [255, 0, 0, 255, 10, 10, 255, 20, 20, 255],
        [255, 255, 255, 255, 255, 255, 255, 255, 255, 255], [255, 30, 30, 255, 40, 40, 255, 255, 255, 255],
        [255, 255, 255, 255, 255, 255, 255, 255, 255, 255],
      ].flatMap { $0 })
    XCTAssertEqual(
      Image(width: 2, height: 1, channels: 1, pixels: [7, 9]).magnified(by: 2).pixels,
      [7, 7, 9, 9, 7, 7, 9, 9])
  }
}
