import Datasets
import Engine
import Foundation
import Models
import TestSupport
import Training
import XCTest

/// A second task beside classification, made of public parts alone: to mark the pixels of a rectangle that is drawn in
/// noise of the same mean, in pictures of several sizes.
final class SegmentationTaskTests: XCTestCase {
  /// Within thirty epochs of 120 pictures the pixels marked are the rectangle's by an IoU of 0.85 (0.89 here); all pixels marked
  /// would be 0.2.
  func testLearnsToMarkARectangle() throws {
    let folder = temporaryFolder()
    let records = try run(epochs: 30, output: folder).run()
    let (first, last) = (try XCTUnwrap(records.first), try XCTUnwrap(records.last))
    let best = try XCTUnwrap(records.last(where: \.isBest))
    let iou = try XCTUnwrap(best.validation["iou"])
    XCTAssertGreaterThan(iou, 0.85)
    XCTAssertEqual(iou, records.compactMap { $0.validation["iou"] }.max())
    XCTAssertLessThan(last.training.loss, 0.5 * first.training.loss)
    // The whole is its parts.
    for measures in records.flatMap({ [$0.training, $0.validation] }) {
      let parts = try XCTUnwrap(measures.parts["cross-entropy"]) + (try XCTUnwrap(measures.parts["overlap"]))
      XCTAssertEqual(measures.loss, parts, accuracy: 1e-5)
    }
    XCTAssertTrue(first.validationAccuracy.isNaN)

    let directory = RunDirectory(folder)
    XCTAssertEqual(try directory.readLog(), records)
    XCTAssertEqual(try directory.readEvaluation(as: Measures.self), best.validation)
    XCTAssertEqual(try directory.readDescription().card.task, "segmentation")
    let html = try Report(run: folder).html
    for title in ["iou", "cross-entropy", "overlap"] {
      XCTAssertTrue(html.contains("aria-label=\"\(title) by epoch\""), title)
    }
    XCTAssertFalse(html.contains("NaN") || html.contains("nan\u{202F}%"))

    // The best weights measure the same again.
    let network = RectangleMarker(seed: 9)
    try network.store.load(from: directory.best.path)
    let loader = DataLoader(
      Rectangles(count: 40, seed: 2), pipeline: Pipeline(preprocessing: preprocessing),
      collation: .padded(toMultipleOf: 4), batchSize: 12)
    XCTAssertEqual(
      try Evaluator(network, loader, task: SegmentationTask()).evaluate(), best.validation)
  }

  /// Stopped and resumed, on another number of threads: the same bits.
  func testResumesToTheSameBits() throws {
    let whole = try run(epochs: 4, output: nil)
    let expected = try withThreads(1) { try whole.run() }
    let folder = temporaryFolder()
    try withThreads(2) { _ = try run(epochs: 4, output: folder).run(until: 2) }
    let second = try run(epochs: 4, output: folder)
    let records = try withThreads(3) { try second.run(resuming: true) }
    XCTAssertEqual(records.map(\.training), expected.map(\.training))
    XCTAssertEqual(records.map(\.validation), expected.map(\.validation))
    for (a, e) in zip(second.network.store.all, whole.network.store.all) {
      assertSameBits(a.value, e.value, a.name)
    }
  }

  /// Records come one by one; an error thrown there ends the run after that epoch, and resumed it goes on to the same bits.
  func testTellsOfEachEpochAndStopsWhereItIsTold() throws {
    struct Enough: Error {}
    var told: [EpochRecord] = []
    let whole = try run(epochs: 3, output: nil).run { told.append($0) }
    XCTAssertEqual(told, whole)
    XCTAssertEqual(told.map(\.epoch), [1, 2, 3])

    let folder = temporaryFolder()
    XCTAssertThrowsError(
      try run(epochs: 3, output: folder).run { if $0.epoch == 2 { throw Enough() } }
    ) { XCTAssert($0 is Enough) }
    XCTAssertEqual(try RunDirectory(folder).readLog().map(\.epoch), [1, 2])
    var rest: [Int] = []
    let resumed = try run(epochs: 3, output: folder).run(resuming: true) { rest.append($0.epoch) }
    XCTAssertEqual(rest, [3])
    XCTAssertEqual(resumed.map(\.validation), whole.map(\.validation))
  }

  private let preprocessing = Preprocessing(resize: .none, mean: [0.5], standardDeviation: [0.25])

  func testARunWithOtherSettingsIsNotResumed() throws {
    let folder = temporaryFolder()
    try run(epochs: 2, output: folder).run(until: 1)
    let other = SegmentationTask(overlapWeight: 2)
    assertThrows(TrainingError.differentRun(folder: folder.path, differences: ["overlap weight"])) {
      try run(other, epochs: 2, output: folder).run(resuming: true)
    }
  }

