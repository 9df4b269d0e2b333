import Datasets
import Engine
import Foundation
import XCTest

/// Pictures that a loader decodes at a part of their scale: the same pieces come to the same places.
final class ScaledLoadingTests: XCTestCase {
  /// Red tells the column and green the row, so that a picture that has moved by a pixel has moved by 1 in a mean.
  private static let ramp = Image(
    width: 203, height: 149,
    pixels: (0..<203 * 149).flatMap { (pixel: Int) -> [UInt8] in
      [UInt8(pixel % 203), UInt8(pixel / 203), 128]
    })

  /// The JPEG with an EXIF tag behind its first marker.
  private static func jpeg(orientation: Int) -> Data {
    let tiff: [UInt8] =
      Array("MM".utf8) + [0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, UInt8(orientation), 0, 0]
      + [0, 0, 0, 0]
    let content = Array("Exif\0\0".utf8) + tiff
    let plain = ramp.jpegData(quality: 95)
    return plain.prefix(2) + Data([0xFF, 0xE1, 0, UInt8(content.count + 2)] + content) + plain.dropFirst(2)
  }

  private func picture(_ orientation: Int = 1) throws -> EncodedPicture {
    try EncodedPicture(Self.jpeg(orientation: orientation), name: "ramp", orientation: .upright)
  }

  private func whole(_ orientation: Int = 1) throws -> Image {
    try Image(decoding: Self.jpeg(orientation: orientation), name: "ramp", orientation: .upright)
  }

  /// Within 5 everywhere and within 0.25 in the mean with its sign, which a quarter of a pixel of the whole picture would be; and
  /// not the same bits.
  private func assertSamePlace(
    _ found: Image, _ expected: Image, _ label: String, file: StaticString = #filePath, line: UInt = #line
  ) {
    guard found.size == expected.size, found.channels == expected.channels else {
      return XCTFail("\(label): \(found.size), expected \(expected.size)", file: file, line: line)
    }
    XCTAssertNotEqual(found.pixels, expected.pixels, label, file: file, line: line)
    for channel in 0..<found.channels {
      let differences = stride(from: channel, to: found.pixels.count, by: found.channels).map {
        Double(found.pixels[$0]) - Double(expected.pixels[$0])
      }
      let mean = differences.reduce(0, +) / Double(differences.count)
      // JPEG's own rounding of colours is a part of it; of half a pixel's move it would be 0.5.
      XCTAssertLessThan(abs(mean), 0.4, "\(label), channel \(channel)", file: file, line: line)
      let most = differences.map(abs).max()!
      XCTAssertLessThanOrEqual(most, 5, "\(label), channel \(channel)", file: file, line: line)
    }
  }

  private func both(
    _ changes: [GeometricChange], orientation: Int = 1
  ) throws -> (found: Image, expected: Image) {
    let pipeline = Pipeline<Int>(
      Augmentation("changes", drawing: { _, _ in changes }), preprocessing: .plain(channels: 3))
    var generator = RandomStream(seed: 3)
    let found = try pipeline(picture(orientation), 0, &generator).image
    return (found, try whole(orientation).transformed(by: changes))
  }

  func testPiecesFlipsAndResizes() throws {
    func region(_ x: Int, _ y: Int, _ width: Int, _ height: Int) -> GeometricChange {
      .crop(Image.Region(x: x, y: y, width: width, height: height))
    }
    func resize(_ width: Int, _ height: Int, _ interpolation: Interpolation = .bilinear) -> GeometricChange {
      .resize(Image.Size(width: width, height: height), interpolation)
    }
    for changes in [
      [resize(50, 37)], [resize(25, 18)], [resize(40, 37, .bicubic)], [resize(90, 70)],
      [region(31, 17, 120, 101), resize(25, 21)], [region(83, 49, 120, 100), resize(60, 50)],
      [.horizontalFlip, region(31, 17, 120, 101), resize(25, 21), .verticalFlip],
      [.verticalFlip, .horizontalFlip, region(0, 0, 203, 148), region(3, 2, 121, 102), resize(30, 25)],
      [region(9, 9, 130, 130), .horizontalFlip, region(1, 30, 100, 90), resize(20, 20)],
      [resize(50, 37), region(3, 2, 20, 21)], [resize(50, 37), region(-3, 30, 20, 21)],
      [resize(50, 37), .rotation(degrees: 30)],
    ] as [[GeometricChange]] {
      let (found, expected) = try both(changes)
      assertSamePlace(found, expected, "\(changes)")
    }
  }

