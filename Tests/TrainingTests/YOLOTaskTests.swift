import Datasets
import Engine
import Foundation
import Images
import Models
import TestSupport
import Training
import XCTest

/// YOLO trained by `Trainer` on squares of two colours in noise: with anchors and with a grid.
final class YOLOTaskTests: XCTestCase {
  /// 4×4 cells with two anchors each.
  private static let anchored = """
    [net]
    height=32
    width=32
    \(YOLOTaskTests.trunk)
    [convolutional]
    filters=14
    size=1
    activation=linear
    [yolo]
    anchors=8,8,12,12
    num=2
    classes=2
    """

  /// 2×2 cells with two boxes each.
  private static let grid = """
    [net]
    height=32
    width=32
    \(YOLOTaskTests.trunk)
    [connected]
    output=48
    activation=linear
    [detection]
    side=2
    num=2
    classes=2
    sqrt=1
    """

  private static let trunk = [12, 16, 24].map {
    "[convolutional]\nbatch_normalize=1\nfilters=\($0)\nsize=3\nstride=2\npad=1\nactivation=leaky"
  }.joined(separator: "\n")

  private let preprocessing = Preprocessing(
    resize: .exact(width: 32, height: 32), mean: [0, 0, 0], standardDeviation: [1, 1, 1])
  private let validation = Squares(count: 24, seed: 2)

  private func trainer(
    _ text: String, _ task: YOLOTask = YOLOTask(classNames: Squares.names), epochs: Int, output: URL? = nil
  ) throws -> Trainer<YOLOTask> {
    var configuration = TrainingConfiguration()
    configuration.epochs = epochs
    configuration.batchSize = 8
    configuration.optimizer = .adam
    configuration.learningRate = 0.01
    configuration.augmentation = .flip
    configuration.seed = 3
    let network = try YOLONetwork(darknet: DarknetConfiguration(text, file: "tiny"), seed: 4)
    return try Trainer(
      network, DataSource(name: "squares", train: Squares(count: 112, seed: 1), validation: validation),
      task: task,
      preprocessing: preprocessing, configuration: configuration, output: output)
  }

  /// The loss falls, squares are found where they are, and the run's weights are a detector.
  func testLearnsToFindSquares() throws {
    let folder = temporaryFolder()
    let trainer = try trainer(Self.anchored, epochs: 30, output: folder)
    let records = try trainer.run()
    let (first, last) = (try XCTUnwrap(records.first), try XCTUnwrap(records.last))
    XCTAssertLessThan(last.training.loss, 0.3 * first.training.loss)
    for measures in records.flatMap({ [$0.training, $0.validation] }) {
      XCTAssertEqual(Set(measures.parts.keys), ["centre", "size", "objectness", "class"])
      XCTAssertEqual(measures.parts.values.reduce(0, +), measures.loss, accuracy: 1e-4)
    }
    let best = try XCTUnwrap(records.last(where: \.isBest))
    XCTAssertEqual(best.validation["map50"], records.compactMap { $0.validation["map50"] }.max())
    XCTAssertGreaterThan(try XCTUnwrap(best.validation["map50"]), 0.7)
    XCTAssertTrue(records.allSatisfy { $0.training.metrics.isEmpty })
    let evaluation = try XCTUnwrap(try RunDirectory(folder).readEvaluation(as: DetectionEvaluation.self))
    XCTAssertEqual(evaluation.vocArea, best.validation["map50"])
    XCTAssertEqual(evaluation.objects, validation.count)
    let card = try DetectorCard.darknet(DarknetConfiguration(Self.anchored, file: "tiny"))
    let weights = RunDirectory(folder).best.path
    let trained = try TrainedDetector(weights: weights, in: DetectorRegistry([card]))
    XCTAssertEqual(trained.name, "tiny")
    XCTAssertEqual(trained.card?.task, "yolo")
    XCTAssertEqual(trained.detector.classes, ["red", "blue"])
    var found = 0
    for index in 0..<validation.count {
      let example = validation.example(at: index)
      let best = try trained.detector.detect(in: [example.image], DetectionOptions(score: 0.05)).first?.first
      let truth = example.target[0]
      if let best, best.label == truth.label, best.box.intersectionOverUnion(truth.box) > 0.5 { found += 1 }
    }
    XCTAssertGreaterThanOrEqual(found, 18, "of \(validation.count)")
    // A name that the weights are not of, and one that nobody has.
    let other = try DetectorCard.darknet(DarknetConfiguration(Self.anchored, file: "other"))
    XCTAssertThrowsError(try TrainedDetector("other", weights: weights, in: DetectorRegistry([card, other])))
    {
      XCTAssertEqual(
        $0 as? TrainedNetworkError, .otherNetwork(file: weights, holds: "tiny", asked: "other"))
    }
    // The weights carry their configuration, so that no registry need know it.
    let alone = try TrainedDetector(weights: weights)
    XCTAssertEqual(alone.name, "tiny")
    let picture = validation.example(at: 0).image
    XCTAssertEqual(
      try alone.detector.detect(in: [picture], DetectionOptions()),
      try trained.detector.detect(in: [picture], DetectionOptions()))
    XCTAssertTrue(TrainedDetector.isOne(weights: weights))
  }

  func testTheGridLearns() throws {
    let records = try trainer(Self.grid, epochs: 12).run()
    let (first, last) = (try XCTUnwrap(records.first), try XCTUnwrap(records.last))
    XCTAssertLessThan(last.training.loss, 0.4 * first.training.loss)
    XCTAssertEqual(Set(last.validation.parts.keys), ["centre", "size", "object", "no object", "class"])
  }

