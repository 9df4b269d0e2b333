import Datasets
import Foundation
import XCTest

final class IDXTests: XCTestCase {
  private var folder = URL(fileURLWithPath: "/")

  override func setUpWithError() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("idx-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  override func tearDownWithError() throws { try FileManager.default.removeItem(at: folder) }

  private func idx(_ dimensions: [UInt32], _ bytes: [UInt8], type: UInt8 = 8) -> Data {
    var data = Data([0, 0, type, UInt8(dimensions.count)])
    for extent in dimensions { withUnsafeBytes(of: extent.bigEndian) { data.append(contentsOf: $0) } }
    return data + bytes
  }

  private func write(_ data: Data, _ name: String) throws -> URL {
    let url = folder.appendingPathComponent(name)
    try data.write(to: url)
    return url
  }

  private let pixels = (0..<24).map { UInt8($0 * 10) }

  func testPlainAndGzippedAreRead() throws {
    for pack in [{ $0 }, gzip] as [(Data) -> Data] {
      let images = try write(pack(idx([4, 2, 3], pixels)), "images")
      let labels = try write(pack(idx([4], [2, 0, 1, 2])), "labels")
      let dataset = try InMemoryDataset(images: images, labels: labels)
      XCTAssertEqual(dataset.count, 4)
      XCTAssertEqual(dataset.classNames, ["0", "1", "2"])
      XCTAssertEqual([dataset.width, dataset.height, dataset.channels], [3, 2, 1])
      XCTAssertEqual(dataset.example(at: 1).image.pixels, Array(pixels[6..<12]))
      XCTAssertEqual((0..<4).map { dataset.target(at: $0) }, [2, 0, 1, 2])
    }
  }

  func testCorruptFilesAreRefusedByName() throws {
    let labels = try write(idx([4], [2, 0, 1, 2]), "labels")
    let good = idx([4, 2, 3], pixels)
    let packed = gzip(good)
    var damaged = packed
    damaged[damaged.count / 2] ^= 0x55
    let huge: UInt32 = 0xFFFF_FFFF
    let cases: [(String, Data)] = [
      ("empty", Data()), ("magic", Data("text, not numbers".utf8)),
      ("type", idx([4, 2, 3], pixels, type: 0x0D)),
      ("rank", idx([4, 6], pixels)), ("header", good.prefix(9)), ("short", good.dropLast()),
      ("long", good + [0]),
      ("overflow", idx([huge, huge, huge], pixels)), ("huge", idx([huge, 2, 3], pixels)),
      ("packed huge", gzip(idx([huge, 2, 3], pixels))), ("packed short", gzip(good.dropLast())),
      ("packed long", gzip(good + [0])), ("packed truncated", packed.dropLast(9)),
      ("packed checksum cut", packed.dropLast(4)), ("packed damaged", damaged),
      ("count", idx([3, 2, 3], Array(pixels.prefix(18)))), ("none", idx([4, 0, 3], [])),
    ]
    for (name, data) in cases {
      let images = try write(data, name)
      XCTAssertThrowsError(try InMemoryDataset(images: images, labels: labels), name) { error in
        XCTAssertTrue(error is DatasetError, name)
        XCTAssertTrue("\(error)".contains(folder.path), "\(error)")
      }
    }
    let images = try write(good, "images")
    XCTAssertThrowsError(try InMemoryDataset(images: images, labels: labels, classNames: ["a", "b"])) {
      error in
      XCTAssertEqual("\(error)", "\(labels.path): not a valid IDX file: label 2 is not one of 2 classes")
    }
    XCTAssertThrowsError(try InMemoryDataset(images: folder.appendingPathComponent("x"), labels: labels)) {
      error in
      XCTAssertEqual("\(error)", "\(folder.path)/x: cannot be read: no such file")
    }
  }

  func testDigitsAreTheUCIOnes() throws {
    let digits = try Digits.load()
    XCTAssertEqual(digits.train.count, 1438)
    XCTAssertEqual(digits.test.count, 359)
    XCTAssertEqual((0..<10).map { digits.train.target(at: $0) }, [0, 1, 2, 3, 5, 6, 7, 8, 0, 1])
    XCTAssertEqual(digits.test.target(at: 0), 4)
    // The first row of the first picture is 0 0 5 13 9 1 0 0 of 16.
    let row = digits.train.example(at: 0).image.pixels.prefix(8)
    XCTAssertEqual(Array(row), [0, 0, 5, 13, 9, 1, 0, 0].map { UInt8((Double($0) * 255 / 16).rounded()) })
    let fitted = try Digits.preprocessing.fitted(to: digits.train)
    XCTAssertEqual(fitted.mean[0], Digits.preprocessing.mean[0], accuracy: 1e-4)
    XCTAssertEqual(fitted.standardDeviation[0], Digits.preprocessing.standardDeviation[0], accuracy: 1e-4)
    XCTAssertTrue(Digits.attribution.contains("CC BY 4.0"))
  }

  func testFashionMNISTAsDebianLaysIt() throws {
    guard FileManager.default.fileExists(atPath: FashionMNIST.debianFolder.path) else {
      throw XCTSkip("the package dataset-fashion-mnist is not installed")
    }
    let source = try DataSource.open("fashion-mnist")
    XCTAssertEqual([source.train.count, source.validation.count], [60000, 10000])
    XCTAssertEqual(source.train.classNames[try source.train.target(at: 0)], "Ankle boot")
    var perClass = [Int](repeating: 0, count: 10)
    for index in 0..<source.validation.count { perClass[try source.validation.target(at: index)] += 1 }
    XCTAssertEqual(perClass, [Int](repeating: 1000, count: 10))
    let image = try source.train.example(at: 0).image
    XCTAssertEqual([image.width, image.height, image.channels], [28, 28, 1])
    let known = FashionMNIST.preprocessing
    let fitted = try known.fitted(to: FashionMNIST.load().train)
    XCTAssertEqual(fitted.mean[0], known.mean[0], accuracy: 1e-4)
    XCTAssertEqual(fitted.standardDeviation[0], known.standardDeviation[0], accuracy: 1e-4)
  }
}