  private func run(
    _ task: SegmentationTask = SegmentationTask(), epochs: Int, output: URL?
  ) throws -> Trainer<SegmentationTask> {
    var configuration = TrainingConfiguration()
    configuration.epochs = epochs
    configuration.batchSize = 12
    configuration.optimizer = .adam
    configuration.learningRate = 0.01
    configuration.augmentation = .flip
    configuration.seed = 3
    let data = DataSource(
      name: "rectangles", train: Rectangles(count: 120, seed: 1), validation: Rectangles(count: 40, seed: 2))
    return try Trainer(
      RectangleMarker(seed: 4), data, task: task, preprocessing: preprocessing,
      steps: [.init(.randomCrop(24, padding: 2))], configuration: configuration, output: output)
  }
}

// MARK: The data

/// Grey pictures of 20 to 28 pixels a side: noise of all greys and in it a rectangle of middle greys. One pixel does not tell
/// which it is of.
private struct Rectangles: Dataset {
  let count: Int
  let seed: UInt64
  let classNames = ["background", "rectangle"]

  func example(at index: Int) -> Example<SegmentationMask> {
    var generator = RandomStream(seed: seed).split(index)
    func number(_ range: ClosedRange<Int>) -> Int {
      range.lowerBound + Int(generator.uniform() * Float(range.count))
    }
    let (width, height) = (number(20...28), number(20...28))
    let (w, h) = (number(8...14), number(8...14))
    let (left, top) = (number(0...width - w), number(0...height - h))
    var (pixels, classes) = ([UInt8](), [UInt8]())
    for y in 0..<height {
      for x in 0..<width {
        let isInside = left..<left + w ~= x && top..<top + h ~= y
        pixels.append(UInt8(isInside ? generator.uniform(96, 160) : generator.uniform(0, 255)))
        classes.append(isInside ? 1 : 0)
      }
    }
    return Example(
      image: Image(width: width, height: height, channels: 1, pixels: pixels),
      target: SegmentationMask(width: width, height: height, classes: classes, outside: 255))
  }
}

// MARK: The network

/// Three convolutions that give a logit for each pixel, `[N, H, W, 1]`.
private final class RectangleMarker: TrainableNetwork {
  let name = "rectangle_marker"
  let store: ParameterStore
  private let body: Sequential

  init(seed: UInt64) {
    store = ParameterStore(seed: seed)
    let scope = store.scope
    body = Sequential([
      Conv2d(scope["conv1"], from: 1, to: 8, kernel: 3, padding: 1), ReLU(),
      Conv2d(scope["conv2"], from: 8, to: 12, kernel: 5, padding: 2), ReLU(),
      Conv2d(scope["conv3"], from: 12, to: 1, kernel: 5, padding: 2),
    ])
  }

  func callAsFunction(_ x: consuming Tensor, _ pass: Pass) -> Tensor { body(x, pass) }
}

// MARK: The task

private struct SegmentationTask: TrainingTask {
  typealias Model = RectangleMarker

  static let name = "segmentation"
  var overlapWeight: Float = 1
  var settings: [String: String] { ["overlap weight": "\(overlapWeight)"] }
  let collation = Collation.padded(toMultipleOf: 4)
  let selection = BestMetric("iou", better: .higher)

  /// Cross-entropy and squared error of the pixels that are pictures', means over them.
  func loss(of output: Tensor, for batch: Batch<SegmentationMask>, in phase: TrainingPhase) -> TaskLoss {
    let classes = batch.targets.flatMap(\.classes)
    let counted = Float(classes.count { $0 != 255 })
    let isCounted = Tensor(classes.map { $0 == 255 ? 0 : 1 }, shape: output.shape)
    let target = Tensor(classes.map { $0 == 1 ? 1 : 0 }, shape: output.shape)
    let entropy =
      (binaryCrossEntropyWithLogits(output, target, reduction: .none) * isCounted).sum() / counted
    let overlap = (mse(sigmoid(output), target, reduction: .none) * isCounted).sum() / counted
    return TaskLoss(
      entropy + overlap * overlapWeight, parts: [("cross-entropy", entropy), ("overlap", overlap)])
  }

  func meter(for phase: TrainingPhase, showing preprocessing: Preprocessing?) -> OverlapMeter {
    OverlapMeter()
  }
}

/// Intersection over union of the pixels marked and those to be marked, over all pictures.
private struct OverlapMeter: TaskMeter {
  private var (both, either) = (0, 0)

  mutating func add(_ output: Tensor, for batch: Batch<SegmentationMask>) {
    for (logit, truth) in zip(output.scalars, batch.targets.flatMap(\.classes)) where truth != 255 {
      if logit > 0 && truth == 1 { both += 1 }
      if logit > 0 || truth == 1 { either += 1 }
    }
  }

  var metrics: [String: Double] { ["iou": either == 0 ? .nan : Double(both) / Double(either)] }
}