  /// The unified loss: the whole is classification and λ times regression.
  func testUnifiedLoss() throws {
    let task = YOLOTask(
      classNames: Squares.names, anchors: YOLOLoss(regression: .smoothL1(lambda: 2)),
      grid: GridLoss(regression: .smoothL1(lambda: 3)))
    for (text, lambda) in [(Self.anchored, 2.0), (Self.grid, 3.0)] {
      for record in try trainer(text, task, epochs: 2).run() {
        let parts = record.training.parts
        let total =
          try XCTUnwrap(parts["classification"]) + lambda * (try XCTUnwrap(parts["regression"]))
        XCTAssertEqual(record.training.loss, total, accuracy: 1e-4)
      }
    }
  }

  /// Stopped and resumed, on another number of threads: the same bits; with another loss it is not resumed.
  func testResumesToTheSameBits() throws {
    let whole = try trainer(Self.anchored, epochs: 4)
    let expected = try withThreads(1) { try whole.run() }
    let folder = temporaryFolder()
    try withThreads(2) { _ = try trainer(Self.anchored, epochs: 4, output: folder).run(until: 2) }
    let other = YOLOTask(classNames: Squares.names, anchors: YOLOLoss(ignoring: 0.5))
    assertThrows(TrainingError.differentRun(folder: folder.path, differences: ["ignored overlap"])) {
      try trainer(Self.anchored, other, epochs: 4, output: folder).run(resuming: true)
    }
    let second = try trainer(Self.anchored, epochs: 4, output: folder)
    let records = try withThreads(3) { try second.run(resuming: true) }
    XCTAssertEqual(records.map(\.training), expected.map(\.training))
    XCTAssertEqual(records.map(\.validation), expected.map(\.validation))
    for (a, e) in zip(second.network.store.all, whole.network.store.all) {
      assertSameBits(a.value, e.value, a.name)
    }
  }

  func testWhatCannotBeTrained() throws {
    assertThrows(TrainingError.classes(set: "training", data: 2, network: 3)) {
      _ = try trainer(
        Self.anchored.replacingOccurrences(of: "filters=14", with: "filters=16").replacingOccurrences(
          of: "classes=2", with: "classes=3"), epochs: 1)
    }
    XCTAssertThrowsError(
      try trainer(Self.grid.replacingOccurrences(of: "sqrt=1", with: "sqrt=0"), epochs: 1)
    ) { XCTAssertTrue("\($0)".contains("square roots"), "\($0)") }
  }

  /// A classifier as trunk: both heads, gradients in the trunk, and no classifier.
  func testATrunk() throws {
    let card = NetworkCard("small", classes: 5, inputSize: 32, preprocessing: preprocessing) {
      scope, options in
      Sequential([
        ConvNormActivation(scope["a"], from: 3, to: 6, kernel: 3, stride: 4),
        ConvNormActivation(scope["b"], from: 6, to: 10, kernel: 3, stride: 2),
        AdaptiveAvgPool2d(size: 1), Flatten(), Linear(scope["fc"], from: 10, to: options.classes),
      ])
    }
    let anchors = (1...6).map { YOLOHead.Anchor(Float(4 * $0), Float(4 * $0)) }
    let plan = BackbonePlan(card, maps: ["a", "b"], freezesBatchNorm: false)
    let network = try YOLONetwork(
      name: "trunk", inputSize: Image.Size(width: 32, height: 32), seed: 1
    ) { try TrunkYOLO($0, on: plan, anchors: anchors, classes: 2) }
    XCTAssertFalse(network.store.all.contains { $0.name.contains("fc") })
    let x = Tensor(repeating: 0.5, shape: [2, 32, 40, 3])
    let output = network(x, .training(generator: RandomStream(seed: 1)))
    XCTAssertEqual(output.maps.map(\.shape), [[2, 4, 5, 21], [2, 8, 10, 21]])
    let batch = Batch(images: x, targets: [validation.target(at: 0), []])
    let gradients = YOLOTask(classNames: Squares.names).loss(of: output, for: batch, in: .training).total
      .backward()
    for parameter in network.store.trainable {
      XCTAssertNotNil(gradients[parameter], parameter.name)
    }
  }
}

/// Pictures of 32×32: dark noise and in it a square of 7 to 14 pixels, red or blue.
private struct Squares: Dataset {
  let count: Int
  let seed: UInt64
  static let names = ["red", "blue"]
  var classNames: [String] { Self.names }

  func target(at index: Int) -> [LabelledBox] { example(at: index).target }

  func example(at index: Int) -> Example<[LabelledBox]> {
    var generator = RandomStream(seed: seed).split(index)
    let side = generator.int(7...14)
    let (left, top) = (generator.int(0...32 - side), generator.int(0...32 - side))
    let label = generator.int(0...1)
    var image = Image(width: 32, height: 32, repeating: 0)
    for y in 0..<32 {
      for x in 0..<32 {
        let isInside = left..<left + side ~= x && top..<top + side ~= y
        for c in 0..<3 {
          image[x, y, c] = UInt8(generator.uniform(0, 80)) + (isInside && c == 2 * label ? 170 : 0)
        }
      }
    }
    let box = BoundingBox(
      left: Float(left), top: Float(top), right: Float(left + side), bottom: Float(top + side))
    return Example(image: image, target: [LabelledBox(box, label: label)])
  }
}
