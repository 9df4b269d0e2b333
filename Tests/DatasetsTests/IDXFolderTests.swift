import Datasets
import Foundation
import XCTest

final class IDXFolderTests: XCTestCase {
  private var folder: TemporaryFolder!

  override func setUpWithError() throws { folder = try TemporaryFolder() }
  override func tearDown() { folder = nil }

  private static let usual = [
    "train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte",
  ]

  private func write(
    _ root: String, train: [UInt8], test: [UInt8]?, names: [String] = IDXFolderTests.usual,
    pack: (Data) -> Data = { $0 }
  ) throws {
    for (labels, names) in [(train, names.prefix(2)), (test ?? [], names.suffix(2))] where !labels.isEmpty {
      let pixels = [UInt8](repeating: 7, count: labels.count * 6)
      let count = UInt8(labels.count)
      try folder.write(
        "\(root)/\(names.first!)", pack(Data([0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, 2, 0, 0, 0, 3] + pixels)))
      try folder.write("\(root)/\(names.last!)", pack(Data([0, 0, 8, 1, 0, 0, 0, count] + labels)))
    }
  }

  func testNamesDoNotMatter() throws {
    for (index, names) in [
      Self.usual.map { $0.replacingOccurrences(of: "-idx", with: ".idx") },
      ["emnist-train-pictures", "emnist-train-labels", "emnist-test-pictures", "emnist-test-labels"],
      ["TRAIN.img", "TRAIN.lab", "VAL.img", "VAL.lab"],
    ].enumerated() {
      try write("\(index)", train: [0, 1, 2, 1], test: [2, 0, 1], names: names)
      let source = try DataSource.open(folder.path("\(index)"))
      XCTAssertEqual([source.train.count, source.validation.count], [4, 3], "\(names)")
      XCTAssertEqual(source.validation.classNames, ["0", "1", "2"])
      XCTAssertEqual(source.name, "\(index)")
      XCTAssertTrue(source.findings?.isEmpty ?? false)
    }
  }

  func testAFolderWithFashionInItsNameIsNotFashionMNIST() throws {
    try write("my-fashion-photos", train: [0, 1, 2, 1], test: [2, 0])
    let source = try DataSource.open(folder.path("my-fashion-photos"))
    XCTAssertEqual(source.train.classNames, ["0", "1", "2"])
    XCTAssertNil(source.preprocessing)
  }

  func testEitherPartMayLackTheLastClass() throws {
    for (name, train, test) in [("a", [0, 1, 2], [0, 1]), ("b", [0, 1], [2, 1])]
      as [(String, [UInt8], [UInt8])]
    {
      try write(name, train: train, test: test)
      let source = try DataSource.open(folder.path(name))
      XCTAssertEqual(source.train.classNames, ["0", "1", "2"], name)
      XCTAssertEqual(source.validation.classNames, ["0", "1", "2"], name)
      XCTAssertEqual(source.findings?.missingInValidation, name == "a" ? ["2"] : ["0"], name)
    }
  }

  func testATrainingPartAloneGivesAShare() throws {
    try write("a", train: (0..<20).map { $0 % 2 }, test: nil)
    XCTAssertThrowsError(try DataSource.open(folder.path("a"))) { error in
      XCTAssertEqual(error as? DatasetError, .noValidation(path: folder.path("a")))
    }
    var options = DataOptions()
    options.validationShare = 0.2
    let source = try DataSource.open(folder.path("a"), options)
    XCTAssertTrue(source.train is InMemoryDataset, "the choice of a preprocessing asks for that")
    XCTAssertEqual([source.train.count, source.validation.count], [16, 4])
  }

  func testFilesThatAreLeftOutAreCounted() throws {
    try write("a", train: [0, 1], test: [1, 0])
    try folder.write("a/README.md", Data("x".utf8))
    try folder.write("a/train-labels-idx1-ubyte.gz", Data([1, 2]))
    try folder.write("a/more/x.txt", Data("x".utf8))
    // The packed one is taken, as ever; it is broken.
    XCTAssertThrowsError(try DataSource.open(folder.path("a")))
    try FileManager.default.removeItem(atPath: folder.path("a/train-labels-idx1-ubyte.gz"))
    let findings = try XCTUnwrap(DataSource.open(folder.path("a")).findings)
    XCTAssertEqual(findings.otherFiles, ["md": 1])
    XCTAssertEqual(findings.unusedFolders, ["more"])
  }

  func testContradictionsAreNamed() throws {
    try write("a", train: [0, 1], test: [1, 0])
    try folder.write("a/more-train-images", Data([0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 5]))
    XCTAssertThrowsError(try DataSource.open(folder.path("a"))) { error in
      XCTAssertEqual(
        "\(error)",
        "\(folder.path("a")): not a valid IDX file: 2 files (more-train-images, train-images-idx3-ubyte) of pictures "
          + "to train on")
    }
    try FileManager.default.removeItem(atPath: folder.path("a/more-train-images"))
    try FileManager.default.removeItem(atPath: folder.path("a/t10k-labels-idx1-ubyte"))
    XCTAssertThrowsError(try DataSource.open(folder.path("a"))) { error in
      XCTAssertTrue("\(error)".contains("no file of labels to validate by"), "\(error)")
    }
    try folder.write("a/t10k-labels-idx1-ubyte", Data())
    XCTAssertThrowsError(try DataSource.open(folder.path("a"))) { error in
      XCTAssertTrue("\(error)".contains("t10k-labels-idx1-ubyte: not a valid IDX file"), "\(error)")
    }
  }

  func testAllMembersOfAGzipFileAreRead() throws {
    let whole = Data([0, 0, 8, 1, 0, 0, 0, 9] + (0..<9).map { UInt8($0) })
    let images = Data([0, 0, 8, 3, 0, 0, 0, 9, 0, 0, 0, 1, 0, 0, 0, 1] + (0..<9).map { UInt8(20 * $0) })
    for cuts in [[4], [9], [3, 8, 8, 12]] {
      func packed(_ data: Data) -> Data {
        zip([0] + cuts, cuts + [data.count]).reduce(Data()) { $0 + gzip(data.subdata(in: $1.0..<$1.1)) }
      }
      let dataset = try InMemoryDataset(
        images: folder.write("images", packed(images)), labels: folder.write("labels", packed(whole)))
      XCTAssertEqual((0..<9).map { dataset.target(at: $0) }, Array(0..<9), "\(cuts)")
      XCTAssertEqual(dataset.example(at: 8).image.pixels, [160])

      let padded = try InMemoryDataset(
        images: folder.write("images", packed(images) + Data(count: 100)),
        labels: folder.write("labels", whole))
      XCTAssertEqual(padded.count, 9)
      for end in [Data([0, 1]), gzip(Data([1])), gzip(whole).prefix(12)] {
        XCTAssertThrowsError(
          try InMemoryDataset(
            images: folder.write("images", packed(images) + end), labels: folder.write("labels", whole)))
      }
    }
  }
}
