import Datasets
import Engine
import Foundation
import Images
import Models
import TestSupport
import Training
import XCTest

/// Learning from pictures without labels.
final class PretrainingTests: XCTestCase {
  /// A few digits; of SimCLR pieces and colours, of rotation pictures as they are.
  private func run(
    _ method: PretrainingMethod, output: URL? = nil, seed: UInt64 = 2, temperature: Float = 0.5,
    augmentation: String? = nil
  ) throws -> any TrainingRun {
    let card = try Registry.card(named: "resnet20")
    var configuration = method.configuration(for: card)
    (configuration.epochs, configuration.batchSize, configuration.seed) = (2, 8, seed)
    configuration.augmentation = try AugmentationRecipe(
      augmentation ?? (method == .simclr ? "resized-crop:0.5,color:0.4:0.4:0:0:0.8,blur:0.5" : "shift"))
    return try method.run(
      of: card, on: SmallRun(training: 2).data, preprocessing: Digits.preprocessing,
      configuration: configuration, temperature: temperature,
      output: output)
  }

  /// Networks without batch norm have a recipe of their own here too.
  func testRecipesOfFamilies() throws {
    for method in PretrainingMethod.allCases {
      for (network, optimizer, rate, clip) in [
        ("resnet20", .sgd, 0.05, nil), ("alexnet", .adam, 0.0003, 1), ("squeezenet1_1", .adam, 0.0003, 1),
        ("googlenet", .sgd, 0.05, nil), ("googlenet_paper", .adam, 0.0003, 1), ("vgg16_bn", .sgd, 0.05, nil),
      ] as [(String, TrainingConfiguration.OptimizerKind, Double, Double?)] {
        let found = method.configuration(for: try Registry.card(named: network))
        XCTAssertEqual(found.optimizer, optimizer, network)
        XCTAssertEqual(found.learningRate, rate, network)
        XCTAssertEqual(found.gradientClip, clip, network)
        XCTAssertEqual(found.warmUpEpochs, clip == nil && method == .rotation ? 0 : 1, network)
        XCTAssertEqual(found.augmentation, method.augmentation)
      }
      let card = try Registry.card(named: "squeezenet1_1")
      XCTAssertEqual(method.configuration(for: card, optimizer: .sgd).learningRate, 0.01)
    }
  }

  private func weights(_ folder: URL) throws -> [String: Tensor] {
    let file = try WeightFile(path: RunDirectory(folder).last.path)
    let keys = file.keys.filter { !$0.hasSuffix("num_batches_tracked") }
    return Dictionary(uniqueKeysWithValues: try keys.map { ($0, try file.tensor($0)) })
  }

  /// Each picture as it is, then turned counterclockwise by one, two and three quarters.
  func testPositions() {
    // Two pictures of 2×2 with two channels, the second one's numbers 10 higher.
    let picture: [Float] = [1, -1, 2, -2, 3, -3, 4, -4]
    let other = picture.map { $0 + 10 }
    let positions = RotationTask.positions(of: Tensor(picture + other, shape: [2, 2, 2, 2]))
    XCTAssertEqual(positions.shape, [8, 2, 2, 2])
    // [[1, 2], [3, 4]] turned by a quarter is [[2, 4], [1, 3]].
    let turned: [[Float]] = [
      [1, -1, 2, -2, 3, -3, 4, -4], [2, -2, 4, -4, 1, -1, 3, -3],
      [4, -4, 3, -3, 2, -2, 1, -1], [3, -3, 1, -1, 4, -4, 2, -2],
    ]
    XCTAssertEqual(positions.scalars, turned.flatMap { $0 + $0.map { $0 + 10 } })
  }

  /// A classifier that knows the positions has no loss; the meter counts positions, and goes on from what it saved.
  func testPositionsAreTheClasses() throws {
    let task = RotationTask()
    let batch = Batch(
      images: Tensor(zeros: [3, 2, 2, 1]), targets: Array(repeating: OtherView(), count: 3))
    var logits = [Float](repeating: 0, count: 12 * 4)
    for row in 0..<12 { logits[row * 4 + row / 3] = 30 }
    let output = NetworkOutput(logits: Tensor(logits, shape: [12, 4]))
    XCTAssertEqual(task.loss(of: output, for: batch, in: .training).total.scalar, 0, accuracy: 1e-6)
    var meter = task.meter(for: .training, showing: nil)
    meter.add(output, for: batch)
    XCTAssertEqual(meter.metrics, ["accuracy": 1])
    var next = task.meter(for: .training, showing: nil)
    try next.restore(try XCTUnwrap(meter.saved))
    let others = Array(logits.suffix(12) + logits.dropLast(12))
    next.add(NetworkOutput(logits: Tensor(others, shape: [12, 4])), for: batch)
    XCTAssertEqual(next.metrics, ["accuracy": 0.5])
    XCTAssertThrowsError(try next.restore(Data("{\"found\":3,\"count\":2}".utf8)))
  }

