import Datasets
import Foundation
import XCTest

/// COCO's format.
final class COCOTests: XCTestCase {
  private func file(images: String, annotations: String, categories: String) -> String {
    """
    {"info": {"a": [1, {"b": "}]\\""}]}, "images": [\(images)],
    "annotations": [\(annotations)],
    "categories": [\(categories)], "licenses": null}
    """
  }

  private let categories = #"{"id": 90, "name": "tooth\u00e9 \ud83d\ude00"}, {"id": 3, "name": "car"}"#

  func testObjects() throws {
    let folder = try DetectionFolder()
    try folder.addPictures("train2017/a.png", "train2017/b.png")
    try folder.add(
      "annotations/instances_train2017.json",
      file(
        images:
          #"{"id": 7, "file_name": "a.png", "width": 40, "height": 30}, {"file_name": "b.png", "id": 2}"#,
        annotations: """
          {"segmentation": [[1.5, 2, 3e1, -4]], "bbox": [1.5, 2, 10, 20.25], "area": 99.5, "image_id": 7, "category_id": 90,
           "iscrowd": 0, "id": 1},
          {"bbox": [0, 0, 40, 30], "area": 700, "image_id": 7, "category_id": 3, "iscrowd": 1, "id": 2},
          {"bbox": [0, 0, 4, 3], "image_id": 7, "category_id": 3, "ignore": 1}
          """, categories: categories))
    try folder.add(
      "annotations/captions_train2017.json", #"{"images": [], "annotations": [{"caption": "x"}]}"#)
    let source = try DetectionSource(folder.root.path)
    XCTAssertEqual(source.format, .coco)
    XCTAssertEqual(source.splits, ["train"])
    XCTAssertEqual(source.classNames, ["car", "toothé 😀"])
    let data = try source.dataset("train")
    XCTAssertEqual(data.report, AnnotationReport())
    XCTAssertEqual(data.pictures.map(\.name), ["a.png", "b.png"])
    XCTAssertEqual(
      data.target(at: 0),
      [
        LabelledBox(BoundingBox(1.5, 2, 11.5, 22.25), label: 1, annotatedArea: 99.5),
        LabelledBox(BoundingBox(0, 0, 40, 30), label: 0, isCrowd: true, annotatedArea: 700),
        LabelledBox(BoundingBox(0, 0, 4, 3), label: 0, isDifficult: true),
      ])
    XCTAssertEqual(data.target(at: 1), [])
  }

  func testWhatIsWrongIsCounted() throws {
    let folder = try DetectionFolder()
    try folder.addPictures("a.png")
    try folder.add(
      "boxes.json",
      file(
        images: """
          {"id": 1, "file_name": "a.png", "width": 41, "height": 30},
          {"id": 2, "file_name": "gone.png"},
          {"id": 3, "file_name": "../a.png"},
          {"id": 1, "file_name": "a.png"}
          """,
        annotations: """
          {"bbox": [1, 2, 3], "image_id": 1, "category_id": 3},
          {"bbox": [1, 2, 0, 4], "image_id": 1, "category_id": 3},
          {"bbox": [100, 2, 5, 4], "image_id": 1, "category_id": 3},
          {"bbox": [-2, -2, 5, 4], "image_id": 1, "category_id": 3},
          {"bbox": [-0.25, 2, 5, 4], "image_id": 1, "category_id": 3},
          {"bbox": [1, 2, 5, 4], "image_id": 1, "category_id": 4},
          {"bbox": [1, 2, 5, 4], "image_id": 2, "category_id": 3},
          {"bbox": [1, 2, 5, 4], "image_id": 9, "category_id": 3},
          {"bbox": null, "image_id": 1, "category_id": 3}
          """, categories: categories))
    let data = try DetectionSource.open(folder.root.appendingPathComponent("boxes.json").path)
    XCTAssertEqual(data.pictures.map(\.name), ["a.png"])
    XCTAssertEqual(data.target(at: 0).map(\.box), [BoundingBox(0, 0, 3, 2), BoundingBox(0, 2, 4.75, 6)])
    XCTAssertEqual(
      folder.findings(data.report),
      [
        "differentSize boxes.json: says 41×30 of a.png, which is 40×30",
        "missingPicture gone.png: cannot be read: no such file",
        "brokenFile boxes.json:3: a picture without a usable file name",
        "brokenFile boxes.json:4: a second picture '1'",
        "brokenObject boxes.json:5: an object without a bbox of four numbers",
        "degenerate boxes.json:6: a box without area from (1, 2) to (1, 6)",
        "outside boxes.json:7: a box from (100, 2) to (105, 6) outside its picture of 40×30",
        "clipped boxes.json:8: a box from (-2, -2) to (3, 2) reaches beyond its picture of 40×30",
        "unknownClass boxes.json:10: an object of a category '4' that is not there",
        "brokenObject boxes.json:12: an object in a picture '9' that is not there",
        "brokenObject boxes.json:13: an object without a bbox of four numbers",
      ])
  }

  func testWhatIsNoJSONIsAnError() throws {
    for (text, reason) in [
      (
        "{\"images\": [{\"id\": 1,\n\"width\": wide}]}",
        ":2: not valid annotations: 'wide' where a number is expected"
      ),
      ("{\"images\": [", ":1: not valid annotations: it ends early"),
      ("{\"images\": [7", ":1: not valid annotations: '7' where an object is expected"),
      ("{\"images\": [{\"id\": \"a", ":1: not valid annotations: a string without an end"),
      ("{\"annotations\": [{\"x\": [[1, 2}", ":1: not valid annotations: it ends early"),
      ("{\"x\" 1}", ":1: not valid annotations: '1' where a colon after 'x' is expected"),
    ] {
      let folder = try DetectionFolder()
      try folder.add("a.json", text)
      XCTAssertThrowsError(try DetectionSource(folder.root.appendingPathComponent("a.json").path)) { error in
        XCTAssertTrue("\(error)".hasSuffix("/a.json" + reason), "\(error)")
      }
    }
  }

  /// However deep: nothing recurses.
  func testDeepAndLongValuesAreSkipped() throws {
    let folder = try DetectionFolder()
    try folder.addPictures("a.png")
    let deep = String(repeating: "[", count: 200_000) + String(repeating: "]", count: 200_000)
    try folder.add(
      "a.json",
      "{\"x\": \(deep), "
        + file(images: #"{"id": "k", "file_name": "a.png"}"#, annotations: "", categories: categories)
        .dropFirst())
    XCTAssertEqual(try DetectionSource.open(folder.root.path).count, 1)
  }

  func testSplitsBesideTheirPictures() throws {
    let folder = try DetectionFolder()
    for split in ["train", "valid", "test"] {
      try folder.addPictures("\(split)/\(split).png")
      try folder.add(
        "\(split)/_annotations.coco.json",
        file(images: "{\"id\": 0, \"file_name\": \"\(split).png\"}", annotations: "", categories: categories))
    }
    let source = try DetectionSource(folder.root.path)
    XCTAssertEqual(source.splits.sorted(), ["test", "train", "val"])
    XCTAssertEqual(try source.dataset("val").pictures.map(\.name), ["valid.png"])
    XCTAssertEqual(try source.dataset().count, 3)
    try folder.add(
      "test/_annotations.coco.json",
      file(
        images: #"{"id": 0, "file_name": "test.png"}"#, annotations: "",
        categories: #"{"id": 1, "name": "b"}"#))
    XCTAssertThrowsError(try DetectionSource(folder.root.path)) { error in
      XCTAssertTrue("\(error)".contains("other categories"), "\(error)")
    }
  }
}
