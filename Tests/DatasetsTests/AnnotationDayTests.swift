import Datasets
import Foundation
import XCTest

/// Annotated pictures as other programs, tables and people leave them.
final class AnnotationDayTests: XCTestCase {
  private func names(_ data: DetectionDataset) -> [String] { data.pictures.map(\.name) }

  private let objects = #""annotations": [{"image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4]}]"#

  private func coco(
    image: String = #"{"id": 1, "file_name": "a.png"}"#, objects: String? = nil,
    categories: String = #"[{"id": 1, "name": "dog"}]"#
  ) throws -> DetectionFolder {
    let folder = try DetectionFolder()
    try folder.addPictures("train/a.png")
    try folder.add(
      "annotations/instances_train.json",
      "{\"images\": [\(image)], \(objects ?? self.objects), \"categories\": \(categories)}")
    return folder
  }

  // MARK: YOLO

  func testSegmentsAreBoxesAroundThem() throws {
    let folder = try DetectionFolder()
    try folder.addPictures("images/a.png")
    try folder.add(
      "labels/a.txt",
      "0 0.25 0.5 0.5 0.2 0.75 0.9\n1.0 0.1 0.2 0.3 0.2 0.3 0.4 0.1 0.4\n0 0.5 0.5 0.1 0.1 0.9\n")
    try folder.add("classes.txt", "a\nb\n")
    let data = try DetectionSource.open(folder.root.path)
    XCTAssertEqual(
      data.target(at: 0),
      [
        LabelledBox(BoundingBox(10, 6, 30, 27), label: 0), LabelledBox(BoundingBox(4, 6, 12, 12), label: 1),
      ])
    XCTAssertEqual(data.report.counts, [.brokenObject: 1], "five numbers are neither")
  }

  func testCaseDoesNotMatter() throws {
    for (pictures, labels) in [
      ("Train/Images", "Train/Labels"), ("Images/Train", "labels/train"), ("IMAGES", "Labels"),
    ] {
      let folder = try DetectionFolder()
      try folder.addPictures("\(pictures)/a.png", "\(pictures)/b.png")
      try folder.add("\(labels)/a.TXT", "0 0.5 0.5 1 1\n")
      let data = try DetectionSource.open(folder.root.path)
      XCTAssertEqual(data.pictures.map(\.boxes.count), [1, 0], pictures)
      XCTAssertTrue(data.report.isEmpty, "\(data.report)")
    }
  }

  /// As darknet and CVAT have them, with a list that names pictures by paths of another machine.
  func testTextsBesidePicturesInAFolder() throws {
    let folder = try DetectionFolder()
    try folder.addPictures("obj_train_data/a.png", "obj_train_data/b.png")
    try folder.add("obj_train_data/a.txt", "0 0.5 0.5 1 1\n")
    try folder.add("obj_train_data/b.txt", "")
    try folder.add("obj.names", "dog\n")
    try folder.add("train.txt", "data\\obj_train_data\\b.png\ndata/obj_train_data/b.png\ndata/gone.png\n")
    XCTAssertTrue(DetectionSource.recognizes(folder.root.path))
    let source = try DetectionSource(folder.root.path)
    XCTAssertEqual(source.classNames, ["dog"])
    XCTAssertEqual(names(try source.dataset()), ["a.png", "b.png"])
    let train = try source.dataset("train")
    XCTAssertEqual(names(train), ["b.png"])
    XCTAssertEqual(
      folder.findings(train.report),
      [
        "brokenFile train.txt:2: 'b.png' is listed a second time",
        "missingPicture train.txt:3: there is no picture 'data/gone.png'",
      ])
    XCTAssertThrowsError(try source.dataSource()) { error in
      XCTAssertTrue("\(error)".contains("no pictures to validate by"), "\(error)")
    }
    XCTAssertThrowsError(try source.part(nil)) { error in
      XCTAssertTrue("\(error)".contains("there is no split 'val' but train"), "\(error)")
    }
  }

  /// Of class folders with captions beside the pictures nothing is a box.
  func testCaptionsAreNoBoxes() throws {
    let folder = try DetectionFolder()
    try folder.addPictures("cats/a.png", "dogs/b.png")
    try folder.add("cats/a.txt", "a cat on 3 chairs\n")
    XCTAssertFalse(DetectionSource.recognizes(folder.root.path))
  }

