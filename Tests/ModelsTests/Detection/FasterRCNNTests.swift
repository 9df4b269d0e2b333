import Engine
import Foundation
import Images
import Models
import TestSupport
import XCTest

final class FasterRCNNTests: XCTestCase {
  private let anchors = AnchorGenerator(
    sizes: [[8], [16], [32], [64], [128]], aspectRatios: Array(repeating: [0.5, 1, 2], count: 5))

  private func detector(
    _ backbone: BackbonePlan = .resNetPyramid("resnet18"),
    _ change: (inout FasterRCNNOptions) -> Void = { _ in }
  ) throws -> FasterRCNN {
    var options = FasterRCNNOptions()
    (options.shorterSide, options.longestSide, options.headWidth) = (64, 120, 32)
    options.anchors = anchors
    options.trainingProposals = ProposalCounts(beforeSuppression: 60, afterSuppression: 40)
    options.proposals = ProposalCounts(beforeSuppression: 60, afterSuppression: 40)
    // All are drawn.
    options.proposalSampler = BalancedSampler(count: 1_000_000, objectShare: 0.5)
    options.regionSampler = BalancedSampler(count: 1_000_000, objectShare: 0.25)
    change(&options)
    let detector = try FasterRCNN(
      classes: ["a", "b", "c"], backbone: backbone, options: options, initializes: false)
    return detector
  }

  private struct Pictures {
    let images: Tensor
    let sizes: [Image.Size]
    let objects: [[LabelledBox]]

    init(_ golden: DetectionGoldens.Training, for detector: FasterRCNN) {
      let pictures = zip(golden.sizes, golden.labels).map {
        goldenPicture(height: $0[0], width: $0[1], label: $1)
      }
      sizes = pictures.map(\.size)
      images = detector.transform.preprocessing.batch(
        pictures,
        padded: Image.Size(width: sizes.map(\.width).max()!, height: sizes.map(\.height).max()!))
      objects = golden.objects.map { objects in
        objects.map {
          LabelledBox(BoundingBox(left: $0[0], top: $0[1], right: $0[2], bottom: $0[3]), label: Int($0[4]))
        }
      }
    }
  }

  /// The four losses, and gradients all the way to the first convolution, as torchvision computes them in float64 of all anchors
  /// and all regions of two pictures of odd sizes.
  func testLossesAndGradients() throws {
    let golden = try DetectionGoldens.decode(DetectionGoldens.Training.self, "detection_training")
    let detector = try detector()
    detector.store.fillAsDetector(background: 1)
    let pictures = Pictures(golden, for: detector)
    let output = detector(
      pictures.images, sizes: pictures.sizes, objects: pictures.objects,
      .training(generator: RandomStream(seed: 1)))
    XCTAssertEqual(output.detections, [[], []])
    let losses = try XCTUnwrap(output.losses)
    XCTAssertEqual(Set(losses.parts.map(\.name)), Set(golden.losses.keys))
    for (name, value) in losses.parts {
      assertClose(value.scalar, try XCTUnwrap(golden.losses[name]), absolute: 0, relative: 2e-4, name)
    }
    assertClose(losses.total.scalar, golden.losses.values.reduce(0, +), absolute: 0, relative: 2e-4)
    let gradients = losses.total.backward()
    XCTAssertEqual(golden.gradients.count, 14)
    for golden in golden.gradients {
      let parameter = try XCTUnwrap(detector.store[golden.name], golden.name)
      let gradient = parameter.layout.toFile(try XCTUnwrap(gradients[parameter], golden.name))
      assertClose(
        Float(Kernels.sumOfSquares(gradient).squareRoot()), golden.norm, absolute: 0, relative: 2e-3,
        golden.name)
      let values = gradient.scalars
      let found = CounterGenerator.sample("gradient \(golden.name)", of: values.count, golden.samples.count)
        .map { values[$0] }
      let scale = golden.samples.map(abs).max()!
      assertClose(found, golden.samples, absolute: 5e-3 * scale, relative: 0, golden.name)
    }
    // Batch norms are frozen, and everything else is trained.
    XCTAssertEqual(gradients.leaves.count, detector.store.trainable.count)
    XCTAssertFalse(detector.store.trainable.contains { $0.name.contains(".bn") })
  }

