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

    let found = try fast.detect(in: [picture], DetectionOptions(score: 0))[0]
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

  /// The paper's section 3.1: with all singular values the same detections, with fewer fewer multiply-accumulates.
  func testCompressed() throws {
    let detector = try detector(proposals)
    let options = DetectionOptions(score: 0)
    let expected = try detector.detect(in: [picture], options)[0]
    XCTAssertFalse(expected.isEmpty)
    XCTAssertEqual(try detector.compressed(rank: 32).detect(in: [picture], options)[0], expected)
    XCTAssertEqual(try detector.compressed(rank: .max).detect(in: [picture], options)[0], expected)
    var last = Int.max
    for rank in [32, 12, 4, 1] {
      let compressed = try detector.compressed(rank: rank)
      let work = HeadWork()
      _ = compressed.head(
        [Tensor(zeros: [1, 8, 8, 256])], [[BoundingBox(left: 0, top: 0, right: 60, bottom: 60)]],
        picture: Size2D(64, 64), .inference(observer: work))
      // 12544 inputs and 32 outputs, then 32 and 32; 16 numbers of three classes and the background.
      let (first, second) = (rank < 32 ? rank * (12544 + 32) : 12544 * 32, rank < 16 ? rank * 64 : 32 * 32)
      XCTAssertEqual(work.macs, first + second + 32 * 20, "rank \(rank)")
      XCTAssertLessThan(work.macs, last)
      last = work.macs
    }
    // Layers whose weights are of rank 5 are no others with five singular values.
    var generator = RandomStream(seed: 7)
    for name in ["fc6", "fc7"] {
      let weight = try XCTUnwrap(detector.store["roi_heads.box_head.\(name).weight"])
      let (u, v) = (generator.tensor([32, 5]), generator.tensor([weight.shape[1], 5]))
      let product = linear(u, weight: v)
      let scale = (Kernels.sumOfSquares(weight.value) / Kernels.sumOfSquares(product)).squareRoot()
      weight.value = product * Float(scale)
    }
    let compressed = try detector.compressed(rank: 5)
    let (images, sizes) = detector.transform(
      detector.transform.preprocessing([picture]), sizes: [picture.size])
    let maps = Array(detector.backbone(images, .inference()).dropLast())
    let boxes = proposals.map { $0.scaled(from: picture.size, to: sizes[0]) }
    let size = Size2D(images.shape[1], images.shape[2])
    let whole = detector.head(maps, [boxes], picture: size, .inference())
    let short = compressed.head(maps, [boxes], picture: size, .inference())
    for (actual, expected) in [(short.logits, whole.logits), (short.offsets, whole.offsets)] {
      let greatest = Double(expected.scalars.map(abs).max()!)
      assertClose(actual, expected, absolute: 1e-4 * greatest, relative: 0)
    }
    XCTAssertEqual(
      compressed.store.all.map(\.name).filter { $0.contains("box_head") },
      ["fc6.0.weight", "fc6.1.weight", "fc6.1.bias", "fc7.0.weight", "fc7.1.weight", "fc7.1.bias"].map {
        "roi_heads.box_head.\($0)"
      })
    // Faster R-CNN's head is the same.
    var fasterOptions = FasterRCNNOptions()
    (fasterOptions.shorterSide, fasterOptions.longestSide, fasterOptions.headWidth) = (64, 120, 32)
    let faster = try FasterRCNN(
      classes: ["a"], backbone: .resNetPyramid("resnet18"), options: fasterOptions, initializes: false)
    faster.store.fillAsDetector(background: 1)
    let all = try faster.detect(in: [picture], options)[0]
    XCTAssertFalse(all.isEmpty)
    XCTAssertEqual(try faster.compressed(rank: 32).detect(in: [picture], options)[0], all)
    XCTAssertNotEqual(try faster.compressed(rank: 2).detect(in: [picture], options)[0], all)
  }

  /// Adds up the multiply-accumulates of fully-connected layers.
  private final class HeadWork: PassObserver {
    private(set) var macs = 0

    func didRun(_ record: LayerRecord) { macs += record.macs }
  }

  /// Where a crowd is over all of the picture and over its proposals, there is nothing to learn: no region, and a gradient.
  func testACrowdOverAll() throws {
    let detector = try detector(proposals)
    let crowd = LabelledBox(BoundingBox(left: 0, top: 0, right: 97, bottom: 61), label: 0, isCrowd: true)
    let losses = try XCTUnwrap(
      detector(
        detector.transform.preprocessing([picture]), proposals: [proposals], objects: [[crowd]],
        .training(generator: RandomStream(seed: 1))
      ).losses)
    XCTAssertEqual(losses.total.scalar, 0)
    XCTAssertEqual(losses.total.backward().norm, 0)
  }

  func testWithoutProposals() throws {
    let detector = try detector([])
    XCTAssertEqual(try detector.detect(in: [picture], DetectionOptions()), [[]])
  }
}
