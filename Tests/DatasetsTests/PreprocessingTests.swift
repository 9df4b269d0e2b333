import CImageShim
import Datasets
import Engine
import Foundation
import XCTest

final class PreprocessingTests: XCTestCase {
  func testPresetsEqualTorchvisionToTheLastBit() throws {
    let source = try Fixtures.image("resize_source.png")
    let imageNet = Preprocessing(resize: .shorterSide(40), crop: 32)
    let half = Preprocessing(
      resize: .exact(width: 24, height: 24), mean: [0.5, 0.5, 0.5], standardDeviation: [0.5, 0.5, 0.5])
    for (name, preprocessing, extent) in [("imagenet_40_32", imageNet, 32), ("half_24", half, 24)] {
      let expected = try Fixtures.floats("preprocessed_\(name).f32")
      let tensor = preprocessing(source)
      XCTAssertEqual(tensor.shape, [extent, extent, 3])
      XCTAssertEqual(preprocessing.outputShape, tensor.shape)
      XCTAssertEqual(tensor.scalars.count, expected.count)
      for (index, (value, wanted)) in zip(tensor.scalars, expected).enumerated() {
        XCTAssertEqual(value, wanted, "\(name), element \(index)")
      }
      let batch = preprocessing([source, source.flippedHorizontally()])
      XCTAssertEqual(batch.shape, [2, extent, extent, 3])
      XCTAssertEqual(Array(batch.scalars.prefix(expected.count)), expected)
    }
  }

  func testPhotographsEqualPillow() throws {
    struct Golden: Decodable {
      let width, height: Int
      let decoded, torchvision, review, bicubic: UInt32
    }
    let folder = try Fixtures.shared("pictures")
    let goldens = try JSONDecoder().decode(
      [String: Golden].self, from: Data(contentsOf: Fixtures.url("photographs.json")))
    XCTAssertEqual(goldens.count, 7)
    for (name, golden) in goldens {
      let image = try Image(contentsOf: folder.appendingPathComponent(name))
      XCTAssertEqual([image.width, image.height], [golden.width, golden.height], name)
      XCTAssertEqual(checksum(image), golden.decoded, "\(name) decoded")
      XCTAssertEqual(
        checksum(Preprocessing.torchvision.prepared(image)), golden.torchvision, "\(name) torchvision")
      XCTAssertEqual(checksum(Preprocessing.review.prepared(image)), golden.review, "\(name) review")
      let bicubic = image.resized(width: 224, height: 224, interpolation: .bicubic)
      XCTAssertEqual(checksum(bicubic), golden.bicubic, "\(name) bicubic")
    }
  }

  private func checksum(_ image: Image) -> UInt32 {
    UInt32(crc32(0, image.pixels, UInt32(image.pixels.count)))
  }

  func testGreyAndColourAreConverted() throws {
    let source = try Fixtures.image("resize_source.png")
    assertSamePixels(
      source.converted(toChannels: 1).converted(toChannels: 3), try Fixtures.golden("luma"), "luma")
    let grey = Preprocessing(resize: .none, mean: [0.25], standardDeviation: [0.5])
    let tensor = grey(Image(width: 2, height: 1, channels: 1, pixels: [0, 255]))
    XCTAssertEqual(tensor.shape, [1, 2, 1])
    XCTAssertEqual(tensor.scalars, [-0.5, 1.5])
    let colour = Preprocessing.plain(channels: 3)(Image(width: 1, height: 1, channels: 1, pixels: [51]))
    XCTAssertEqual(colour.scalars, [0.2, 0.2, 0.2])
    XCTAssertNil(grey.outputShape)
  }

  /// A stripe's longer side would be millions of pixels long: only the part that is kept may be computed.
  func testPicturesOfExtremeShape() {
    let stripe = Image(width: 1, height: 60_000, repeating: 77)
    for image in [stripe, stripe.rotated(quarterTurns: 1)] {
      let prepared = Preprocessing.torchvision.prepared(image)
      XCTAssertEqual(prepared, Image(width: 224, height: 224, repeating: 77))
    }
  }

  func testCroppedResizeEqualsResizeThenCrop() throws {
    let source = try Fixtures.image("resize_source.png")
    for (resize, crop) in [(13, 9), (40, 33), (47, 47), (90, 71), (20, 24), (47, 60)] {
      for picture in [source, source.rotated(quarterTurns: 1), source.converted(toChannels: 1)] {
        let preprocessing = Preprocessing(resize: .shorterSide(resize), crop: crop, interpolation: .bicubic)
        let expected = picture.resized(shorterSide: resize, interpolation: .bicubic)
          .centerCropped(width: crop, height: crop).converted(toChannels: 3)
        assertSamePixels(preprocessing.prepared(picture), expected, "\(resize) to \(crop)")
      }
    }
  }

  func testPresetsHaveNamesAndSurviveJSON() throws {
    for (name, preset) in Preprocessing.presets {
      XCTAssertEqual(Preprocessing.preset(named: name), preset)
      let decoded = try JSONDecoder().decode(Preprocessing.self, from: JSONEncoder().encode(preset))
      XCTAssertEqual(decoded, preset)
    }
    XCTAssertNil(Preprocessing.preset(named: "no such preset"))
  }
}