  /// Pictures by themselves give the bits of pictures side by side, and extreme shapes nothing that is large.
  func testPicturesByThemselves() throws {
    let golden = try DetectionGoldens.decode(DetectionGoldens.Training.self, "detection_training")
    let detector = try detector()
    detector.store.fillAsDetector(background: 1)
    let pictures = Pictures(golden, for: detector)
    let separate = pictures.sizes.enumerated().map { index, size in
      pictures.images[index..<index + 1, 0..<size.height, 0..<size.width]
    }
    let pass = Pass.inference()
    let expected = detector(pictures.images, sizes: pictures.sizes, objects: pictures.objects, pass)
    let output = detector(separate, objects: pictures.objects, pass)
    XCTAssertEqual(output.detections, expected.detections)
    assertSameBits(
      try XCTUnwrap(output.losses).total, try XCTUnwrap(expected.losses).total, "losses of the same pictures")
    let (batch, sizes) = detector.transform([[1, 20, 8000, 3], [1, 8000, 20, 3]].map { Tensor(zeros: $0) })
    XCTAssertEqual(batch.shape, [2, 128, 128, 3])
    XCTAssertEqual(sizes, [Image.Size(width: 120, height: 1), Image.Size(width: 1, height: 120)])
  }

  /// Losses, their gradients and what is found, on any number of threads.
  func testBitsDoNotDependOnThreads() throws {
    let golden = try DetectionGoldens.decode(DetectionGoldens.Training.self, "detection_training")
    let detector = try detector {
      $0.proposalSampler = BalancedSampler(count: 64, objectShare: 0.5)
      $0.regionSampler = BalancedSampler(count: 16, objectShare: 0.25)
    }
    detector.store.fillAsDetector(background: 1)
    let pictures = Pictures(golden, for: detector)
    func run() throws -> (gradients: Gradients, found: [[Detection]]) {
      let output = detector(
        pictures.images, sizes: pictures.sizes, objects: pictures.objects,
        .training(generator: RandomStream(seed: 1)))
      let found = detector(pictures.images, sizes: pictures.sizes, objects: nil, .inference()).detections
      return (try XCTUnwrap(output.losses).total.backward(), found)
    }
    let expected = try withThreads(1, run)
    XCTAssertFalse(expected.found.allSatisfy(\.isEmpty))
    for threads in [2, 3] {
      let actual = try withThreads(threads, run)
      XCTAssertEqual(actual.found, expected.found)
      for parameter in detector.store.trainable {
        assertSameBits(
          try XCTUnwrap(actual.gradients[parameter]), try XCTUnwrap(expected.gradients[parameter]),
          parameter.name)
      }
    }
  }

  /// Each stage has its time, what is found is the same, and nothing is measured outside.
  func testStagesAreMeasured() throws {
    let detector = try detector()
    detector.store.fillAsDetector(background: 1)
    let picture = goldenPicture(height: 61, width: 97, label: "first")
    let expected = try detector.detect(in: [picture], DetectionOptions())
    let (found, times) = try DetectionTimes.measuring {
      try detector.detect(in: [picture], DetectionOptions())
    }
    XCTAssertEqual(found, expected)
    for stage in DetectionStage.allCases { XCTAssertGreaterThan(times[stage], 0, "\(stage)") }
    let idle = DetectionTimes.measuring {}.times
    for stage in DetectionStage.allCases { XCTAssertEqual(idle[stage], 0, "\(stage)") }
  }

  /// What is found in a picture does not depend on the others, is inside of it, in order, and as many as was asked for.
  func testDetects() throws {
    let detector = try detector()
    detector.store.fillAsDetector(background: 1)
    let pictures = [
      goldenPicture(height: 61, width: 97, label: "first"),
      goldenPicture(height: 80, width: 53, label: "second"),
    ]
    let found = try detector.detect(in: pictures, DetectionOptions())
    XCTAssertEqual(found[1], try detector.detect(in: [pictures[1]], DetectionOptions())[0])
    for (found, picture) in zip(found, pictures) {
      XCTAssertFalse(found.isEmpty)
      XCTAssertEqual(found.map(\.score), found.map(\.score).sorted(by: >))
      for detection in found {
        XCTAssertEqual(detection.box.clipped(to: picture.size).area, detection.box.area, accuracy: 0.01)
        XCTAssertTrue(detector.classes.indices.contains(detection.label))
        XCTAssertGreaterThan(detection.score, 0.05)
      }
      for (index, a) in found.enumerated() {
        for b in found[..<index] where a.label == b.label {
          XCTAssertLessThanOrEqual(a.box.intersectionOverUnion(b.box), 0.5 + 1e-4)
        }
      }
    }
    let some = try detector.detect(in: [pictures[0]], DetectionOptions(score: 0.2, maximum: 2))[0]
    XCTAssertEqual(some, Array(found[0].filter { $0.score > 0.2 }.prefix(2)))
    XCTAssertFalse(some.isEmpty)
    let all = try detector.detect(in: [pictures[0]], DetectionOptions(overlap: 1))[0]
    XCTAssertGreaterThan(all.count, found[0].count)
  }

