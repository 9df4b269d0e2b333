import Datasets
import Foundation
import XCTest

/// Which pictures a detector is trained on and which it is validated by.
final class DetectionPartsTests: XCTestCase {
  private func voc(_ splits: [String: [String]]) throws -> DetectionFolder {
    let folder = try DetectionFolder()
    for stem in Set(splits.values.joined()) {
      try folder.addPictures("JPEGImages/\(stem).png")
      try folder.add(
        "Annotations/\(stem).xml",
        """
        <annotation><object><name>cell</name><bndbox><xmin>2</xmin><ymin>2</ymin><xmax>9</xmax><ymax>9</ymax></bndbox>
        </object></annotation>
        """)
    }
    for (name, stems) in splits where name != "all" {
      try folder.add("ImageSets/Main/\(name).txt", stems.joined(separator: "\n"))
    }
    return folder
  }

  private func names(_ dataset: any Dataset<[LabelledBox]>) -> [String] {
    (dataset as? DetectionDataset)?.pictures.map { String($0.name.dropLast(4)) } ?? []
  }

  func testSplits() throws {
    let folder = try keep(
      voc(["train": ["a", "b"], "val": ["c"], "test": ["d", "e"], "trainval": ["a", "b", "c"]]))
    let source = try DetectionSource(folder.root.path)
    var data = try source.dataSource()
    XCTAssertEqual(names(data.train), ["a", "b"])
    XCTAssertEqual(names(data.validation), ["c"])
    XCTAssertEqual(data.findings?.isEmpty, true)
    var options = DataOptions()
    (options.trainPart, options.validationPart) = ("trainval", "test")
    data = try source.dataSource(options)
    XCTAssertEqual(names(data.train), ["a", "b", "c"])
    XCTAssertEqual(names(data.validation), ["d", "e"])
    XCTAssertEqual(options.differences(from: DataOptions()), ["trainPart", "validationPart"])
    // Validated by pictures that are trained on: it is said.
    options.validationPart = "val"
    data = try source.dataSource(options)
    XCTAssertEqual(data.findings?.inBothParts, 1)
    XCTAssertTrue("\(data.findings!)".contains("1 picture to validate by among those to train on"))
    options.validationPart = "mini"
    XCTAssertThrowsError(try source.dataSource(options)) {
      guard case DatasetError.unknownSplit(_, "mini", _) = $0 else { return XCTFail("\($0)") }
    }
    XCTAssertEqual(names(try source.part(nil)), ["c"])
    XCTAssertEqual(names(try source.part("validation")), ["c"])
    XCTAssertEqual(names(try source.part("test")), ["d", "e"])
  }

  func testAShare() throws {
    let stems = (0..<10).map { "p\($0)" }
    let whole = try DetectionSource(try keep(voc(["all": stems])).root.path)
    XCTAssertThrowsError(try whole.dataSource()) {
      guard case DatasetError.noValidation = $0 else { return XCTFail("\($0)") }
    }
    XCTAssertEqual(names(try whole.part(nil)), stems)
    var options = DataOptions()
    options.validationShare = 0.3
    let first = try whole.dataSource(options)
    XCTAssertEqual(first.validation.count, 3)
    XCTAssertEqual((names(first.train) + names(first.validation)).sorted(), stems)
    XCTAssertEqual(names(try whole.dataSource(options).validation), names(first.validation))
    options.seed = 1
    XCTAssertNotEqual(names(try whole.dataSource(options).validation), names(first.validation))

    let divided = try DetectionSource(try keep(voc(["train": stems, "val": ["v"]])).root.path)
    XCTAssertThrowsError(try divided.dataSource(options)) {
      guard case DatasetError.hasValidation = $0 else { return XCTFail("\($0)") }
    }
  }

  /// What holds boxes, and what does not.
  func testRecognizes() throws {
    XCTAssertTrue(DetectionSource.recognizes(try keep(voc(["train": ["a"]])).root.path))
    let classes = try keep(DetectionFolder())
    try classes.addPictures("train/cat/a.png", "train/dog/b.png", "val/cat/c.png")
    try classes.add("names.json", "[\"cat\", \"dog\"]")
    XCTAssertFalse(DetectionSource.recognizes(classes.root.path))
    let yolo = try keep(DetectionFolder())
    try yolo.addPictures("images/train/a.png")
    try yolo.add("labels/train/a.txt", "0 0.5 0.5 0.2 0.2")
    XCTAssertTrue(DetectionSource.recognizes(yolo.root.path))
    let coco = try keep(DetectionFolder())
    try coco.add(
      "annotations/instances_val.json",
      #"{"images": [{"id": 1}], "annotations": [], "categories": [{"id": 1, "name": "cat"}]}"#)
    XCTAssertTrue(DetectionSource.recognizes(coco.root.path))
    XCTAssertFalse(DetectionSource.recognizes(coco.root.path + "/none"))
  }

  /// The classes that a detector does not know, by the rules of relabelling.
  func testUnmatchedClasses() {
    let data = DetectionDataset([], classNames: ["tvmonitor", "Potted Plant", "cell", "dog"])
    XCTAssertEqual(data.unmatchedClasses(in: ["tv", "pottedplant", "dog"]), ["cell"])
    XCTAssertEqual(data.annotatedLabels(in: ["zebra", "tv", "pottedplant", "dog"]), [1, 2, 3])
  }

  // Folders go when nobody holds them.
  private var kept: [DetectionFolder] = []
  override func tearDown() { kept = [] }

  private func keep(_ folder: DetectionFolder) -> DetectionFolder {
    kept.append(folder)
    return folder
  }
}
