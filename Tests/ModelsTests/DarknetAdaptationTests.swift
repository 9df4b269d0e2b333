import Models
import XCTest

/// Configurations changed for other classes and anchors, as people change them by hand.
final class DarknetAdaptationTests: XCTestCase {
  private static func anchors(_ count: Int) -> [YOLOHead.Anchor] {
    (0..<count).map { (place: Int) -> YOLOHead.Anchor in
      let (width, height) = (8 + 5 * place, 9 + 7 * place)
      return YOLOHead.Anchor(Float(width), Float(height))
    }
  }

  /// The built-in ones are written anew for each number of classes: the same text, by another way.
  func testHeadsAndTheLayersBeforeThem() throws {
    for classes in [1, 3, 80] {
      XCTAssertEqual(
        try DarknetConfiguration.yolov3Tiny().adapted(classes: classes).text,
        DarknetConfiguration.yolov3Tiny(classes: classes).text)
      XCTAssertEqual(
        try DarknetConfiguration.yolov3().adapted(classes: classes, anchors: Self.anchors(9)).text,
        DarknetConfiguration.yolov3(classes: classes, anchors: Self.anchors(9)).text)
      XCTAssertEqual(
        try DarknetConfiguration.yolov2Tiny().adapted(classes: classes, anchors: Self.anchors(5)).text,
        DarknetConfiguration.yolov2Tiny(classes: classes, anchors: Self.anchors(5)).text)
      XCTAssertEqual(
        try DarknetConfiguration.yolov1Tiny().adapted(classes: classes).text,
        DarknetConfiguration.yolov1Tiny(classes: classes).text)
    }
  }

  /// What is written is read again as it was, and a card's detector has as many classes as are asked for.
  func testTextAndCard() throws {
    let text =
      "[net]\n# size\nheight = 64\nwidth=64\n[maxpool]\nsize=32\nstride=32\n[conv]\nfilters=30\nsize=1\n"
      + "[yolo]\nanchors=8,9, 30,31\nmask=0,1\nnum=2\nclasses=10\n"
    let configuration = try DarknetConfiguration(text, file: "folder/own.cfg")
    let again = try DarknetConfiguration(configuration.text, file: "own.cfg")
    XCTAssertEqual(again.text, configuration.text)
    XCTAssertEqual(again.sections.map(\.name), ["net", "maxpool", "conv", "yolo"])
    XCTAssertEqual(again.sections[3].entries.map(\.value), ["8,9,30,31", "0,1", "2", "10"])

    let card = try DetectorCard.darknet(configuration)
    XCTAssertEqual(card.name, "own.cfg")
    let request = DetectorRequest(
      classes: ["a", "b"], details: DetectorDetails(anchors: [.init(3, 4), .init(5, 6)]), seed: 1)
    let detector = try XCTUnwrap(card.detector(request) as? YOLODetector)
    XCTAssertEqual(detector.network.classes, 2)
    XCTAssertEqual(detector.network.anchors, [.init(3, 4), .init(5, 6)])
    XCTAssertEqual(detector.network.store.all.map(\.shape.count).reduce(0, +), 14 * 3 + 14)
  }

  func testAnchorsThatCannotBe() throws {
    for (anchors, reason) in [
      (Self.anchors(5), "5 anchors where it has 6"), (Self.anchors(5) + [.init(1e-4, 3)], "is too small"),
    ] {
      XCTAssertThrowsError(try DarknetConfiguration.yolov3Tiny().adapted(classes: 80, anchors: anchors)) {
        XCTAssertTrue("\($0)".contains(reason), "\($0)")
      }
    }
    XCTAssertThrowsError(try DarknetConfiguration(path: "none/such.cfg"))
  }
}
