import Engine
import Foundation
import Images
import Models
import TestSupport
import XCTest

/// Networks of the registry as trunks of every detector: with and without batch norm, frozen or not.
final class TrunkTests: XCTestCase {
  /// Two maps of each network, the finer one first, and whether it has batch norm.
  private let trunks: [(network: String, maps: [String], hasNorm: Bool)] = [
    ("squeezenet1_1", ["features.7", "features.12"], false), ("resnet18", ["layer3", "layer4"], true),
    ("mobilenet_v2", ["features.13", "features.18"], true), ("vgg16", ["features.22", "features.29"], false),
    ("googlenet", ["inception4e", "inception5b"], true), ("alexnet", ["features.4", "features.11"], false),
  ]
  private let size = Image.Size(width: 96, height: 64)

  private func yolo(
    _ network: String, _ maps: [String], freezes: Bool, initializes: Bool = true
  ) throws -> YOLONetwork {
    let plan = BackbonePlan(try Registry.standard.card(named: network), maps: maps, freezesBatchNorm: freezes)
    let anchors = (1...6).map { YOLOHead.Anchor(Float(8 * $0), Float(8 * $0)) }
    return try YOLONetwork(name: "yolo-\(network)", inputSize: size, seed: 3, initializes: initializes) {
      try TrunkYOLO($0, on: plan, anchors: anchors, classes: 2)
    }
  }

  /// The heads' grids are the maps'; a training step has a gradient for all that is trained, and frozen batch norms, with all
  /// that is of them, stay as they are.
  func testYOLO() throws {
    var generator = RandomStream(seed: 1)
    let x = generator.tensor([2, size.height, size.width, 3])
    let truths = [
      LabelledBox(BoundingBox(left: 4, top: 6, right: 30, bottom: 30), label: 0),
      LabelledBox(BoundingBox(left: 50, top: 10, right: 95, bottom: 60), label: 1),
    ]
    for (name, maps, hasNorm) in trunks {
      let shapes = try Parallel.withoutComputing {
        try Network(name, initializes: false).features(at: maps, of: x).map(\.shape)
      }
      for freezes in [true, false] {
        let network = try yolo(name, maps, freezes: freezes)
        let statistics = network.store.all.filter {
          $0.name.hasPrefix("backbone.body.") && $0.name.hasSuffix("running_mean")
        }
        XCTAssertEqual(!statistics.isEmpty, hasNorm, name)
        let before = statistics.map(\.value)
        let output = network(x, .training(generator: RandomStream(seed: 2)))
        XCTAssertEqual(
          output.maps.map { $0.shape.dimensions },
          shapes.reversed().map { [2, $0[1], $0[2], 21] }, name)
        let heads = network.heads.compactMap { head -> YOLOHead? in
          if case .anchors(let head) = head { head } else { nil }
        }
        let loss = YOLOLoss()(output.maps, heads, truths: [truths, []], input: size)
        XCTAssertTrue(loss.total.scalar.isFinite, name)
        let gradients = loss.total.backward()
        let trained = network.store.trainable
        for parameter in trained { XCTAssertNotNil(gradients[parameter], "\(name): \(parameter.name)") }
        XCTAssertEqual(
          zip(statistics, before).allSatisfy { $0.value.scalars == $1.scalars }, freezes || !hasNorm, name)
        let norms = Set(statistics.map { $0.name.dropLast("running_mean".count) })
        XCTAssertEqual(
          trained.contains { parameter in norms.contains { parameter.name.hasPrefix($0) } },
          hasNorm && !freezes, name)
      }
    }
  }

  /// One map, the finer one: losses with gradients down to the first layer, and detections.
  func testFasterRCNN() throws {
    var options = FasterRCNNOptions()
    (options.shorterSide, options.longestSide, options.headWidth) = (64, 96, 8)
    options.anchors = AnchorGenerator(sizes: [[16, 32]], aspectRatios: [[0.5, 1, 2]])
    options.pooler = RegionPooler(size: 2)
    options.trainingProposals = ProposalCounts(beforeSuppression: 40, afterSuppression: 20)
    options.proposals = options.trainingProposals
    let picture = goldenPicture(height: 50, width: 80, label: "trunk")
    let objects = [LabelledBox(BoundingBox(left: 10, top: 8, right: 40, bottom: 40), label: 0)]
    for (name, maps, _) in trunks {
      let plan = BackbonePlan(try Registry.standard.card(named: name), maps: [maps[0]])
      let detector = try FasterRCNN(classes: ["a"], backbone: plan, options: options, seed: 5)
      let losses = try XCTUnwrap(
        detector(
          detector.transform.preprocessing([picture]), objects: [objects],
          .training(generator: RandomStream(seed: 4))
        ).losses)
      XCTAssertTrue(losses.total.scalar.isFinite, name)
      let gradients = losses.total.backward()
      for parameter in detector.store.trainable {
        XCTAssertNotNil(gradients[parameter], "\(name): \(parameter.name)")
      }
      let found = try detector.detect(in: [picture], DetectionOptions(score: 0))[0]
      XCTAssertTrue(found.allSatisfy { $0.score.isFinite }, name)
    }
  }

