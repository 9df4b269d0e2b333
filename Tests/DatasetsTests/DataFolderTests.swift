import Datasets
import Foundation
import XCTest

/// What is in data folders of an ordinary day: what is used, and what is not and said.
final class DataFolderTests: XCTestCase {
  private var folder: TemporaryFolder!

  override func setUpWithError() throws { folder = try TemporaryFolder() }
  override func tearDown() { folder = nil }

  private func line(_ findings: DataFindings?) -> String {
    (findings.map { "\($0)" } ?? "").replacingOccurrences(of: folder.path, with: "ROOT")
  }

  private func assertThrows(
    _ expected: String, file: StaticString = #filePath, line: UInt = #line, _ body: () throws -> Void
  ) {
    XCTAssertThrowsError(try body(), file: file, line: line) { error in
      XCTAssertEqual(
        "\(error)".replacingOccurrences(of: folder.path, with: "ROOT"), expected, file: file, line: line)
    }
  }

  func testPicturesInFoldersInsideAClassCount() throws {
    try folder.writePictures("a/1.png", "a/more/deep/0.png", "a/more.png", "b/x/y/z/0.png")
    try FileManager.default.createSymbolicLink(
      atPath: folder.path("a/more/back"), withDestinationPath: folder.path("a"))
    let dataset = try FolderDataset(folder.url)
    XCTAssertEqual(
      (0..<dataset.count).map { dataset.url(at: $0).path.dropFirst(folder.path.count) },
      ["/a/1.png", "/a/more.png", "/a/more/deep/0.png", "/b/x/y/z/0.png"])
    XCTAssertEqual((0..<dataset.count).map { dataset.target(at: $0) }, [0, 0, 0, 1])
    XCTAssertEqual(line(dataset.findings), "ROOT: not used: 1 link or device")
  }

  /// By their names where these say it, by content else.
  func testWhatIsAPictureAndWhatIsNot() throws {
    let jpeg = try Data(contentsOf: Fixtures.url("jpeg_420.jpg"))
    for name in ["1.jfif", "2.JPE", "3", "4.photo", "5.jpg.part"] { try folder.write("a/\(name)", jpeg) }
    try folder.write("a/t.tif", Data("II*\0and more".utf8))
    try folder.write("a/h.heic", Data("\0\0\0\u{18}ftypheic".utf8))
    for index in 0..<12 { try folder.write("a/\(index).txt", Data("text".utf8)) }
    try folder.write("a/notes", Data("no picture".utf8))
    try folder.write("a/picture.xml", jpeg)  // Named as a text: not looked into.
    try folder.write("labels.csv", Data("a,b".utf8))
    let dataset = try FolderDataset(folder.url)
    XCTAssertEqual(
      (0..<dataset.count).map { dataset.url(at: $0).lastPathComponent },
      ["1.jfif", "2.JPE", "3", "4.photo", "5.jpg.part"])
    for index in 0..<dataset.count { XCTAssertEqual(try dataset.example(at: index).image.width, 45) }
    XCTAssertEqual(
      dataset.findings.otherFiles,
      ["TIFF": 1, "HEIF": 1, "txt": 12, "without ending": 1, "xml": 1, "csv": 1])
    XCTAssertTrue(line(dataset.findings).hasPrefix("ROOT: not used: 12 txt, 1 "), line(dataset.findings))
  }

  func testLitterOfFileManagersAndArchivers() throws {
    try folder.writePictures("a/1.png", "b/1.png", "b/.hidden.png")
    for name in ["a/.DS_Store", "a/Thumbs.db", "b/desktop.ini", "a/._1.png", "b/._1.png"] {
      try folder.write(name, Data("x".utf8))
    }
    try folder.write("__MACOSX/a/._1.png", Data("x".utf8))
    let dataset = try FolderDataset(folder.url)
    XCTAssertEqual(dataset.classNames, ["a", "b"])
    XCTAssertEqual(dataset.count, 2)
    XCTAssertEqual(
      dataset.findings.litter,
      [".DS_Store": 1, "Thumbs.db": 1, "desktop.ini": 1, "._*": 2, "__MACOSX": 1])
    XCTAssertEqual(dataset.findings.hidden, 1)
  }

