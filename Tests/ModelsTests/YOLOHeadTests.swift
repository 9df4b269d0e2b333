import Engine
import Foundation
import Images
import Models
import TestSupport
import XCTest

/// What heads' numbers mean, against plain formulas in `Double`; what is kept of overlapping boxes; the letterbox.
final class YOLOHeadTests: XCTestCase {
  private let input = Image.Size(width: 96, height: 64)

  private func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

  /// Every anchor at every cell of both pictures, of versions 3 and 2.
  func testCandidatesOfAnchors() {
    let anchors: [YOLOHead.Anchor] = [.init(8, 10), .init(14, 30), .init(2, 1.5)]
    let heads = [
      YOLOHead(anchors: anchors, mask: [2, 0], classes: 3),
      YOLOHead(anchors: anchors, mask: [1, 2], classes: 3, centreScale: 1.2),
      YOLOHead(anchors: Array(anchors[1...]), classes: 3, unit: .cells, scores: .exclusive),
    ]
    var generator = RandomStream(seed: 1)
    let map = generator.tensor([2, 2, 3, 16], scale: 2)
    let t = DTensor(map)
    for (number, head) in heads.enumerated() {
      for picture in 0..<2 {
        let found = head.candidates(in: map, of: picture, input: input, above: 0.2)
        var expected: [(label: Int, score: Double, box: [Double])] = []
        for row in 0..<2 {
          for column in 0..<3 {
            for (a, index) in head.mask.enumerated() {
              let n = (0..<8).map { t[picture, row, column, 8 * a + $0] }
              let powers = n[5...].map(exp)
              let scores =
                number == 2 ? powers.map { $0 / powers.reduce(0, +) } : n[5...].map { sigmoid($0) }
              let scale = number == 1 ? 1.2 : 1
              let unit = number == 2 ? 32.0 : 1
              let x = ((sigmoid(n[0]) - 0.5) * scale + 0.5 + Double(column)) * 32
              let y = ((sigmoid(n[1]) - 0.5) * scale + 0.5 + Double(row)) * 32
              let w = exp(n[2]) * Double(head.anchors[index].width) * unit
              let h = exp(n[3]) * Double(head.anchors[index].height) * unit
              for (label, score) in scores.enumerated()
              where sigmoid(n[4]) > 0.2 && sigmoid(n[4]) * score > 0.2 {
                expected.append(
                  (label, sigmoid(n[4]) * score, [x - w / 2, y - h / 2, x + w / 2, y + h / 2]))
              }
            }
          }
        }
        XCTAssertGreaterThan(expected.count, 3)
        XCTAssertEqual(found.map(\.label), expected.map(\.label))
        assertClose(found.map(\.score), expected.map(\.score))
        assertClose(
          found.flatMap { [$0.box.left, $0.box.top, $0.box.right, $0.box.bottom] },
          expected.flatMap(\.box), absolute: 1e-4)
      }
    }
  }

  /// Darknet's order: classes of all cells, confidences of all cells, boxes.
  func testCandidatesOfAGrid() {
    let roots = GridHead(side: 2, boxes: 2, classes: 3)
    let plain = GridHead(side: 2, boxes: 2, classes: 3, hasSquareRoots: false)
    XCTAssertEqual(roots.outputs, 52)
    var values = [Float](repeating: 0, count: 104)
    // The second picture, its cell (1, 0): class 2; the second box.
    values[52 + 1 * 3 + 2] = 0.9
    values[52 + 12 + 1 * 2 + 1] = 0.8
    values.replaceSubrange(
      52 + 20 + (1 * 2 + 1) * 4..<52 + 20 + (1 * 2 + 2) * 4, with: [0.25, 0.5, 0.5, 0.25])
    // A negative confidence times a negative class is no object.
    values[52 + 2 * 3] = -3
    values[52 + 12 + 2 * 2] = -3
    let output = Tensor(values, shape: [2, 52])
    XCTAssertEqual(roots.candidates(in: output, of: 0, input: input, above: 0.1), [])
    let found = roots.candidates(in: output, of: 1, input: input, above: 0.1)
    XCTAssertEqual(found.count, 1)
    XCTAssertEqual(found[0].label, 2)
    XCTAssertEqual(found[0].score, 0.72, accuracy: 1e-6)
    // Centre (1.25 / 2 · 96, 0.5 / 2 · 64), sides ½² · 96 and ¼² · 64.
    XCTAssertEqual(found[0].box, BoundingBox(left: 48, top: 14, right: 72, bottom: 18))
    let other = plain.candidates(in: output, of: 1, input: input, above: 0.1)[0].box
    XCTAssertEqual(other, BoundingBox(left: 36, top: 8, right: 84, bottom: 24))
    XCTAssertEqual(roots.candidates(in: output, of: 1, input: input, above: 0.72), [])
  }

  /// Class by class, the better first, of equal ones the earlier; at the limit both stay.
  func testSuppression() {
    let head = YOLOHead(anchors: [.init(32, 32)], classes: 2)
    // Two cells, whose boxes are of 32 and 64 pixels; the classes' logits make the scores.
    func output(_ logits: [[Float]]) -> YOLOOutput {
      let rows = logits.flatMap { classes -> [Float] in [0, 0, 0.693_147_2, 0, 20] + classes }
      return YOLOOutput(
        maps: [Tensor(rows, shape: [1, 1, 2, 7])], heads: [.anchors(head)],
        input: Image.Size(width: 64, height: 32))
    }
    // Centres at 16 and 48, 64 wide: the IoU is 32 / 96.
    let both = output([[1, -20], [2, -20]])
    XCTAssertEqual(
      both.detections(of: 0, .init(score: 0.5, overlap: 0.34)).map { $0.box.left.rounded() }, [16, -16])
    XCTAssertEqual(
      both.detections(of: 0, .init(score: 0.5, overlap: 0.33)).map { $0.box.left.rounded() }, [16])
    XCTAssertEqual(
      both.detections(of: 0, .init(score: 0.5, overlap: 0.34, maximum: 1)).map { $0.box.left.rounded() }, [16]
    )
    let classes = output([[1, -20], [-20, 2]])
    XCTAssertEqual(classes.detections(of: 0, .init(score: 0.5, overlap: 0)).map(\.label), [1, 0])
    let equal = output([[1, -20], [1, -20]])
    XCTAssertEqual(
      equal.detections(of: 0, .init(score: 0.5, overlap: 0)).map { $0.box.left.rounded() }, [-16])
  }

