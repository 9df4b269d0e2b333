import Datasets
import Engine
import Foundation
import TestSupport
import XCTest

/// Corruptions and views against NumPy, SciPy, Pillow and torchvision (scripts/goldens/topics/evaluation.py).
final class CorruptionTests: XCTestCase {
  private func decode<T: Decodable>(_ type: T.Type, _ name: String) throws -> T {
    let url = try XCTUnwrap(
      Bundle.module.url(forResource: name, withExtension: "json", subdirectory: "Fixtures"))
    return try JSONDecoder().decode(type, from: Data(contentsOf: url))
  }

  /// The topic's picture: squares of 8×8 pixels of one colour with a little noise.
  private func picture(_ label: String, width: Int, height: Int, channels: Int) -> Image {
    let (colours, noise) = (CounterGenerator(label), CounterGenerator(label + ".noise"))
    let columns = (width + 7) / 8
    return Image(
      width: width, height: height, channels: channels,
      pixels: (0..<width * height * channels).map { place in
        let (channel, x, y) = (place % channels, place / channels % width, place / channels / width)
        let square = Int(colours[((y / 8) * columns + x / 8) * channels + channel] >> 56)
        return UInt8(square * 7 / 8 + Int(noise[place] >> 61) * 4)
      })
  }

  private struct Views: Decodable {
    let width, height, side: Int
    let crops: [[UInt8]]
  }

  func testTenCropsAreTorchvisions() throws {
    for golden in try decode([Views].self, "views") {
      let picture = picture("views", width: golden.width, height: golden.height, channels: 3)
      let crops = picture.tenCrops(golden.side)
      XCTAssertEqual(crops.map(\.pixels), golden.crops)
      XCTAssertEqual(golden.crops.count, 10)
      let preprocessing = Preprocessing(resize: .none, crop: golden.side)
      let views = TestViews(tenCrop: true)
      XCTAssertEqual(views.prepared(picture, by: preprocessing), crops)
      XCTAssertEqual(views.stacked(picture, by: preprocessing).pixels, golden.crops.flatMap { $0 })
      XCTAssertEqual(crops[views.middle], preprocessing.prepared(picture))
    }
  }

  /// Scales one after another, each the preprocessing with another resize.
  func testScales() throws {
    let picture = picture("views", width: 50, height: 40, channels: 3)
    let preprocessing = Preprocessing(resize: .shorterSide(24), crop: 20)
    let views = TestViews(scales: [20, 30])
    XCTAssertEqual(views.count, 2)
    let expected = [20, 30].map { Preprocessing(resize: .shorterSide($0), crop: 20).prepared(picture) }
    XCTAssertEqual(views.prepared(picture, by: preprocessing), expected)
    let both = TestViews(scales: [20, 30], tenCrop: true)
    XCTAssertEqual(both.count, 20)
    let crops = both.prepared(picture, by: preprocessing)
    XCTAssertEqual([crops[4], crops[14]], expected)
    XCTAssertEqual(Set(crops.map(\.size)).count, 1)
    XCTAssertEqual(TestViews.single.prepared(picture, by: preprocessing), [preprocessing.prepared(picture)])

    XCTAssertNil(views.fault(for: preprocessing))
    XCTAssertNil(TestViews.single.fault(for: Preprocessing(resize: .exact(width: 32, height: 32))))
    XCTAssertEqual(
      TestViews(tenCrop: true).fault(for: Preprocessing(resize: .exact(width: 32, height: 32))),
      "need a crop, and the preprocessing has none")
    XCTAssertEqual(
      TestViews(scales: [24, 16]).fault(for: preprocessing),
      "need a crop of 20 pixels, which a shorter side of 16 does not hold")
    XCTAssertNotNil(
      TestViews(tenCrop: true).fault(for: Preprocessing(resize: .shorterSide(16), crop: 20)))
  }

  private struct Corrupted: Decodable {
    let corruption: Corruption
    let width, height, channels: Int
    let parameter: Double
    let pixels: [UInt8]
  }

  /// JPEG and pixelation bit for bit. The others are computed in double precision and rounded towards 0, where the last bit may
  /// make a step of 1: of one sample in fifty at most.
  func testCorruptionsAreTheAuthors() throws {
    let goldens = try decode([Corrupted].self, "corruptions")
    XCTAssertEqual(Set(goldens.map(\.corruption)), Set(Corruption.allCases))
    XCTAssertEqual(goldens.count, 26)
    for golden in goldens {
      let source = picture(
        "corruption", width: golden.width, height: golden.height, channels: golden.channels)
      let noise = CounterGenerator("corruption")
      let result =
        switch golden.corruption {
        case .gaussianNoise:
          source.addingNoise(deviation: golden.parameter) { Double(noise.uniform($0)) * 4 - 2 }
        case .gaussianBlur: source.blurred(deviation: golden.parameter)
        case .brightness: source.brightened(by: golden.parameter)
        case .contrast: source.withContrast(golden.parameter)
        case .jpeg: source.compressed(quality: Int(golden.parameter))
        case .pixelation: source.pixelated(by: golden.parameter)
        }
      XCTAssertEqual(result.size, source.size)
      XCTAssertEqual(result.channels, source.channels)
      let message = "\(golden.corruption) \(golden.parameter), \(golden.channels) channels"
      if [.jpeg, .pixelation].contains(golden.corruption) {
        XCTAssertEqual(result.pixels, golden.pixels, message)
      } else {
        let steps = zip(result.pixels, golden.pixels).map { abs(Int($0) - Int($1)) }
        XCTAssertLessThanOrEqual(steps.max()!, 1, message)
        XCTAssertLessThanOrEqual(steps.count { $0 > 0 } * 50, steps.count, message)
      }
      XCTAssertNotEqual(result.pixels, source.pixels, message)
    }
  }