  /// A pyramid over any of them, and several maps of one width without one.
  func testPyramids() throws {
    for (name, maps, _) in trunks {
      let plan = BackbonePlan(
        try Registry.standard.card(named: name), maps: maps, pyramidChannels: 16)
      let backbone = try Backbone(ParameterStore(initializes: false).scope["backbone"], plan)
      XCTAssertEqual(backbone.channels, [16, 16, 16], name)
      let shapes = Parallel.withoutComputing {
        backbone(Tensor(zeros: [1, 128, 128, 3]), .inference()).map(\.shape)
      }
      XCTAssertEqual(shapes.count, 3)
      XCTAssertEqual(shapes[2][1], (shapes[1][1] + 1) / 2, name)
    }
    let alone = BackbonePlan(try Registry.standard.card(named: "resnet18"), maps: ["layer2", "layer3"])
    let backbone = try Backbone(ParameterStore(initializes: false).scope["backbone"], alone)
    XCTAssertEqual(backbone.channels, [128, 256])
    XCTAssertNil(backbone.pyramid)
  }

  /// A trunk that takes no small pictures gets larger batches, and YOLO refuses them.
  func testTrunksThatTakeNoSmallPictures() throws {
    let plan = BackbonePlan(try Registry.standard.card(named: "alexnet"), maps: ["features.4"])
    let detector = try FasterRCNN(classes: ["a"], backbone: plan, initializes: false)
    XCTAssertEqual(detector.transform.multiple, 64)
    let flat = Image(width: 90, height: 1, repeating: 9)
    let (batch, _) = detector.transform(detector.transform.preprocessing([flat]), sizes: [flat.size])
    XCTAssertEqual(batch.shape, [1, 64, 1344, 3])
    let network = try yolo("alexnet", ["features.4", "features.11"], freezes: true, initializes: false)
    XCTAssertThrowsError(try network.check([1, 62, 96, 3])) {
      XCTAssertEqual(
        $0 as? NetworkError, .inputTooSmall(network: "alexnet", height: 62, width: 96, minimum: 63))
    }
    XCTAssertNoThrow(try network.check([1, 64, 64, 3]))
  }

  /// A classifier's weights go into the trunk of a YOLO as into R-CNNs', and a detector without a trunk says so.
  func testLoadsATrunk() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "colonnade-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "trunk.safetensors").path
    for (name, maps, _) in trunks where ["squeezenet1_1", "resnet18"].contains(name) {
      let classifier = try Network(name, classes: 4, seed: 8)
      // As `DataParallel` writes it: what is before all keys is taken off.
      try classifier.store.save(to: path) { "module.\($0)" }
      let detector = try YOLODetector(
        yolo(name, maps, freezes: true),
        preparation: .preprocessing(Preprocessing(resize: .exact(width: size.width, height: size.height))))
      let before = try XCTUnwrap(detector.store["head.coarse.weight"]).value
      let unused = try detector.loadTrunk(from: path)
      XCTAssertFalse(unused.isEmpty)
      XCTAssertTrue(unused.allSatisfy { $0.hasPrefix("fc.") || $0.hasPrefix("classifier.") }, "\(unused)")
      assertSameBits(try XCTUnwrap(detector.store["head.coarse.weight"]).value, before)
      for parameter in classifier.store.all {
        guard let own = detector.store["backbone.body.\(parameter.name)"] else {
          XCTAssertTrue(unused.contains(parameter.name), parameter.name)
          continue
        }
        assertSameBits(own.value, parameter.value, parameter.name)
      }
    }
    let darknet = try DetectorRegistry.standard.card(named: "yolov3-tiny").detector()
    XCTAssertThrowsError(try darknet.loadTrunk(from: path)) {
      XCTAssertTrue("\($0)".contains("no trunk") && "\($0)".contains(path), "\($0)")
    }
    let fast = try FastRCNN(classes: ["a"], backbone: .mobileNetV2, initializes: false) { _ in [] }
    XCTAssertThrowsError(try fast.loadTrunk(from: path)) { XCTAssertTrue($0 is WeightFileError) }
  }
}