  // MARK: Letterbox

  /// Against darknet's loops, for pictures that are made larger, smaller, wider, and of one pixel; in grey, and stretched.
  func testLetterbox() {
    var generator = RandomStream(seed: 2)
    let sizes = [
      (7, 5, 13, 11), (40, 23, 16, 16), (3, 30, 8, 12), (1, 1, 4, 6), (9, 2, 9, 9), (200, 1, 8, 8),
    ]
    for (width, height, w, h, stretches) in [false, true].flatMap({ stretches in
      sizes.map { ($0.0, $0.1, $0.2, $0.3, stretches) }
    }) {
      let pixels = (0..<width * height * 3).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
      let image = Image(width: width, height: height, pixels: pixels)
      let box = Letterbox(Image.Size(width: w, height: h), stretches: stretches)
      let place = box.place(of: image.size)
      XCTAssertTrue(place.width == w || place.height == h)
      if stretches { XCTAssertEqual(place, Image.Region(x: 0, y: 0, width: w, height: h)) }
      XCTAssertEqual(place.x, (w - place.width) / 2)
      XCTAssertEqual(place.y, (h - place.height) / 2)
      func value(_ x: Double, _ y: Double, _ c: Int) -> Double {
        let (x0, y0) = (min(Int(x), width - 1), min(Int(y), height - 1))
        let (x1, y1) = (min(x0 + 1, width - 1), min(y0 + 1, height - 1))
        let (dx, dy) = (x - Double(x0), y - Double(y0))
        func at(_ x: Int, _ y: Int) -> Double { Double(image[x, y, c]) / 255 }
        return (1 - dy) * ((1 - dx) * at(x0, y0) + dx * at(x1, y0))
          + dy * ((1 - dx) * at(x0, y1) + dx * at(x1, y1))
      }
      var expected = DTensor(shape: [1, h, w, 3], values: Array(repeating: 0.5, count: h * w * 3))
      for y in 0..<place.height {
        for x in 0..<place.width {
          for c in 0..<3 {
            let sx = place.width == 1 ? Double(width - 1) : Double(x * (width - 1)) / Double(place.width - 1)
            let sy =
              place.height == 1 ? Double(height - 1) : Double(y * (height - 1)) / Double(place.height - 1)
            expected[0, place.y + y, place.x + x, c] = value(sx, sy, c)
          }
        }
      }
      assertClose(box(image), expected, absolute: 5e-5, relative: 0, "\(width)×\(height) in \(w)×\(h)")
    }
  }

  /// Pictures must come to a size that the network takes, and classes have as many names.
  func testDetectorsThatCannotBe() throws {
    let network = try YOLONetwork(darknet: .yolov3Tiny(classes: 2), initializes: false)
    func detector(_ preprocessing: Preprocessing) throws -> YOLODetector {
      try YOLODetector(network, preparation: .preprocessing(preprocessing))
    }
    XCTAssertThrowsError(try detector(Preprocessing(resize: .shorterSide(416)))) {
      XCTAssertEqual(
        $0 as? NetworkError,
        .invalidOption(network: "yolov3-tiny", reason: "pictures are not brought to one size"))
    }
    XCTAssertThrowsError(try detector(Preprocessing(resize: .exact(width: 416, height: 400)))) {
      XCTAssert($0 is DarknetError)
    }
    XCTAssertThrowsError(try detector(.plain(channels: 1))) { XCTAssert($0 is NetworkError) }
    XCTAssertNoThrow(try detector(Preprocessing(resize: .exact(width: 320, height: 416))))
    XCTAssertThrowsError(try YOLODetector(network, classes: ["a"])) {
      XCTAssertEqual(
        $0 as? NetworkError, .invalidOption(network: "yolov3-tiny", reason: "1 name for 2 classes"))
    }
  }

  /// A box of the picture comes back from where it lies, by the letterbox and by a preprocessing.
  func testBoxesComeBack() {
    let picture = Image.Size(width: 200, height: 100)
    let box = BoundingBox(left: 20, top: 10, right: 150, bottom: 90)
    let letterbox = DetectorPreparation.letterbox(Letterbox(Image.Size(width: 100, height: 80)))
    // Half as large, 15 rows down.
    XCTAssertEqual(
      letterbox.restored(BoundingBox(left: 10, top: 20, right: 75, bottom: 60), in: picture), box)
    for stretched in [
      DetectorPreparation.preprocessing(Preprocessing(resize: .exact(width: 50, height: 200))),
      .letterbox(Letterbox(Image.Size(width: 50, height: 200), stretches: true)),
    ] {
      XCTAssertEqual(
        stretched.restored(BoundingBox(left: 5, top: 20, right: 37.5, bottom: 180), in: picture), box)
    }
    // The shorter side to 50, of the 100 columns the middle 40.
    let cropped = DetectorPreparation.preprocessing(Preprocessing(resize: .shorterSide(50), crop: 40))
    XCTAssertEqual(
      cropped.restored(BoundingBox(left: -20, top: 0, right: 45, bottom: 40), in: picture), box)
  }
}
