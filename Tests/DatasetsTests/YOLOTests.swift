import Datasets
import Foundation
import XCTest

/// YOLO's format, and which format a folder has.
final class YOLOTests: XCTestCase {
  func testLayouts() throws {
    for (pictures, labels, splits) in [
      ("images/train", "labels/train", ["train"]), ("train/images", "train/labels", ["train"]),
      ("valid/images", "valid/labels", ["val"]), ("images", "labels", []), (".", ".", []),
    ] {
      let folder = try DetectionFolder()
      try folder.addPictures("\(pictures)/a.png", "\(pictures)/b.png", "\(pictures)/c.png")
      try folder.add("\(labels)/a.txt", "1 0.5 0.5 0.5 1\n\n0 0.25\t0.5 0.5 0.2 \r\n")
      try folder.add("\(labels)/c.txt", "")
      try folder.add("data.yaml", "nc: 2\nnames: ['a, b', \"c\"] # two\n")
      let source = try DetectionSource(folder.root.path)
      XCTAssertEqual(source.format, .yolo, pictures)
      XCTAssertEqual(source.splits, splits, pictures)
      XCTAssertEqual(source.classNames, ["a, b", "c"], pictures)
      let data = try source.dataset(splits.first)
      XCTAssertEqual(data.report, AnnotationReport(), pictures)
      XCTAssertEqual(data.pictures.map(\.name), ["a.png", "b.png", "c.png"])
      XCTAssertEqual(
        data.target(at: 0),
        [
          LabelledBox(BoundingBox(10, 0, 30, 30), label: 1),
          LabelledBox(BoundingBox(0, 12, 20, 18), label: 0),
        ], pictures)
      XCTAssertEqual(data.target(at: 1) + data.target(at: 2), [])
    }
  }

  func testWhatIsWrongIsCounted() throws {
    let folder = try DetectionFolder()
    try folder.addPictures("images/a.png")
    try folder.add(
      "labels/a.txt",
      "0 0.5 0.5 0.5\n0 0.5 0.5 x 1\n-1 0.5 0.5 1 1\n2 0.5 0.5 1 1\n0 0.5 0.5 0 1\n0 1 0.5 1 1\n0 nan 0 1 1")
    try folder.add("classes.txt", "a\nb\n")
    let data = try DetectionSource.open(folder.root.path)
    XCTAssertEqual(data.target(at: 0).map(\.box), [BoundingBox(20, 0, 40, 30)])
    XCTAssertEqual(
      folder.findings(data.report),
      [
        "brokenObject labels/a.txt:1: '0 0.5 0.5 0.5' where a class from 0 on and four numbers, or the corners of a segment, are expected",
        "brokenObject labels/a.txt:2: '0 0.5 0.5 x 1' where a class from 0 on and four numbers, or the corners of a segment, are expected",
        "brokenObject labels/a.txt:3: '-1 0.5 0.5 1 1' where a class from 0 on and four numbers, or the corners of a segment, are expected",
        "unknownClass labels/a.txt:4: class 2 where there are 2",
        "degenerate labels/a.txt:5: a box without area from (20, 0) to (20, 30)",
        "clipped labels/a.txt:6: a box from (20, 0) to (60, 30) reaches beyond its picture of 40×30",
        "brokenObject labels/a.txt:7: a box whose numbers are not finite",
      ])
  }

  func testNames() throws {
    let folder = try DetectionFolder()
    try folder.addPictures("images/a.png")
    try folder.add("labels/a.txt", "2 0.5 0.5 1 1\n")
    func names() throws -> [String] { try DetectionSource(folder.root.path).classNames }
    XCTAssertEqual(try names(), ["0", "1", "2"])
    try folder.add("labels/a.txt", "2 0.5 0.5 1 1\n922337203685477 0.5 0.5 1 1\n")
    XCTAssertEqual(try names().count, 10_000)
    try folder.add("labels/a.txt", "2 0.5 0.5 1 1\n")
    for (yaml, expected) in [
      ("names:\n  0: x\n  1: 'y: z'\n  2: \"w\"\nnc: 3\n", ["x", "y: z", "w"]),
      ("path: .\nnames:\n- x # first\n- y#\n- 'z'\ntrain: a\n", ["x", "y#", "z"]),
      ("names: {0: x, 1: y, 2: z}", ["x", "y", "z"]), ("names: [x,\n  y,\n  z]\n", ["x", "y", "z"]),
    ] {
      try folder.add("data.yaml", yaml)
      XCTAssertEqual(try names(), expected, yaml)
    }
    for (yaml, reason) in [
      ("nc: 4\nnames: [x, y, z]", ":1: not valid annotations: nc is 4 where there are 3 names"),
      ("names:\n  0: x\n  2: y", ":3: not valid annotations: '2: y' where '1: name' is expected"),
      ("names: [x, y", ":1: not valid annotations: the list of names has no end"),
      ("names: x", ":1: not valid annotations: names is neither a list nor a table"),
    ] {
      try folder.add("data.yaml", yaml)
      XCTAssertThrowsError(try names()) { error in
        XCTAssertTrue("\(error)".hasSuffix("data.yaml" + reason), "\(error)")
      }
    }
  }