  /// A picture without an object teaches what background is, and no boxes.
  func testWithoutObjects() throws {
    let golden = try DetectionGoldens.decode(DetectionGoldens.Training.self, "detection_training")
    let detector = try detector()
    detector.store.fillAsDetector(background: 1)
    let pictures = Pictures(golden, for: detector)
    let output = detector(
      pictures.images, sizes: pictures.sizes, objects: [[], []], .training(generator: RandomStream(seed: 1)))
    let losses = try XCTUnwrap(output.losses)
    let proposals = try XCTUnwrap(losses.proposals)
    XCTAssertEqual(proposals.regression.scalar, 0)
    XCTAssertEqual(losses.regions.regression.scalar, 0)
    XCTAssertGreaterThan(losses.regions.classification.scalar, 0)
    XCTAssertGreaterThan(proposals.classification.scalar, 0)
    XCTAssertTrue(losses.total.backward().norm.isFinite)
  }

  /// Crowds and difficult objects are not learnt, and what lies in them is no background: of the proposals' loss the mean over
  /// the anchors elsewhere is left, and the head draws no region there.
  func testCrowds() throws {
    let golden = try DetectionGoldens.decode(DetectionGoldens.Training.self, "detection_training")
    let detector = try detector()
    detector.store.fillAsDetector(background: 1)
    let pictures = Pictures(golden, for: detector)
    let (batch, _) = detector.transform(pictures.images, sizes: pictures.sizes)
    let pass = Pass.inference()
    let maps = detector.proposals(detector.backbone(batch, pass), pass)
    let anchors = detector.proposals.anchors(of: maps, picture: Size2D(batch.shape[1], batch.shape[2]))
    let crowd = LabelledBox(
      BoundingBox(left: 10, top: 5, right: 60, bottom: 50), label: 2, isCrowd: true, annotatedArea: 3)
    let difficult = LabelledBox(
      BoundingBox(left: 20, top: 20, right: 36, bottom: 36), label: 0, isDifficult: true)
    var stream = RandomStream(seed: 1)
    let loss = detector.proposals.loss(
      maps, anchors: anchors, objects: [[crowd], [difficult]], sampler: detector.options.proposalSampler,
      &stream)
    XCTAssertEqual(loss.regression.scalar, 0)
    var (sum, count, excused) = (0.0, 0, 0)
    for (map, anchors) in zip(maps, anchors) {
      let logits = map.objectness.scalars
      for (place, logit) in logits.enumerated() {
        let (image, anchor) = (place / anchors.count, anchors[place % anchors.count])
        let inside = Double(crowd.box.intersection(anchor)) / Double(anchor.area)
        let overlap = Double(difficult.box.intersectionOverUnion(anchor))
        if image == 0 ? inside >= 0.5 : overlap >= 0.5 {
          excused += 1
          continue
        }
        sum += log(1 + exp(Double(logit)))
        count += 1
      }
    }
    XCTAssertGreaterThan(excused, 20)
    assertClose(loss.classification.scalar, sum / Double(count), absolute: 0, relative: 1e-4)

    // The head: the crowd's own box is no region, those in it are not drawn, and an object beside it is.
    let object = LabelledBox(BoundingBox(left: 70, top: 5, right: 90, bottom: 40), label: 1)
    let proposals = [
      BoundingBox(left: 12, top: 6, right: 40, bottom: 30),
      BoundingBox(left: 72, top: 5, right: 90, bottom: 40),
      BoundingBox(left: 0, top: 45, right: 30, bottom: 60),
    ]
    let sample = detector.head.sample([proposals], objects: [[crowd, object]], &stream)
    XCTAssertEqual(sample.boxes, [[proposals[1], proposals[2], object.box]])
    XCTAssertEqual(sample.labels, [2, 0, 2])

    // Through the whole detector the flags survive the resize: the losses of a picture with a crowd over all of it are of
    // anchors beyond the picture alone, and there is no region at all.
    let whole = LabelledBox(BoundingBox(left: 0, top: 0, right: 97, bottom: 80), label: 0, isCrowd: true)
    let output = detector(
      pictures.images, sizes: pictures.sizes, objects: [[whole], [whole]],
      .training(generator: RandomStream(seed: 1)))
    let losses = try XCTUnwrap(output.losses)
    XCTAssertEqual(losses.regions.total.scalar, 0)
    let gradients = losses.total.backward()
    XCTAssertTrue(gradients.norm.isFinite)
    for parameter in detector.store.trainable where parameter.name.hasPrefix("roi_heads") {
      XCTAssertEqual(gradients[parameter]?.scalars.contains { $0 != 0 } ?? false, false, parameter.name)
    }
  }

