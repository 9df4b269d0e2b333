import Engine
import Images
import Models
import TestSupport
import XCTest

final class FastRCNNTests: XCTestCase {
  private let picture = goldenPicture(height: 61, width: 97, label: "first")
  private let proposals = [
    BoundingBox(left: 5, top: 7, right: 41, bottom: 50), BoundingBox(left: 50, top: 3, right: 90, bottom: 33),
    BoundingBox(left: 0, top: 0, right: 96, bottom: 60),
    BoundingBox(left: 20, top: 30, right: 40, bottom: 44),
  ]
  private let objects = [
    LabelledBox(BoundingBox(left: 6, top: 6, right: 40, bottom: 50), label: 1),
    LabelledBox(BoundingBox(left: 52, top: 3, right: 90, bottom: 30), label: 0),
  ]

  private func detector(
    _ proposals: [BoundingBox], _ backbone: BackbonePlan = .resNetPyramid("resnet18")
  ) throws -> FastRCNN {
    var options = FastRCNNOptions()
    (options.shorterSide, options.longestSide, options.headWidth) = (64, 120, 32)
    options.pooler = RegionPooler()
    let detector = try FastRCNN(
      classes: ["a", "b", "c"], backbone: backbone, options: options, initializes: false
    ) { _ in proposals }
    detector.store.fillFromKeys()
    return detector
  }

  /// On the same regions the second stage is Faster R-CNN's: the same losses and detections, bit by bit.
  func testSharesTheHead() throws {
    let fast = try detector(proposals)
    let (images, sizes) = fast.transform(fast.transform.preprocessing([picture]), sizes: [picture.size])
    let training = Pass.training(generator: RandomStream(seed: 1))
    let losses = try XCTUnwrap(
      fast(fast.transform.preprocessing([picture]), proposals: [proposals], objects: [objects], training)
        .losses)
    XCTAssertEqual(losses.parts.map(\.name), ["loss_classifier", "loss_box_reg"])
    XCTAssertNil(losses.proposals)

    let maps = Array(fast.backbone(images, .inference()).dropLast())
    let boxes = proposals.map { $0.scaled(from: picture.size, to: sizes[0]) }
    let truths = objects.map { LabelledBox($0.box.scaled(from: picture.size, to: sizes[0]), label: $0.label) }
    var generator = Pass.training(generator: RandomStream(seed: 1)).randomStream(for: "roi_heads")
    let sample = fast.head.sample(
      [boxes], objects: [truths], matcher: .nearRegions, sampler: fast.options.sampler, &generator)
    // Two proposals are objects', and so are the objects themselves; the others overlap one a little.
    XCTAssertEqual(sample.labels.sorted(), [0, 0, 1, 1, 2, 2])
    let size = Size2D(images.shape[1], images.shape[2])
    let output = fast.head(maps, sample.boxes, picture: size, .inference())
    let expected = fast.head.loss(output, of: sample, loss: .fastRCNN)
    assertClose(losses.total.scalar, Double(expected.total.scalar))

    let found = fast.detect(in: [picture], DetectionOptions(score: 0))[0]
    let again = fast.head.detections(
      fast.head(maps, [boxes], picture: size, .inference()), [boxes], sizes: sizes,
      DetectionOptions(score: 0, overlap: 0.3))
    XCTAssertFalse(found.isEmpty)
    XCTAssertEqual(
      found,
      again[0].map {
        Detection($0.box.scaled(from: sizes[0], to: picture.size), label: $0.label, score: $0.score)
      })
    XCTAssertEqual(
      fast(fast.transform.preprocessing([picture]), proposals: [proposals], objects: nil, .inference())
        .detections[0], found.filter { $0.score > fast.options.detections.score! })
  }

  func testWithoutProposals() throws {
    let detector = try detector([])
    XCTAssertEqual(detector.detect(in: [picture], DetectionOptions()), [[]])
  }
}