  /// Views hang on the seed, the epoch and the picture, not on batches or threads; the two of a picture differ, and so do those of
  /// epochs.
  func testViewsHangOnSeedEpochAndPicture() throws {
    let digits = try SmallRun(training: 2).data.train
    let preprocessing = Digits.preprocessing
    var configuration = TrainingConfiguration()
    configuration.augmentation = try AugmentationRecipe("resized-crop:0.3,color:0.8:0.8:0:0:0.8,blur:0.5")
    let recipe = try ViewRecipe(configuration.augmentation, of: digits, preprocessing, side: 8)
    let pictures = UnlabelledPictures(digits)
    let pipeline = try configuration.pipeline(
      for: pictures, preprocessing, size: Image.Size(width: 8, height: 8), steps: [recipe.step])
    func views(seed: UInt64, epoch: Int, batch: Int, workers: Int) throws -> [Int: (
      one: [Float], other: Image
    )] {
      let loader = DataLoader(
        pictures, pipeline: pipeline, batchSize: batch, seed: seed, shuffles: true, workers: workers)
      var found: [Int: (one: [Float], other: Image)] = [:]
      for result in loader.epoch(epoch) {
        let batch = try result.get()
        let values = batch.images.scalars
        for (place, index) in batch.indices.enumerated() {
          found[index] = (
            Array(values[place * 64..<(place + 1) * 64]), try XCTUnwrap(batch.targets[place].image)
          )
        }
      }
      return found
    }
    let first = try views(seed: 1, epoch: 1, batch: 4, workers: 1)
    let again = try views(seed: 1, epoch: 1, batch: 7, workers: 3)
    let next = try views(seed: 1, epoch: 2, batch: 4, workers: 1)
    let others = try views(seed: 2, epoch: 1, batch: 4, workers: 1)
    XCTAssertEqual(first.count, 20)
    for (index, view) in first {
      XCTAssertEqual(view.one, again[index]?.one)
      XCTAssertEqual(view.other, again[index]?.other)
      XCTAssertEqual(view.other.size, Image.Size(width: 8, height: 8))
      XCTAssertNotEqual(view.one, preprocessing.batch([view.other]).scalars)
    }
    for set in [next, others] {
      XCTAssertGreaterThan(first.count { $1.other != set[$0]?.other }, 15)
      XCTAssertGreaterThan(first.count { $1.one != set[$0]?.one ?? [] }, 15)
    }
  }

  /// Stopped after an epoch and gone on with: the same bits and records; another seed has others.
  func testResumesToTheSameBits() throws {
    for method in PretrainingMethod.allCases {
      let (whole, parts, others) = (temporaryFolder(), temporaryFolder(), temporaryFolder())
      let expected = try run(method, output: whole).run(resuming: false, until: nil) { _ in }
      try withThreads(1) { _ = try run(method, output: parts).run(resuming: false, until: 1) { _ in } }
      let records = try withThreads(2) {
        try run(method, output: parts).run(resuming: true, until: nil) { _ in }
      }
      XCTAssertEqual(records.map(\.training), expected.map(\.training), method.rawValue)
      XCTAssertEqual(records.map(\.validation), expected.map(\.validation), method.rawValue)
      let (a, b) = (try weights(whole), try weights(parts))
      XCTAssertEqual(a.keys.sorted(), b.keys.sorted())
      for (key, tensor) in a { assertSameBits(try XCTUnwrap(b[key]), tensor, key) }
      let other = try run(method, output: others, seed: 3).run(resuming: false, until: 1) { _ in }
      XCTAssertNotEqual(other.map(\.training), expected.prefix(1).map(\.training))
      XCTAssertTrue(records.allSatisfy { $0.validation["accuracy"] != nil && $0.trainLoss > 0 })
      XCTAssertEqual(try RunDirectory(whole).readDescription().card.task, method.rawValue)
      let page = try Report(run: whole).html
      XCTAssertFalse(page.contains("NaN"))
      // What was learned is named, and its accuracy is none of classes.
      let (task, measure) =
        method == .rotation ? ("rotation", "positions told") : ("SimCLR", "other views found")
      XCTAssertTrue(page.contains("<p>learning without labels, \(task) · 20 training"), page)
      XCTAssertFalse(page.contains("0 classes") || page.contains("4 classes"))
      XCTAssertTrue(page.contains("%</b><span>\(measure), epoch "), page)
    }
  }