  /// What no divisor divides lies at another side of a picture that was turned upright.
  func testEveryOrientation() throws {
    let piece = GeometricChange.crop(Image.Region(x: 20, y: 11, width: 110, height: 121))
    for orientation in 1...8 {
      let size = orientation >= 5 ? Image.Size(width: 149, height: 203) : Self.ramp.size
      XCTAssertEqual(try picture(orientation).size, size)
      let small = GeometricChange.resize(Image.Size(width: size.width / 8, height: size.height / 8))
      for changes in [[small], [piece, .resize(Image.Size(width: 27, height: 29))]] as [[GeometricChange]] {
        let (found, expected) = try both(changes, orientation: orientation)
        assertSamePlace(found, expected, "\(orientation), \(changes)")
      }
    }
  }

  /// Random choices are those of the whole picture, and what follows finds the generator where it would be.
  func testTheSameRandomPieces() throws {
    let augmentation = Augmentation.sequence([
      .horizontalFlip(), .randomResizedCrop(24, scale: 0.4...1), .verticalFlip(), .lighting(),
    ])
    let pipeline = Pipeline<[LabelledBox]>(
      [
        .init(augmentation),
        .init("count") { example, generator in
          var example = example
          example.target.append(
            LabelledBox(
              BoundingBox(left: 0, top: 0, right: 1, bottom: 1), label: generator.next() % 2 == 0 ? 7 : 8))
          return example
        },
      ], preprocessing: Preprocessing.plain(channels: 3))
    let boxes = [
      LabelledBox(BoundingBox(left: 20, top: 30, right: 150, bottom: 130), label: 2),
      LabelledBox(BoundingBox(left: 1, top: 2, right: 202, bottom: 148), label: 3),
    ]
    for seed in 0..<24 as Range<UInt64> {
      var (a, b) = (RandomStream(seed: seed), RandomStream(seed: seed))
      let found = try pipeline(picture(), boxes, &a)
      let expected = try pipeline(Example(image: whole(), target: boxes), &b)
      assertSamePlace(found.image, expected.image, "seed \(seed)")
      XCTAssertEqual(found.target, expected.target, "boxes follow the whole picture")
      XCTAssertEqual(a.next(), b.next())
    }
  }

  /// Bits are those of ever where all of the picture is decoded.
  func testWhatIsDecodedWhole() throws {
    let crop = Augmentation.randomResizedCrop(24)
    let preprocessing = Preprocessing(resize: .shorterSide(20), crop: 16)
    let step = Pipeline<Int>.Step("own") { example, _ in example }
    for (name, pipeline) in [
      (
        "colours first",
        Pipeline([.init(.colorJitter(brightness: 0.5)), .init(crop)], preprocessing: .review)
      ),
      ("a choice", Pipeline([.init(.oneOf([crop, .none]))], preprocessing: preprocessing)),
      ("a chance", Pipeline([.init(.randomApply(crop, probability: 1))], preprocessing: preprocessing)),
      ("a function", Pipeline([step], preprocessing: preprocessing)),
      (
        "rotation first", Pipeline([.init(.rotation(degrees: 9)), .init(crop)], preprocessing: preprocessing)
      ),
      ("as it is", Pipeline(preprocessing: .plain(channels: 1))),
      ("larger", Pipeline(preprocessing: .torchvision)),
      ("hardly smaller", Pipeline(preprocessing: Preprocessing(resize: .shorterSide(75), crop: 70))),
    ] as [(String, Pipeline<Int>)] {
      var (a, b) = (RandomStream(seed: 5), RandomStream(seed: 5))
      let expected = try pipeline(Example(image: whole(), label: 1), &a)
      XCTAssertEqual(try pipeline(picture(), 1, &b), expected, name)
      XCTAssertEqual(a.next(), b.next(), name)
    }
  }

  // MARK: Data sets