  /// Every strength changes more than the one before, and the generator alone decides on the noise.
  func testStrengths() {
    for (width, height) in [(120, 113), (80, 72), (40, 70)] {
      let source = picture("strengths", width: width, height: height, channels: 3)
      for corruption in Corruption.allCases {
        let parameters = corruption.parameters(shorterSide: min(width, height))
        XCTAssertEqual(parameters.count, Corruption.severities)
        let distances = (1...5).map { severity -> Int in
          var generator = RandomStream(seed: 3)
          let result = corruption(source, severity: severity, &generator)
          return zip(result.pixels, source.pixels).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
        }
        XCTAssertGreaterThan(distances[0], 0, corruption.name)
        // Pixelation depends on where blocks fall as well.
        if corruption != .pixelation {
          XCTAssertEqual(distances, distances.sorted(), "\(corruption.name) \(distances)")
          XCTAssertLessThan(distances[0], distances[4], corruption.name)
        }
      }
      func noisy(_ seed: UInt64) -> Image {
        var generator = RandomStream(seed: seed)
        return Corruption.gaussianNoise(source, severity: 2, &generator)
      }
      XCTAssertEqual(noisy(1), noisy(1))
      XCTAssertNotEqual(noisy(1), noisy(2))
    }
  }

  /// As `make_cifar_c.py`, `make_tinyimagenet_c.py` and `make_imagenet_c.py` of github.com/hendrycks/robustness have them.
  func testStrengthsAreTheAuthors() {
    let expected: [(Corruption, cifar: [Double], tiny: [Double], imageNet: [Double])] = [
      (
        .gaussianNoise, [0.04, 0.06, 0.08, 0.09, 0.1], [0.04, 0.08, 0.12, 0.15, 0.18],
        [0.08, 0.12, 0.18, 0.26, 0.38]
      ),
      (.gaussianBlur, [0.4, 0.6, 0.7, 0.8, 1], [0.5, 0.75, 1, 1.25, 1.5], [1, 2, 3, 4, 6]),
      (.brightness, [0.05, 0.1, 0.15, 0.2, 0.3], [0.1, 0.2, 0.3, 0.4, 0.5], [0.1, 0.2, 0.3, 0.4, 0.5]),
      (.contrast, [0.75, 0.5, 0.4, 0.3, 0.15], [0.4, 0.3, 0.2, 0.1, 0.05], [0.4, 0.3, 0.2, 0.1, 0.05]),
      (.jpeg, [80, 65, 58, 50, 40], [65, 58, 50, 40, 25], [25, 18, 15, 10, 7]),
      (.pixelation, [0.95, 0.9, 0.85, 0.75, 0.65], [0.9, 0.8, 0.7, 0.6, 0.5], [0.6, 0.5, 0.4, 0.3, 0.25]),
    ]
    XCTAssertEqual(expected.map(\.0), Corruption.allCases)
    for (corruption, cifar, tiny, imageNet) in expected {
      for side in [28, 32, 48] { XCTAssertEqual(corruption.parameters(shorterSide: side), cifar) }
      for side in [49, 64, 112] { XCTAssertEqual(corruption.parameters(shorterSide: side), tiny) }
      for side in [113, 224, 500] { XCTAssertEqual(corruption.parameters(shorterSide: side), imageNet) }
    }
  }

  func testCovering() {
    let source = Image(width: 3, height: 2, channels: 1, pixels: [1, 2, 3, 4, 5, 6])
    XCTAssertEqual(
      source.covered(Image.Region(x: 1, y: 0, width: 2, height: 1), by: 128).pixels, [1, 128, 128, 4, 5, 6])
    XCTAssertEqual(source.covered(Image.Region(x: 1, y: 0, width: 0, height: 1), by: 128), source)
  }

  /// JPEG of grey and of colour, good quality near the picture.
  func testJPEGFiles() throws {
    for channels in [1, 3] {
      let source = Image(
        width: 32, height: 16, channels: channels,
        pixels: (0..<32 * 16 * channels).map { UInt8(60 + $0 / channels % 32 * 4) })
      let back = try Image(decoding: source.jpegData(quality: 95), name: "a.jpg").converted(
        toChannels: channels)
      XCTAssertEqual(back.size, source.size)
      for (a, b) in zip(back.pixels, source.pixels) { XCTAssertEqual(Int(a), Int(b), accuracy: 3) }
      XCTAssertLessThan(source.jpegData(quality: 5).count, source.jpegData(quality: 95).count)
    }
  }
}