  /// SimCLR has no classifier; of both methods' weights a classifier takes the trunk, and keeps its own last layer even where
  /// there are as many classes as positions.
  func testTheTrunkIsWhatIsTaken() throws {
    for method in PretrainingMethod.allCases {
      let folder = temporaryFolder()
      _ = try run(method, output: folder).run(resuming: false, until: 1) { _ in }
      let file = try weights(folder)
      XCTAssertEqual(file["linear.weight"] == nil, method == .simclr)
      XCTAssertEqual(file["projection.2.weight"]?.shape, method == .simclr ? [128, 64] : nil)
      let fresh = try Network("resnet20", classes: 4, inputChannels: 1, seed: 8)
      let network = try Network("resnet20", classes: 4, inputChannels: 1, seed: 8)
      let loaded = try PretrainedWeights.load(
        RunDirectory(folder).last.path, into: network, classNames: ["a", "b", "c", "d"])
      XCTAssertEqual(loaded.notLoaded, ["linear.weight", "linear.bias"])
      XCTAssertEqual(loaded.chosenRows, [])
      for (own, first) in zip(network.store.all, fresh.store.all) where own.role != .counter {
        if own.name.hasPrefix("linear.") {
          assertSameBits(own.value, first.value, own.name)
        } else {
          assertSameBits(own.value, own.layout.fromFile(try XCTUnwrap(file[own.name])), own.name)
        }
      }
      // Another network's trunk is refused.
      let deeper = try Network("resnet32", classes: 4, inputChannels: 1, seed: 8)
      XCTAssertThrowsError(
        try PretrainedWeights.load(
          RunDirectory(folder).last.path, into: deeper, classNames: ["a", "b", "c", "d"]))
    }
  }

  func testWhatMakesNoRunIsRefused() throws {
    XCTAssertThrowsError(try run(.simclr, augmentation: "shift")) {
      XCTAssertTrue("\($0)".contains("lacks resized-crop"), "\($0)")
    }
    let folder = temporaryFolder()
    _ = try run(.simclr, output: folder).run(resuming: false, until: 1) { _ in }
    assertThrows(TrainingError.differentRun(folder: folder.path, differences: ["temperature"])) {
      _ = try run(.simclr, output: folder, temperature: 0.1).run(resuming: true, until: nil) { _ in }
    }
    var configuration = TrainingConfiguration()
    configuration.mixup = 0.5
    XCTAssertThrowsError(
      try PretrainingMethod.rotation.run(
        of: Registry.card(named: "resnet20"), on: SmallRun(training: 2).data,
        preprocessing: Digits.preprocessing, configuration: configuration)
    ) { XCTAssertTrue("\($0)".contains("mixup"), "\($0)") }
    let digits = try SmallRun(training: 2).data
    func contrastive(batch: Int, validation: Int) throws -> any TrainingRun {
      let card = try Registry.card(named: "resnet20")
      var configuration = PretrainingMethod.simclr.configuration(for: card)
      (configuration.epochs, configuration.batchSize) = (1, batch)
      configuration.augmentation = try AugmentationRecipe("resized-crop:0.5")
      return try PretrainingMethod.simclr.run(
        of: card,
        on: DataSource(
          name: "", train: digits.train,
          validation: Subset(digits.validation, indices: Array(0..<validation))),
        preprocessing: Digits.preprocessing, configuration: configuration)
    }
    XCTAssertThrowsError(try contrastive(batch: 8, validation: 1)) {
      XCTAssertTrue("\($0)".contains("1 picture to validate by") && "\($0)".contains("--validation-share"))
    }
    // 20 pictures in batches of 19: the last one, of one picture, teaches nothing and is left out.
    let lonely = try contrastive(batch: 19, validation: 20).run(resuming: false, until: nil) { _ in }
    XCTAssertEqual(lonely.map(\.steps), [1])
    let whole = try contrastive(batch: 18, validation: 20).run(resuming: false, until: nil) { _ in }
    XCTAssertEqual(whole.map(\.steps), [2])
    let wide = InMemoryDataset(
      width: 9, height: 8, channels: 1, pixels: [UInt8](repeating: 3, count: 72), labels: [0],
      classNames: ["a"])
    XCTAssertThrowsError(
      try PretrainingMethod.rotation.run(
        of: Registry.card(named: "resnet20"), on: DataSource(name: "wide", train: wide, validation: wide),
        preprocessing: Digits.preprocessing, configuration: TrainingConfiguration())
    ) { XCTAssertTrue("\($0)".contains("square"), "\($0)") }
  }
}
