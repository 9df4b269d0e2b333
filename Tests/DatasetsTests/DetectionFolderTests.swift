import Datasets
import Foundation
import XCTest

/// Folders of annotated pictures of an ordinary day: nothing of them is left out without a word.
final class DetectionFolderTests: XCTestCase {
  private let xml = """
    <annotation><object><name>dog</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>9</xmax><ymax>9</ymax></bndbox>
    </object></annotation>
    """

  private func names(_ data: DetectionDataset) -> [String] { data.pictures.map(\.name) }

  /// Whatever is decoded is a picture, by its ending here and by its content when it is read.
  func testEveryFormatCounts() throws {
    let folder = try DetectionFolder()
    for (name, fixture) in [
      ("a.webp", "webp_lossless.webp"), ("b.bmp", "bmp_24.bmp"), ("c.gif", "gif_colours.gif"),
      ("d.jfif", "jpeg_444.jpg"),
      ("e.PNG", "gif_beyond_canvas.gif"),
    ] {
      try folder.add("images/\(name)", Data(contentsOf: Fixtures.url(fixture)))
      try folder.add("labels/\(name.prefix(1)).txt", "0 0.5 0.5 1 1\n")
    }
    try folder.add("images/f.jpg", "II*\0............")
    let data = try DetectionSource.open(folder.root.path)
    XCTAssertEqual(names(data), ["a.webp", "b.bmp", "c.gif", "d.jfif", "e.PNG"])
    for index in 0..<data.count {
      let example = try data.example(at: index)
      let size = example.image.size
      XCTAssertEqual(data.pictures[index].size, size)
      XCTAssertEqual(example.target[0].box, BoundingBox(0, 0, Float(size.width), Float(size.height)))
    }
    XCTAssertEqual(
      folder.findings(data.report),
      [
        "missingPicture images/f.jpg: TIFF, which is not read here: convert it to PNG (JPEG, PNG, WebP, GIF, BMP are read)"
      ])
    XCTAssertEqual(data.report.description, "1 missing picture")
  }

  func testPicturesAndAnnotationsWithoutEachOther() throws {
    let yolo = try DetectionFolder()
    try yolo.addPictures("images/a.png", "images/b.png")
    try yolo.add("labels/a.txt", "0 0.5 0.5 1 1\n")
    try yolo.add("labels/gone.txt", "0 0.5 0.5 1 1\n")
    try yolo.add("labels/classes.txt", "dog\n")
    let texts = try DetectionSource.open(yolo.root.path)
    // A picture without a text shows nothing, in this format.
    XCTAssertEqual(names(texts), ["a.png", "b.png"])
    XCTAssertEqual(
      yolo.findings(texts.report), ["missingPicture labels/gone.txt: there is no picture of that name"])

    let voc = try DetectionFolder()
    try voc.addPictures("JPEGImages/a.png", "JPEGImages/b.png")
    try voc.add("Annotations/a.xml", xml)
    let elements = try DetectionSource.open(voc.root.path)
    XCTAssertEqual(names(elements), ["a.png"])
    XCTAssertEqual(
      voc.findings(elements.report), ["missingAnnotation JPEGImages/b.png: there is no .xml file for it"])

    let coco = try DetectionFolder()
    try coco.addPictures("images/a.png", "images/b.png", "images/c.png")
    for (split, name) in [("train", "a"), ("val", "b")] {
      try coco.add(
        "annotations/instances_\(split).json",
        #"{"images": [{"id": 1, "file_name": "\#(name).png"}], "annotations": [], "categories": [{"id": 1, "name": "dog"}]}"#
      )
    }
    let source = try DetectionSource(coco.root.path)
    XCTAssertEqual(
      coco.findings(try source.dataset().report), ["missingAnnotation images/c.png: no .json file names it"])
    XCTAssertEqual(names(try source.dataset("val")), ["b.png"])
    let one = coco.root.appendingPathComponent("annotations/instances_val.json").path
    XCTAssertTrue(try DetectionSource.open(one).report.isEmpty)
  }

  func testNamesThatAreNotUTF8AndControlCharacters() throws {
    let folder = try TemporaryFolder()
    try folder.write("images/a\u{1B}[31m.png", Data("none".utf8))
    let picture = try folder.write("images/b.png")
    try folder.write("labels/b.txt", Data("0 0.5 0.5 1 1\n".utf8))
    guard try folder.copy(picture, toBytes: Array("images/caf".utf8) + [0xE9] + Array(".png".utf8)) else {
      throw XCTSkip("this file system takes no such name")
    }
    let data = try DetectionSource.open(folder.path)
    XCTAssertEqual(names(data), ["b.png"])
    let findings = data.report.findings.map { "\($0)" }
    XCTAssertEqual(findings.count, 2)
    XCTAssertTrue(
      findings[0].hasSuffix(#"images/a\u{1B}[31m.png: not a picture (neither JPEG, PNG, WebP, GIF nor BMP)"#),
      findings[0])
    XCTAssertTrue(findings[1].hasSuffix(#"images/caf\xE9.png: cannot be read: no such file"#), findings[1])
  }

  /// The shell expands tildes; a folder of that name is one.
  func testATildeIsAName() throws {
    let folder = try TemporaryFolder()
    try folder.writePictures("~/train/a/1.png", "~/val/a/1.png", "~boxes/images/a.png")
    try folder.write("~boxes/labels/a.txt", Data("0 0.5 0.5 1 1\n".utf8))
    try folder.write("~idx/train-images", Data([0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 7]))
    try folder.write("~idx/train-labels", Data([0, 0, 8, 1, 0, 0, 0, 1, 0]))
    let before = FileManager.default.currentDirectoryPath
    XCTAssertTrue(FileManager.default.changeCurrentDirectoryPath(folder.path))
    defer { _ = FileManager.default.changeCurrentDirectoryPath(before) }
    let source = try DataSource.open("~")
    XCTAssertEqual(source.name, "~")
    XCTAssertEqual(try source.train.example(at: 0).image.width, 3)
    XCTAssertEqual(try DataSource.pictures(of: .train, in: "~idx").pictures.count, 1)
    XCTAssertEqual(try DetectionSource.open("~boxes").count, 1)
    XCTAssertEqual(
      try FolderDataset.split(URL(fileURLWithPath: "./~")).train.url(at: 0).lastPathComponent, "1.png")
  }
}
