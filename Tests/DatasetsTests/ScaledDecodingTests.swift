import Datasets
import Engine
import Foundation
import XCTest

/// JPEGs decoded at ½, ¼ and ⅛ of their scale: the decoder, and the choice of the scale.
final class ScaledDecodingTests: XCTestCase {
  private typealias Scale = EncodedPicture.Scale

  /// By a picture's name: what Pillow makes of it, by the divisor of its scale and by the resize of the whole.
  private struct Golden: Decodable {
    struct Resized: Decodable {
      /// The piece that is resized, and the size that it gets.
      let x, y, width, height, toWidth, toHeight: Int
      let flipped: Bool
      /// What the picture's is divided by.
      let scale: Int
      let pixels: String
    }

    let reduced: [String: String]
    let resized: [Resized]
  }

  private func goldens() throws -> [String: Golden] {
    try JSONDecoder().decode(
      [String: Golden].self, from: Data(contentsOf: Fixtures.url("scaled_decoding.json")))
  }

  private func image(_ base64: String, _ size: Image.Size) throws -> Image {
    let data = try XCTUnwrap(Data(base64Encoded: base64))
    return Image(width: size.width, height: size.height, pixels: Array(data))
  }

  private func encoded(_ name: String, acceptsTruncated: Bool = false) throws -> EncodedPicture {
    try EncodedPicture(
      Data(contentsOf: Fixtures.url(name)), name: name, acceptsTruncated: acceptsTruncated)
  }

  /// Colour of every sampling, grey, CMYK, progressive, and one that ends early, bit for bit.
  func testEveryScaleEqualsPillowsDraft() throws {
    let goldens = try goldens()
    XCTAssertGreaterThanOrEqual(goldens.count, 12)
    for (name, golden) in goldens {
      let picture = try encoded(name, acceptsTruncated: name.hasPrefix("early"))
      let whole = try XCTUnwrap(picture.size, name)
      XCTAssertEqual(golden.reduced.keys.sorted(), ["2", "4", "8"])
      for scale in Scale.allCases.dropFirst() {
        // Rounded up: the sides of these pictures are odd.
        let divisor = scale.rawValue
        let size = Image.Size(
          width: (whole.width + divisor - 1) / divisor, height: (whole.height + divisor - 1) / divisor)
        let expected = try image(XCTUnwrap(golden.reduced["\(divisor)"]), size)
        assertSamePixels(try picture.decoded(at: scale), expected, "\(name), \(scale)")
      }
      let plain = try Image(
        contentsOf: Fixtures.url(name), acceptsTruncated: name.hasPrefix("early"))
      assertSamePixels(try picture.decoded(), plain, name)
      XCTAssertEqual(plain.size, whole)
    }
  }

  /// Pieces of the whole picture, resized by Pillow from its draft with a box in parts of pixels.
  func testResizesOfPiecesEqualPillows() throws {
    var count = 0
    for (name, golden) in try goldens() {
      for piece in golden.resized {
        let region = Image.Region(x: piece.x, y: piece.y, width: piece.width, height: piece.height)
        let size = Image.Size(width: piece.toWidth, height: piece.toHeight)
        let changes: [GeometricChange] =
          (piece.flipped ? [.horizontalFlip] : []) + [.crop(region), .resize(size)]
        let picture = try encoded(name)
        XCTAssertEqual(
          Scale(for: changes, of: try XCTUnwrap(picture.size)).rawValue, piece.scale, name)
        let pipeline = Pipeline<Int>(
          Augmentation("piece", drawing: { _, _ in changes }), preprocessing: .plain(channels: 3))
        var generator = RandomStream(seed: 1)
        let found = try pipeline(picture, 3, &generator)
        XCTAssertEqual(found.label, 3)
        assertSamePixels(found.image, try image(piece.pixels, size), "\(name), \(region)")
        count += 1
      }
    }
    XCTAssertGreaterThanOrEqual(count, 12)
  }

  /// Against the mean of the pixels that become one: within 2 at ⅛, which is the block's mean, and near it at the other scales,
  /// whose filter is another.
  func testNearAreaAveraging() throws {
    let smooth = Image(
      width: 160, height: 96,
      pixels: (0..<160 * 96).flatMap { place -> [UInt8] in
        let (x, y) = (Double(place % 160), Double(place / 160))
        let wave = sin(x / 9) * cos(y / 7)
        return [128 + 90 * wave, 120 + 60 * cos(x / 11), 100 + 50 * sin((x + y) / 13)].map { UInt8($0) }
      })
    let picture = try EncodedPicture(smooth.jpegData(quality: 95), name: "waves")
    let whole = try picture.decoded()
    for (scale, most, mean) in [(.half, 8, 1.0), (.quarter, 8, 1.0), (.eighth, 6, 1.0)]
      as [(Scale, Int, Double)]
    {
      let found = try picture.decoded(at: scale)
      let expected = whole.resized(
        width: 160 / scale.rawValue, height: 96 / scale.rawValue, interpolation: .box)
      XCTAssertEqual(found.size, expected.size)
      let differences = zip(found.pixels, expected.pixels).map { abs(Int($0) - Int($1)) }
      XCTAssertLessThanOrEqual(differences.max()!, most, "\(scale)")
      XCTAssertLessThan(Double(differences.reduce(0, +)) / Double(differences.count), mean, "\(scale)")
    }
  }