  func testControlCharactersInTheLineAreEscaped() throws {
    try folder.writePictures("a/1.png")
    for name in ["\u{1B}[31mred", "x\ny", "z\u{202E}"] {
      try FileManager.default.createDirectory(atPath: folder.path(name), withIntermediateDirectories: true)
    }
    let dataset = try FolderDataset(folder.url)
    XCTAssertEqual(dataset.findings.emptyClasses, ["\u{1B}[31mred", "x\ny", "z\u{202E}"])
    XCTAssertEqual(line(dataset.findings), #"ROOT: no pictures, so no class: \u{1B}[31mred, x\ny, z\u{202E}"#)
  }

  /// A name in Latin-1, as old archives have it.
  func testNamesThatAreNotUTF8() throws {
    try folder.writePictures("a/1.png")
    guard folder.makeFolder(bytes: Array("caf".utf8) + [0xE9]) else {
      throw XCTSkip("this file system takes no such name")
    }
    let name = Array("caf".utf8) + [0xE9, 0x2F, 0xFC] + Array(".png".utf8)
    XCTAssertTrue(try folder.copy(folder.url.appendingPathComponent("a/1.png"), toBytes: name))
    let dataset = try FolderDataset(folder.url)
    XCTAssertEqual(dataset.classNames, ["a", "caf\\xE9"])
    XCTAssertEqual(dataset.count, 2)
    XCTAssertEqual(try dataset.example(at: 1).image, Image(width: 3, height: 2, repeating: 9))
    XCTAssertTrue(dataset.findings.isEmpty)

    let broken = Array("caf".utf8) + [0xE9, 0x2F, 0xFD] + Array(".png".utf8)
    XCTAssertTrue(try folder.copy(folder.write("text", Data("x".utf8)), toBytes: broken))
    assertThrows("ROOT/caf\\xE9/\\xFD.png: not a picture (neither JPEG, PNG, WebP, GIF nor BMP)") {
      _ = try FolderDataset(folder.url).example(at: 2)
    }
  }

  /// é as one character and as two is one class, as macOS and Linux write it.
  func testNamesThatDifferInNormalization() throws {
    try folder.writePictures("train/caf\u{E9}/1.png", "train/tea/1.png", "val/cafe\u{301}/1.png")
    let source = try DataSource.open(folder.path)
    XCTAssertEqual(try source.validation.target(at: 0), 0)
    XCTAssertEqual(source.findings?.missingInValidation, ["tea"])
  }

  func testPartsByTheirNames() throws {
    for (index, name) in ["val", "valid", "validation", "test", "Val", "Validation"].enumerated() {
      try folder.writePictures("\(index)/train/a/1.png", "\(index)/train/b/1.png", "\(index)/\(name)/b/1.png")
      let source = try DataSource.open(folder.path("\(index)"))
      XCTAssertEqual([source.train.count, source.validation.count], [2, 1], name)
      XCTAssertEqual(try source.validation.target(at: 0), 1, name)
    }
    try folder.writePictures("x/Training/a/1.png", "x/testing/a/1.png")
    XCTAssertEqual(try DataSource.open(folder.path("x")).validation.count, 1)
  }

  func testFoldersThatAreNoPartAreNamed() throws {
    try folder.writePictures(
      "train/a/1.png", "valid/a/1.png", "valid/a/2.png", "test/a/1.png", "train/d/notes/none.png")
    try FileManager.default.removeItem(atPath: folder.path("train/d/notes/none.png"))
    for name in ["README.txt", "annotations/1.xml"] { try folder.write(name, Data("x".utf8)) }
    let source = try DataSource.open(folder.path)
    XCTAssertEqual([source.train.count, source.validation.count], [1, 2])
    XCTAssertEqual(
      line(source.findings),
      "ROOT: not used: 1 txt, folders annotations, test; no pictures, so no class: d")
  }

  func testAnEmptyClassOfBothPartsIsSaidOnce() throws {
    try folder.writePictures("train/a/1.png", "val/a/1.png")
    for part in ["train", "val"] {
      try FileManager.default.createDirectory(
        atPath: folder.path("\(part)/d"), withIntermediateDirectories: true)
    }
    let source = try DataSource.open(folder.path)
    XCTAssertEqual(source.train.classNames, ["a"])
    XCTAssertEqual(line(source.findings), "ROOT: no pictures, so no class: d")
  }

  /// A class called train, or test, or val.
  func testClassesThatAreCalledLikeParts() throws {
    try folder.writePictures("1/bus/1.png", "1/car/1.png", "1/train/1.png", "1/train/steam/2.png")
    try folder.writePictures("2/train/1.png", "2/test/1.png", "2/val/1.png")
    try folder.writePictures("3/train/steam/1.png", "3/train/diesel/1.png", "3/bus/1.png")
    for (name, classes, count) in [
      ("1", ["bus", "car", "train"], 4), ("2", ["test", "train", "val"], 3), ("3", ["bus", "train"], 3),
    ] {
      let opened = try DataSource<Int>.pictures(of: .validation, in: folder.path(name))
      XCTAssertEqual(opened.pictures.classNames, classes)
      XCTAssertEqual(opened.pictures.count, count)
    }
  }

  func testPartsThatAreThereCanBeEvaluated() throws {
    try folder.writePictures("train/a/1.png", "train/a/2.png")
    XCTAssertEqual(try DataSource<Int>.pictures(of: .train, in: folder.path).pictures.count, 2)
    let expected =
      "ROOT: no pictures to validate by: no val/, valid/, validation/ or test/ laid out as those to train on; a share of "
      + "these can be split off (--validation-share 0.2)"
    assertThrows(expected) { _ = try DataSource<Int>.pictures(of: .validation, in: folder.path) }
    assertThrows(expected) { _ = try DataSource.open(folder.path) }
  }

  func testAFolderOfOnePartIsThatPart() throws {
    try folder.writePictures("test/a/1.png", "test/b/2.png", "test/b/3.png")
    try folder.write("readme.txt", Data("x".utf8))
    let data = try DataSource<Int>.pictures(of: .validation, in: folder.path)
    XCTAssertEqual(data.pictures.classNames, ["a", "b"])
    XCTAssertEqual(data.pictures.count, 3)
    XCTAssertEqual(line(data.findings), "ROOT: not used: 1 txt")
    try folder.writePictures("val/a/4.png")
    let both = try DataSource<Int>.pictures(of: .validation, in: folder.path)
    XCTAssertEqual(both.pictures.count, 1)
    XCTAssertEqual(line(both.findings), "ROOT: not used: 1 txt, folder test")
  }

  func testBrokenPicturesAreSkippedWhereAsked() throws {
    let whole = try Data(contentsOf: Fixtures.url("jpeg_420.jpg"))
    let broken = try Data(contentsOf: Fixtures.url("truncated.jpg"))
    for index in 0..<40 {
      try folder.write("train/a/\(index + 10).jpg", index % 9 == 4 ? broken : whole)
    }
    try folder.write("val/a/1.jpg", whole)
    try folder.write("val/a/2.jpg", Data("text".utf8))
    XCTAssertEqual(try DataSource.open(folder.path).train.count, 40)
    var options = DataOptions()
    options.skipsBroken = true
    let source = try DataSource.open(folder.path, options)
    XCTAssertEqual([source.train.count, source.validation.count], [36, 1])
    for index in 0..<source.train.count { _ = try source.train.example(at: index) }
    XCTAssertEqual(
      line(source.findings),
      "ROOT: not used: 5 broken pictures: ROOT/train/a/14.jpg: the picture is truncated, ROOT/train/a/23.jpg: the "
        + "picture is truncated, ROOT/train/a/32.jpg: the picture is truncated and 2 more")
  }

  func testOptionsOfPicturesReachThem() throws {
    for (name, file) in [("a/1.jpg", "orientation_6.jpg"), ("a/2.jpg", "early_cut.jpg")] {
      try folder.write("train/\(name)", Data(contentsOf: Fixtures.url(file)))
      try folder.write("val/\(name)", Data(contentsOf: Fixtures.url(file)))
    }
    var options = DataOptions()
    options.orientation = .upright
    options.acceptsTruncated = true
    let source = try DataSource.open(folder.path, options)
    for part in [source.train, source.validation] {
      XCTAssertEqual(try part.example(at: 0).image.size, Image.Size(width: 11, height: 17))
      XCTAssertEqual(try part.example(at: 1).image.size, Image.Size(width: 45, height: 37))
    }
  }
}
