import Datasets
import Foundation
import XCTest

final class FolderTests: XCTestCase {
  private var root = URL(fileURLWithPath: "/")

  override func setUpWithError() throws {
    root = FileManager.default.temporaryDirectory.appendingPathComponent("folder-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
  }

  override func tearDownWithError() throws { try FileManager.default.removeItem(at: root) }

  private func add(_ path: String, _ data: Data? = nil) throws {
    let url = root.appendingPathComponent(path)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try (data ?? Image(width: 3, height: 2, repeating: 9).pngData()).write(to: url)
  }

  private func assertThrows(_ expected: String, _ body: () throws -> Void) {
    XCTAssertThrowsError(try body()) { error in
      XCTAssertEqual("\(error)".replacingOccurrences(of: root.path, with: "ROOT"), expected)
    }
  }

  func testClassesAndFilesAreSorted() throws {
    for path in ["b/2.png", "b/10.PNG", "a/z.jpeg", "b/notes.txt", "b/.hidden.png", "top.png"] {
      try add(path)
    }
    let dataset = try FolderDataset(root)
    XCTAssertEqual(dataset.classNames, ["a", "b"])
    XCTAssertEqual(
      (0..<dataset.count).map { dataset.url(at: $0).lastPathComponent }, ["z.jpeg", "10.PNG", "2.png"])
    XCTAssertEqual((0..<dataset.count).map { dataset.target(at: $0) }, [0, 1, 1])
    XCTAssertEqual(
      "\(dataset.findings)".replacingOccurrences(of: root.path, with: "ROOT"),
      "ROOT: not used: 1 txt, 1 hidden, 1 picture beside the class folders")
    // A PNG that is called .jpeg is read as what it is.
    XCTAssertEqual(try dataset.example(at: 0).image, Image(width: 3, height: 2, repeating: 9))
  }

  func testEmptyAndMissingFoldersAreErrors() throws {
    assertThrows("ROOT: the folder holds no class folders") { _ = try FolderDataset(root) }
    assertThrows("ROOT/none: cannot be read: no such folder") {
      _ = try FolderDataset(root.appendingPathComponent("none"))
    }
    try add("a/1.png")
    try add("b/notes.txt", Data("x".utf8))
    let dataset = try FolderDataset(root)
    XCTAssertEqual(dataset.classNames, ["a"])
    XCTAssertEqual(dataset.findings.emptyClasses, ["b"])
    try FileManager.default.removeItem(at: root.appendingPathComponent("a/1.png"))
    assertThrows("ROOT: the folder holds no pictures in its class folders (a, b)") {
      _ = try FolderDataset(root)
    }
    try add("a/1.png")
    assertThrows("ROOT/a/1.png: cannot be read: it is not a folder") {
      _ = try FolderDataset(root.appendingPathComponent("a/1.png"))
    }
    let none = root.appendingPathComponent("b")
    assertThrows(
      "ROOT/b: not a data set: neither train/ and val/ with a folder for each class, nor IDX files, CIFAR's, a train.csv or tar archives"
    ) { _ = try DataSource.open(none.path) }
  }

  func testValidationMayLackClassesButHasNoOthers() throws {
    for path in ["train/a/1.png", "train/b/1.png", "train/c/1.png", "val/c/1.png"] { try add(path) }
    let source = try DataSource.open(root.path)
    XCTAssertEqual(source.validation.classNames, ["a", "b", "c"])
    XCTAssertEqual(try source.validation.target(at: 0), 2)
    XCTAssertEqual(source.findings?.missingInValidation, ["a", "b"])
    try add("val/d/1.png")
    assertThrows("ROOT/val: training knows no class d") { _ = try DataSource.open(root.path) }
  }

  func testUnreadablePictureIsNamed() throws {
    try add("a/1.png", Data("not a picture".utf8))
    let dataset = try FolderDataset(root)
    assertThrows("ROOT/a/1.png: not a picture (neither JPEG, PNG, WebP, GIF nor BMP)") {
      _ = try dataset.example(at: 0)
    }
  }

  func testImagenette() throws {
    let source = try DataSource.open(Fixtures.shared("imagenette").path)
    XCTAssertEqual([source.train.count, source.validation.count], [2500, 1000])
    XCTAssertEqual(source.train.classNames.count, 10)
    XCTAssertEqual(ClassNames.readable(source.train.classNames[0]), "tench, Tinca tinca")
    let few = try Subset(source.train, perClass: 3)
    XCTAssertEqual(few.count, 30)
    for index in 0..<few.count {
      XCTAssertEqual(try few.target(at: index), index / 3)
      XCTAssertEqual(try few.example(at: index).label, index / 3)
    }
  }

  func testClassNames() throws {
    XCTAssertEqual(ClassNames.imageNet.count, 1000)
    XCTAssertEqual(ClassNames.imageNet[0], "tench, Tinca tinca")
    XCTAssertEqual(ClassNames.imageNetSynsets[999], "n15075141")
    XCTAssertEqual(ClassNames.readable("my own"), "my own")
  }
}