  /// The trunks: what is registered, under which keys, and how fine the maps are.
  func testBackbones() throws {
    for (plan, network, maps, last) in [
      (BackbonePlan.resNet50Pyramid(), "resnet50", [4, 8, 16, 32, 64], "layer4.2.conv3.weight"),
      (.vgg16, "vgg16", [16], "features.28.bias"),
      (.mobileNetV2, "mobilenet_v2", [16], "features.13.conv.2.weight"),
      (.mobileNetV2Pyramid, "mobilenet_v2", [4, 8, 16, 32, 64], "features.17.conv.2.weight"),
    ] {
      let store = ParameterStore(initializes: false)
      let backbone = try Backbone(store.scope["backbone"], plan)
      let names = store.all.map(\.name)
      let ours = names.filter { $0.hasPrefix("backbone.body.") }.map { String($0.dropFirst(14)) }
      let theirs = try Network(network, initializes: false).store.all.map(\.name)
      XCTAssertTrue(Set(ours).isSubset(of: theirs), network)
      XCTAssertTrue(
        ours.contains(last) && !ours.contains { $0.hasPrefix("fc") || $0.hasPrefix("classifier") }, network)
      let shapes = Parallel.withoutComputing {
        backbone(Tensor(zeros: [1, 128, 192, 3]), .inference()).map(\.shape)
      }
      XCTAssertEqual(shapes.map { $0[1] }, maps.map { 128 / $0 }, network)
      XCTAssertEqual(shapes.map { $0[2] }, maps.map { 192 / $0 }, network)
      XCTAssertEqual(shapes.map { $0[3] }, backbone.channels, network)
    }
    let wrong = BackbonePlan(BackbonePlan.mobileNetV2.network, maps: ["features.99"])
    XCTAssertThrowsError(try Backbone(ParameterStore().scope, wrong)) {
      XCTAssert($0 is ModuleError, "\($0)")
    }
  }

  /// A classifier's weights go into the trunk, the rest keeps its values, and what is of no use is told.
  func testLoadsATrunk() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "colonnade-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let network = try Network("mobilenet_v2", classes: 4, seed: 8)
    let path = folder.appending(path: "trunk.safetensors").path
    try network.store.save(to: path)
    let detector = try FasterRCNN(classes: ["a"], backbone: .mobileNetV2, seed: 9)
    let before = try XCTUnwrap(detector.store["rpn.head.conv.0.0.weight"]).value
    let unused = try detector.loadTrunk(from: path)
    XCTAssertTrue(unused.contains("classifier.1.weight") && unused.contains("features.14.conv.0.0.weight"))
    XCTAssertFalse(unused.contains("features.13.conv.2.weight"))
    assertSameBits(try XCTUnwrap(detector.store["rpn.head.conv.0.0.weight"]).value, before)
    var generator = RandomStream(seed: 10)
    let x = generator.tensor([1, 64, 32, 3])
    assertSameBits(detector.backbone(x, .inference())[0], try network.features(at: ["features.13"], of: x)[0])
    let other = try FasterRCNN(classes: ["a"], backbone: .resNetPyramid("resnet18"), initializes: false)
    XCTAssertThrowsError(try other.loadTrunk(from: path))
  }

  /// Files from before torchvision numbered the layers within a block.
  func testLoadsOldKeys() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "colonnade-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let detector = try detector()
    detector.store.fillAsDetector(background: 1)
    let (new, old) = (
      folder.appending(path: "new.safetensors").path, folder.appending(path: "old.safetensors").path
    )
    try detector.store.save(to: new)
    try detector.store.save(to: old) { name in
      name.replacingOccurrences(of: "rpn.head.conv.0.0.", with: "rpn.head.conv.")
        .replacingOccurrences(of: #"(fpn\.\w+\.\d)\.0\."#, with: "$1.", options: .regularExpression)
    }
    XCTAssertTrue(try WeightFile(path: old).keys.contains("backbone.fpn.inner_blocks.2.weight"))
    for path in [new, old] {
      let loaded = try self.detector()
      try loaded.load(weights: path)
      for (a, e) in zip(loaded.store.all, detector.store.all) { assertSameBits(a.value, e.value, e.name) }
    }
  }
}