  private func folder() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    let small = Self.ramp.cropped(x: 30, y: 30, width: 40, height: 38)
    for part in ["train", "val"] {
      try folder.write("\(part)/cat/0.jpg", Self.ramp.jpegData(quality: 95))
      try folder.write("\(part)/cat/1.png", Self.ramp.pngData())
      try folder.write("\(part)/dog/2.jpg", small.jpegData(quality: 95))
      try folder.write("\(part)/dog/3.jpg", Self.jpeg(orientation: 6))
    }
    return folder
  }

  private func pictures(_ data: any Dataset<Int>, workers: Int) throws -> [[Float]] {
    let loader = DataLoader(
      data, preprocessing: Preprocessing(resize: .shorterSide(36), crop: 32), augmentation: .horizontalFlip(),
      batchSize: 1, seed: 4, shuffles: false, workers: workers)
    return try loader.epoch(0).map { try $0.get().images.scalars }
  }

  func testALoaderDecodesLargeJPEGsSmaller() throws {
    let folder = try folder()
    let train = folder.url.appendingPathComponent("train")
    let plain = try FolderDataset(train)
    let scaled = try FolderDataset(train, scaledDecoding: true)
    XCTAssertTrue(scaled.scaledDecoding && !plain.scaledDecoding)
    let expected = try pictures(plain, workers: 1)
    let found = try pictures(scaled, workers: 1)
    // The first and the last are large JPEGs; the PNG and the small one keep their bits.
    XCTAssertEqual((0..<4).map { found[$0] == expected[$0] }, [false, true, true, false])
    for (a, b) in zip(found, expected) {
      // In units of the deviation: 0.1 is about 6 of 255.
      XCTAssertLessThan(zip(a, b).map { abs($0 - $1) }.max()!, 0.1)
    }
    for workers in [2, 4] { XCTAssertEqual(try pictures(scaled, workers: workers), found) }
    // The whole picture to whom it asks for it.
    XCTAssertEqual(try scaled.example(at: 0), try plain.example(at: 0))
  }

  func testDataSetsThatAreMadeOfOthers() throws {
    let folder = try folder()
    var options = DataOptions()
    options.scaledDecoding = true
    options.skipsBroken = true
    try folder.write("train/dog/4.jpg", Data("no picture".utf8))
    let source = try DataSource<Int>.open(folder.path, options)
    XCTAssertTrue(source.train is Subset<Int>)
    let relabelled = RelabelledDataset(source.validation, classNames: ["bird", "dog", "cat"])
    for data in [source.train, source.validation, relabelled] as [any Dataset<Int>] {
      XCTAssertEqual(
        try (0..<4).map { try data.encodedPicture(at: $0)?.size?.width }, [203, nil, 40, 203])
    }
    options.scaledDecoding = nil
    let plain = try DataSource<Int>.open(folder.path, options)
    XCTAssertNil(try plain.train.encodedPicture(at: 0))
    let (train, validation) = try FolderDataset.split(
      folder.url, orientation: .upright, scaledDecoding: true)
    XCTAssertEqual(try train.encodedPicture(at: 3)?.size, Image.Size(width: 149, height: 203))
    XCTAssertTrue(validation.scaledDecoding)
  }

  func testErrorsNameTheFile() throws {
    let folder = try folder()
    let cut = try folder.write("train/cat/00.jpg", Self.ramp.jpegData(quality: 95).dropLast(900))
    let data = try FolderDataset(folder.url.appendingPathComponent("train"), scaledDecoding: true)
    XCTAssertThrowsError(try pictures(data, workers: 2)) { error in
      XCTAssertEqual(error as? ImageError, .truncated(file: cut.path))
    }
    let accepting = try FolderDataset(
      folder.url.appendingPathComponent("train"), acceptsTruncated: true, scaledDecoding: true)
    XCTAssertEqual(try pictures(accepting, workers: 2).count, 5)
  }

  /// Options of an earlier version lack it.
  func testOptionsAsTheyAreKept() throws {
    let earlier = Data(
      #"{"orientation":"upright","acceptsTruncated":true,"skipsBroken":false,"seed":3}"#.utf8)
    var options = try JSONDecoder().decode(DataOptions.self, from: earlier)
    XCTAssertNil(options.scaledDecoding)
    let before = options
    options.scaledDecoding = false
    XCTAssertEqual(options.differences(from: before), [])
    options.scaledDecoding = true
    XCTAssertEqual(options.differences(from: before), ["scaledDecoding"])
    XCTAssertEqual(
      try JSONDecoder().decode(DataOptions.self, from: JSONEncoder().encode(options)), options)
  }
}