  func testTheScaleThatIsChosen() {
    let size = Image.Size(width: 200, height: 150)
    func region(_ x: Int, _ y: Int, _ width: Int, _ height: Int) -> GeometricChange {
      .crop(Image.Region(x: x, y: y, width: width, height: height))
    }
    func resize(_ width: Int, _ height: Int) -> GeometricChange {
      .resize(Image.Size(width: width, height: height))
    }
    let cases: [([GeometricChange], Image.Size, Scale)] = [
      ([resize(100, 75)], size, .half), ([resize(101, 75)], size, .whole), ([resize(100, 76)], size, .whole),
      ([resize(51, 38)], size, .half), ([resize(50, 37)], size, .quarter), ([resize(25, 18)], size, .eighth),
      ([resize(26, 18)], size, .quarter), ([resize(1, 1)], size, .eighth), ([resize(400, 300)], size, .whole),
      // Of a piece the piece's sides count.
      ([region(0, 0, 100, 100), resize(50, 50)], size, .half),
      ([region(100, 50, 100, 100), resize(51, 50)], size, .whole),
      ([region(1, 1, 199, 149), resize(100, 74)], size, .whole),
      ([region(1, 1, 199, 149), region(0, 0, 99, 99), resize(24, 24)], size, .quarter),
      ([.horizontalFlip, region(0, 0, 100, 100), .verticalFlip, resize(25, 25)], size, .quarter),
      // What follows the resize does not matter.
      ([resize(50, 37), .rotation(degrees: 3), resize(3, 3)], size, .quarter),
      ([resize(40, 30), region(-5, -5, 50, 40)], size, .quarter),
      // Nothing, no resize, or something else before it.
      ([], size, .whole), ([.horizontalFlip], size, .whole), ([region(0, 0, 10, 10)], size, .whole),
      ([region(-1, 0, 100, 100), resize(10, 10)], size, .whole),
      ([region(150, 0, 100, 100), resize(10, 10)], size, .whole),
      ([.rotation(degrees: 3), resize(10, 10)], size, .whole),
      ([resize(1, 1)], Image.Size(width: 7, height: 90), .whole),
      ([resize(1, 1)], Image.Size(width: 8, height: 90), .eighth),
    ]
    for (changes, size, expected) in cases {
      XCTAssertEqual(Scale(for: changes, of: size), expected, "\(changes) of \(size)")
    }
    for (side, expected) in [(512, .half), (511, .whole), (1024, .quarter), (2048, .eighth), (9000, .eighth)]
      as [(Int, Scale)]
    {
      let size = Image.Size(width: side * 3 / 2, height: side)
      XCTAssertEqual(
        Scale(for: Preprocessing.torchvision.changes(of: size), of: size), expected, "\(side)")
    }
  }

  /// What is refused whole is refused at every scale, with the same words.
  func testWhatIsRefused() throws {
    for name in ["early_cut.jpg", "early_cut_and_closed.jpg", "early_cut_progressive.jpg"] {
      for scale in Scale.allCases {
        XCTAssertThrowsError(try encoded(name).decoded(at: scale), "\(name), \(scale)") { error in
          XCTAssertEqual(error as? ImageError, .truncated(file: name))
        }
        let picture = try encoded(name, acceptsTruncated: true)
        XCTAssertEqual(try picture.decoded(at: scale).width, scale.side(45))
      }
    }
    XCTAssertThrowsError(try encoded("text.jpg")) { error in
      XCTAssertEqual(error as? ImageError, .notAPicture(file: "text.jpg"))
    }
    let whole = try Data(contentsOf: Fixtures.url("jpeg_420.jpg"))
    for length in stride(from: 3, to: 300, by: 7) {
      let expected = Result { try Image(decoding: whole.prefix(length), name: "cut") }
      let found = Result { try EncodedPicture(whole.prefix(length), name: "cut").decoded(at: .half) }
      XCTAssertThrowsError(try expected.get())
      XCTAssertThrowsError(try found.get(), "\(length)")
    }
  }

  /// Other formats have one scale.
  func testOtherFormatsAreDecodedWhole() throws {
    for name in ["png_rgb_8.png", "webp_lossy.webp", "gif_colours.gif", "bmp_24.bmp"] {
      let picture = try encoded(name)
      XCTAssertNil(picture.size, name)
      XCTAssertEqual(try picture.decoded(), try Fixtures.image(name))
    }
  }

  /// Damaged files and files of any length are refused or decoded; none ends the process.
  func testDamagedFiles() throws {
    for name in ["jpeg_progressive_420.jpg", "jpeg_ycck_420.jpg", "jpeg_sampling_mixed.jpg"] {
      let whole = try Data(contentsOf: Fixtures.url(name))
      for position in stride(from: 2, to: whole.count, by: max(1, whole.count / 60)) {
        var damaged = whole
        damaged[position] ^= UInt8(1 << (position % 8)) | 0x10
        for scale in Scale.allCases {
          guard
            let picture = try? EncodedPicture(
              damaged, name: name, orientation: .upright, acceptsTruncated: true), picture.size != nil
          else { continue }
          _ = try? picture.decoded(at: scale)
        }
      }
    }
  }
}