  // MARK: Sources

  func testOtherFoldersAreNone() throws {
    let folder = try DetectionFolder()
    XCTAssertThrowsError(try DetectionSource(folder.root.path)) { error in
      XCTAssertEqual(error as? DatasetError, .unknownDetectionLayout(path: folder.root.path))
    }
    try folder.addPictures("a.png")
    try folder.add("notes.txt", "0 0.5 0.5 1 1")
    try folder.add("a.json", "{\"images\": []}")
    XCTAssertThrowsError(try DetectionSource(folder.root.path)) { error in
      XCTAssertEqual(error as? DatasetError, .unknownDetectionLayout(path: folder.root.path))
    }
    XCTAssertThrowsError(try DetectionSource(folder.root.path + "/none")) { error in
      XCTAssertEqual(
        error as? DatasetError,
        .unreadable(path: folder.root.path + "/none", reason: "no such folder or file"))
    }
  }

  func testClassesAreMappedByName() throws {
    let boxes = (0..<5).map { LabelledBox(BoundingBox(0, 0, 9, 9), label: $0, isDifficult: $0 == 1) }
    let picture = AnnotatedPicture(
      url: URL(fileURLWithPath: "/a.png"), size: Image.Size(width: 9, height: 9), boxes: boxes)
    let data = DetectionDataset(
      [picture], classNames: ["dog", "aeroplane", "Dining_Table", "unicorn", "tvmonitor"])
    let mapped = data.relabelled(to: ["tv", "airplane", "dining table", "dog"])
    XCTAssertEqual(mapped.target(at: 0).map(\.label), [3, 1, 2, 0])
    XCTAssertEqual(mapped.target(at: 0).map(\.isDifficult), [false, true, false, false])
    XCTAssertEqual(mapped.classNames, ["tv", "airplane", "dining table", "dog"])
    XCTAssertEqual(mapped.report.counts, [.unknownClass: 1])
    XCTAssertEqual(mapped.report.findings[0].detail, "'unicorn' is not among the classes")
    // darknet's list has Pascal VOC's names.
    XCTAssertEqual(data.relabelled(to: ["aeroplane", "tvmonitor"]).target(at: 0).map(\.label), [0, 1])
  }

  func testHeadersTellTheSize() throws {
    var compared = 0
    for type in ["jpg", "png"] {
      for name in try Fixtures.names(withExtension: type) {
        let url = Fixtures.url("\(name).\(type)")
        guard let image = try? Image(contentsOf: url) else { continue }
        XCTAssertEqual(try Image.Size(ofPicture: url), image.size, name)
        compared += 1
      }
    }
    XCTAssertGreaterThan(compared, 50)
    XCTAssertThrowsError(try Image.Size(ofPicture: Fixtures.url("text.jpg"))) { error in
      XCTAssertEqual(error as? ImageError, .notAPicture(file: Fixtures.url("text.jpg").path))
    }
    XCTAssertThrowsError(try Image.Size(ofPicture: Fixtures.url("huge.png"))) { error in
      guard case .tooLarge = error as? ImageError else { return XCTFail("\(error)") }
    }
    let folder = try DetectionFolder()
    try folder.add("a.jpg", Data([0xFF, 0xD8, 0xFF, 0xE0, 0x00]))
    XCTAssertThrowsError(try Image.Size(ofPicture: folder.root.appendingPathComponent("a.jpg"))) { error in
      guard case .truncated = error as? ImageError else { return XCTFail("\(error)") }
    }
  }
}
