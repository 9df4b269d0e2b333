import Datasets
import Engine
import Foundation
import XCTest

/// Pictures whose classes do not matter.
final class UnlabelledDataTests: XCTestCase {
  private var folder: TemporaryFolder!

  override func setUpWithError() throws { folder = try TemporaryFolder() }
  override func tearDown() { folder = nil }

  /// Every picture of a tree, those of all classes and parts, in the order of their paths; what is none is counted.
  func testAFolderIsAllOfItsPictures() throws {
    let names = ["a/1.png", "a/b/2.png", "loose.png", "val/c/3.png"]
    for name in names { try folder.write(name) }
    try folder.write("a/notes.txt", Data("x".utf8))
    let tree = try PictureTree(folder.path)
    XCTAssertEqual((0..<tree.count).map { tree.name(at: $0) }, names.map { folder.path($0) })
    XCTAssertEqual(tree.findings.otherFiles, ["txt": 1])
    XCTAssertEqual(try tree.example(at: 2).image.size, Image.Size(width: 3, height: 2))
    XCTAssertEqual(try tree.example(at: 3).label, 0)

    var options = DataOptions()
    options.validationShare = 0.25
    let source = try DataSource<Int>.unlabelled(folder.path, options)
    XCTAssertEqual([source.train.count, source.validation.count], [3, 1])
    let all = [source.train, source.validation].flatMap { part in (0..<part.count).map { part.name(at: $0) } }
    XCTAssertEqual(all.sorted(), names.map { folder.path($0) }.sorted())
    // The same seed, the same share.
    let again = try DataSource<Int>.unlabelled(folder.path, options)
    XCTAssertEqual(again.validation.name(at: 0), source.validation.name(at: 0))
  }

  func testBrokenPicturesAreSkippedWhereThatIsAskedFor() throws {
    for name in ["1.png", "2.png", "3.png"] { try folder.write(name) }
    try folder.write("4.png", Data("no picture".utf8))
    var options = DataOptions()
    options.skipsBroken = true
    let source = try DataSource<Int>.unlabelled(folder.path, options)
    XCTAssertEqual(source.train.count + source.validation.count, 3)
    XCTAssertEqual(source.findings?.broken.count, 1)
  }

  func testWhatElseThereIs() throws {
    XCTAssertEqual(try DataSource<Int>.unlabelled("digits").train.count, try Digits.load().train.count)
    XCTAssertThrowsError(try DataSource<Int>.unlabelled(folder.path)) { error in
      guard case DatasetError.emptyFolder? = error as? DatasetError else { return XCTFail("\(error)") }
    }
  }
}