  func testWhatBelongsToNoSplitIsCounted() throws {
    let folder = try DetectionFolder()
    try folder.addPictures(
      "images/train/a.png", "images/train/deeper/b.png", "images/c.png", "images/test/d.png")
    try folder.add("labels/train/a.txt", "0 0.5 0.5 1 1\n")
    try folder.add("labels/val/e.txt", "0 0.5 0.5 1 1\n")
    let source = try DetectionSource(folder.root.path)
    XCTAssertEqual(source.splits, ["train"])
    XCTAssertEqual(
      try source.dataset("train").report.counts, [.missingAnnotation: 3, .missingPicture: 1])
  }

  // MARK: COCO

  func testNumbersAsTablesWriteThem() throws {
    let folder = try coco(
      image: #"{"id": 1.0, "file_name": "train\\a.png", "width": "40", "height": 30.0}"#,
      objects:
        #""annotations": [{"image_id": 1.0, "category_id": 1.0, "bbox": ["1", 2, 3, 4], "iscrowd": "0"}, "#
        + #"{"image_id": 1, "category_id": 1, "bbox": [NaN, 2, 3, 4], "area": NaN}]"#)
    let data = try DetectionSource.open(folder.root.path)
    XCTAssertEqual(data.target(at: 0), [LabelledBox(BoundingBox(1, 2, 4, 6), label: 0)])
    XCTAssertEqual(data.report.counts, [.brokenObject: 1])
    let numbered = try coco(categories: #"[{"id": 1, "name": 7}]"#)
    XCTAssertEqual(try DetectionSource(numbered.root.path).classNames, ["7"])
  }

  /// A file that is broken, or lacks what it needs, is an error, and its folders are no classes.
  func testBrokenFilesAreStillBoxes() throws {
    for (text, reason) in [
      ("{\"images\": [{\"file_name\": \"a.png\"", "the end where a comma or the object's end is expected"),
      (
        "{\"images\": [{\"id\": 1, \"file_name\": \"a.png\"}], \(objects), \"categories\": []}",
        "there are boxes and no categories"
      ),
    ] {
      let folder = try coco()
      try folder.add("annotations/instances_train.json", text)
      XCTAssertTrue(DetectionSource.recognizes(folder.root.path))
      for open in [
        { try InspectedData(folder.root.path).count }, { try DetectionSource(folder.root.path).splits.count },
      ] {
        XCTAssertThrowsError(try open()) { error in
          XCTAssertTrue("\(error)".contains("not valid annotations: \(reason)"), "\(error)")
        }
      }
    }
  }

  /// pycocotools and the devkit measure by the box as it is annotated.
  func testBoxesBeyondThePictureAreKeptForMetrics() throws {
    let folder = try coco(
      objects: #""annotations": [{"image_id": 1, "category_id": 1, "bbox": [-0.25, 2, 3, 4], "area": 12}]"#)
    let data = try DetectionSource.open(folder.root.path)
    let object = try XCTUnwrap(data.target(at: 0).first)
    XCTAssertEqual(object.box, BoundingBox(0, 2, 2.75, 6))
    XCTAssertEqual(object.annotatedBox, BoundingBox(-0.25, 2, 2.75, 6))
    XCTAssertTrue(data.report.isEmpty, "a quarter of a pixel is rounding")
    let coded = try JSONDecoder().decode(LabelledBox.self, from: try JSONEncoder().encode(object))
    XCTAssertEqual(coded, object)
    XCTAssertNil(
      object.transformed(by: .horizontalFlip, in: Image.Size(width: 40, height: 30))?.annotatedBox)
  }

  // MARK: VOC

  private let xml =
    "<annotation><object><name>x</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>9</xmax><ymax>9</ymax></bndbox>"
    + "</object></annotation>"

  func testFoldersInOtherLetters() throws {
    let folder = try DetectionFolder()
    try folder.addPictures("images/a.png")
    try folder.add("annotations/a.xml", xml)
    let source = try DetectionSource(folder.root.path)
    XCTAssertEqual(source.format, .voc)
    XCTAssertEqual(try source.dataset().target(at: 0).count, 1)
  }

  func testListsOfWindows() throws {
    let folder = try DetectionFolder()
    for name in ["a", "b"] {
      try folder.addPictures("JPEGImages/\(name).png")
      try folder.add("Annotations/\(name).xml", xml)
    }
    let wide = try XCTUnwrap("a\r\na\r\n".data(using: .utf16LittleEndian))
    try folder.add("ImageSets/Main/train.txt", Data([0xFF, 0xFE]) + wide)
    try folder.add("ImageSets/Main/val.txt", Data([0xEF, 0xBB, 0xBF]) + Data("b\r\n".utf8))
    let source = try DetectionSource(folder.root.path)
    let train = try source.dataset("train")
    XCTAssertEqual(names(train), ["a.png"])
    XCTAssertEqual(
      folder.findings(train.report), ["brokenFile ImageSets/Main/train.txt:2: 'a' is listed a second time"])
    XCTAssertEqual(names(try source.dataset("val")), ["b.png"])
    try folder.add("ImageSets/Main/val.txt", Data([0x62, 0xE9]))
    XCTAssertThrowsError(try DetectionSource(folder.root.path)) { error in
      XCTAssertTrue("\(error)".hasSuffix("val.txt: not valid annotations: it is no UTF-8 text"), "\(error)")
    }
  }

  // MARK: Pictures

  /// Boxes were drawn on a photograph that stands upright, whose file has it on its side.
  func testPhotographsOnTheirSides() throws {
    let folder = try DetectionFolder()
    try folder.add("JPEGImages/a.jpg", try Data(contentsOf: Fixtures.url("orientation_6.jpg")))
    let stored = try Image.Size(
      ofPicture: folder.root.appendingPathComponent("JPEGImages/a.jpg"))
    try folder.add(
      "Annotations/a.xml",
      xml.replacingOccurrences(
        of: "<object>",
        with: "<size><width>\(stored.height)</width><height>\(stored.width)</height></size><object>"))
    let asStored = try DetectionSource.open(folder.root.path)
    XCTAssertEqual(asStored.pictures[0].size, stored)
    XCTAssertEqual(asStored.report.counts, [.differentSize: 1])
    XCTAssertTrue(asStored.report.summary.contains("--orientation exif"), asStored.report.summary)
    var options = DataOptions()
    options.orientation = .upright
    let upright = try DetectionSource(folder.root.path, options).dataset()
    XCTAssertTrue(upright.report.isEmpty, "\(upright.report)")
    XCTAssertEqual(upright.pictures[0].size, Image.Size(width: stored.height, height: stored.width))
    XCTAssertEqual(try upright.example(at: 0).image.size, upright.pictures[0].size)
  }

  func testWhatIsWrongIsNamed() throws {
    var report = AnnotationReport()
    report.add(.thin, file: "t", line: 9, "a box at most a pixel wide")
    for line in 1...4 { report.add(.brokenObject, file: "a.txt", line: line, "'x'") }
    report.add(.brokenFile, file: "b.txt", "is no text")
    XCTAssertEqual(
      report.summary,
      "1 broken file, 4 broken objects, 1 box of a pixel (such as b.txt: is no text; a.txt:1: 'x')"
    )
  }

  func testPicturesThatCannotBeReadAreLeftOutWhereAsked() throws {
    let folder = try DetectionFolder()
    try folder.addPictures("images/a.png", "images/b.png")
    let jpeg = try Data(contentsOf: Fixtures.url("jpeg_420.jpg"))
    try folder.add("images/c.jpg", jpeg.prefix(jpeg.count / 2))
    for name in ["a", "b", "c"] { try folder.add("labels/\(name).txt", "0 0.5 0.5 1 1\n") }
    var options = DataOptions()
    (options.skipsBroken, options.validationShare) = (true, 0.4)
    let data = try DetectionSource(folder.root.path, options).dataSource(options)
    XCTAssertEqual(data.train.count + data.validation.count, 2)
    XCTAssertEqual(data.findings?.broken.count, 1)
  }
}
