import Datasets
import Engine
import Foundation
import Images
import Models
import TestSupport
import Training
import XCTest

/// What a recipe may have beside what every one has.
final class RefinementTests: XCTestCase {
  private func trained(
    _ change: (inout TrainingConfiguration) -> Void, output: URL? = nil, until end: Int? = nil
  ) throws -> (run: SmallRun, records: [EpochRecord]) {
    var run = try SmallRun()
    change(&run.configuration)
    return (run, try run.trainer(output: output).run(until: end))
  }

  // MARK: The configuration

  /// A configuration of a version that knew none of this, and the text of one that uses none.
  func testAConfigurationWithoutAnyIsWhatItWas() throws {
    let text = String(decoding: try JSONEncoder().encode(TrainingConfiguration()), as: UTF8.self)
    for key in [
      "averageDecay", "classWeights", "sampling", "focalGamma", "patience", "unfreezing", "growth",
      "recomputes",
    ] {
      XCTAssertFalse(text.contains(key), text)
    }
    XCTAssertEqual(
      try JSONDecoder().decode(TrainingConfiguration.self, from: Data(text.utf8)), TrainingConfiguration())
  }

  func testAConfigurationWithAllIsReadBack() throws {
    var configuration = TrainingConfiguration()
    configuration.averageDecay = 0.99
    configuration.classWeights = .given([1, 2.5])
    configuration.sampling = .balanced
    configuration.focalGamma = 2
    configuration.patience = 3
    configuration.unfreezing = [Unfreezing("a.*", at: 4)]
    configuration.growth = [Growth(64, until: 3), Growth(96, until: 5)]
    configuration.recomputes = true
    try configuration.check()
    let data = try JSONEncoder().encode(configuration)
    XCTAssertEqual(try JSONDecoder().decode(TrainingConfiguration.self, from: data), configuration)
  }

  func testNumbersOutOfTheirRangeAreRefused() throws {
    let changes: [(inout TrainingConfiguration) -> Void] = [
      { $0.averageDecay = 1 }, { $0.averageDecay = -0.1 }, { $0.averageDecay = .nan },
      { $0.classWeights = .given([1, 0]) }, { $0.classWeights = .given([1, .infinity]) },
      { $0.focalGamma = -1 }, { $0.focalGamma = .nan }, { $0.patience = 0 },
      { $0.unfreezing = [Unfreezing("*", at: 1)] }, { $0.growth = [Growth(0, until: 3)] },
      { $0.growth = [Growth(64, until: 1)] },
      { $0.growth = [Growth(64, until: 3), Growth(64, until: 5)] },
      { $0.growth = [Growth(64, until: 3), Growth(96, until: 3)] }, { $0.growth = [Growth(9000, until: 3)] },
    ]
    for (index, change) in changes.enumerated() {
      var configuration = TrainingConfiguration()
      change(&configuration)
      XCTAssertThrowsError(try configuration.check(), "\(index)") { error in
        guard case .invalidConfiguration? = error as? TrainingError else { return XCTFail("\(error)") }
      }
    }
  }

  // MARK: Classes that count otherwise

  func testBalancedWeights() throws {
    // scikit-learn: N / (K · n).
    XCTAssertEqual(
      try ClassWeighting.balanced.weights(ofClassesWith: [50, 25, 0, 5]),
      [80.0 / 150, 80.0 / 75, 0, 80.0 / 15])
    XCTAssertEqual(try ClassWeighting.given([1, 3]).weights(ofClassesWith: [9, 9]), [1, 3])
    XCTAssertThrowsError(try ClassWeighting.given([1, 3]).weights(ofClassesWith: [9, 9, 9]))
  }

  /// The task's loss is the operation's with the weights and γ, of every head; the loss that is measured is cross-entropy.
  func testTheLossOfATask() throws {
    var generator = RandomStream(seed: 4)
    let (logits, other) = (generator.tensor([5, 3]), generator.tensor([5, 3]))
    let output = NetworkOutput(logits: logits, auxiliary: [other])
    let labels = [0, 2, 1, 1, 0]
    let batch = Batch(images: Tensor(zeros: [5, 1, 1, 1]), targets: labels)
    let weights = Tensor([0.5, 1, 3], shape: [3])
    for gamma in [nil, 2] as [Float?] {
      let task = ClassificationTask(
        classNames: ["a", "b", "c"], labelSmoothing: 0.1, auxiliaryWeight: 0.3, classWeights: weights.scalars,
        focalGamma: gamma)
      func expected(_ x: Tensor) -> Float {
        if let gamma {
          return focalLoss(x, labels: labels, gamma: gamma, classWeights: weights, labelSmoothing: 0.1).scalar
        }
        return crossEntropy(x, labels: labels, classWeights: weights, labelSmoothing: 0.1).scalar
      }
      XCTAssertEqual(
        task.loss(of: output, for: batch, in: .training).total.scalar,
        expected(logits) + 0.3 * expected(other), accuracy: 1e-6)
      XCTAssertEqual(
        task.loss(of: output, for: batch, in: .validation).total.scalar,
        crossEntropy(logits, labels: labels).scalar)
    }
  }

  /// Of three classes one is rare: weighted or balanced, it is recognized more often than without.
  func testRareClassesAreLearned() throws {
    let digits = try Digits.load()
    func labels(_ set: any Dataset<Int>, _ counts: [Int]) throws -> [Int] {
      var left = counts
      return try (0..<set.count).filter { index in
        let label = try set.target(at: index)
        guard label < counts.count, left[label] > 0 else { return false }
        left[label] -= 1
        return true
      }
    }
    let classes = 10
    let train = Subset(digits.train, indices: try labels(digits.train, [60, 60, 60, 8]))
    let validation = Subset(digits.test, indices: try labels(digits.test, [6, 6, 6, 24]))
    func recall(_ change: (inout TrainingConfiguration) -> Void) throws -> Double {
      var configuration = TrainingConfiguration()
      (configuration.epochs, configuration.batchSize, configuration.seed) = (8, 16, 5)
      configuration.augmentation = .shift
      change(&configuration)
      let network = try Network("resnet20", classes: classes, inputChannels: 1, seed: 3)
      let folder = temporaryFolder()
      try Trainer(
        network, DataSource(name: "", train: train, validation: validation),
        preprocessing: Digits.preprocessing,
        configuration: configuration, output: folder
      ).run()
      let loader = DataLoader(validation, preprocessing: Digits.preprocessing, batchSize: 16)
      let evaluation = try Evaluator(network, loader, classNames: digits.train.classNames).evaluate()
      return try XCTUnwrap(evaluation.perClass[3])
    }
    let plain = try recall { _ in }
    for (name, change) in [
      ("weights", { $0.classWeights = .balanced }), ("sampler", { $0.sampling = .balanced }),
    ] as [(String, (inout TrainingConfiguration) -> Void)] {
      XCTAssertGreaterThan(try recall(change), plain, name)
    }
  }

  // MARK: Averaged weights

  /// What is measured and kept is the average; the checkpoint has both, so that a run goes on (see ``PositionTests``).
  func testTheAverageIsMeasuredAndKept() throws {
    let folder = temporaryFolder()
    let (run, records) = try trained({ $0.averageDecay = 0.5 }, output: folder)
    let plain = try trained { _ in }
    assertSameBits(run.network, plain.run.network)
    XCTAssertEqual(records.map(\.trainLoss), plain.records.map(\.trainLoss))
    XCTAssertNotEqual(records.map(\.validationLoss), plain.records.map(\.validationLoss))

    let directory = RunDirectory(folder)
    let (last, _) = try XCTUnwrap(try WeightCard.loadNetwork(from: directory.last.path))
    XCTAssertNotEqual(
      last.store["conv1.weight"]?.value.scalars, run.network.store["conv1.weight"]?.value.scalars)
    let checkpoint = try SafetensorsFile(path: directory.checkpoint.path)
    for parameter in last.store.all where parameter.role != .counter {
      let average = try checkpoint.tensor("average.\(parameter.name)")
      assertSameBits(parameter.value, average, parameter.name)
    }
    let loader = DataLoader(run.data.validation, preprocessing: Digits.preprocessing, batchSize: 32)
    let measured = try Evaluator(last, loader, classNames: run.data.train.classNames).evaluate()
    XCTAssertEqual(measured.loss, records.last?.validationLoss)
  }

  // MARK: Epochs that differ

  func testWeightsAreUnfrozenWhenTheirEpochBegins() throws {
    var run = try SmallRun()
    run.configuration.epochs = 3
    run.configuration.frozen = ["layer3.*", "layer1.*"]
    // Of two epochs for one weight the earlier counts.
    run.configuration.unfreezing = [
      Unfreezing("conv1.*", at: 2), Unfreezing("layer1.*", at: 3), Unfreezing("conv1.weight", at: 3),
    ]
    let store = run.network.store
    func values(_ pattern: String) -> [[Float]] { store.weights(matching: pattern).map(\.value.scalars) }
    let patterns = ["conv1.*", "layer1.*", "layer3.*", "layer2.*"]
    var before = patterns.map(values)
    var moved: [[Bool]] = []
    try run.trainer().run { _ in
      let now = patterns.map(values)
      moved.append(zip(now, before).map { $0 != $1 })
      before = now
    }
    XCTAssertEqual(
      moved, [[false, false, false, true], [true, false, false, true], [true, true, false, true]])
    run.configuration.unfreezing = [Unfreezing("nowhere.*", at: 2)]
    XCTAssertThrowsError(try run.trainer().run()) { XCTAssertTrue("\($0)".contains("'nowhere.*'"), "\($0)") }
    run.configuration.unfreezing = [Unfreezing("*", at: 2)]
    XCTAssertThrowsError(try run.trainer().run()) {
      XCTAssertTrue("\($0)".contains("nothing is left"), "\($0)")
    }
  }

  /// A network that keeps the sizes that it was trained on.
  private final class Witness: TrainableNetwork, @unchecked Sendable {
    let inner: Network
    /// Written by the one thread that trains.
    var sizes: [Int] = []
    init(_ inner: Network) { self.inner = inner }
    var name: String { inner.name }
    var store: ParameterStore { inner.store }
    func check(_ input: Shape) throws { try inner.check(input) }
    func callAsFunction(_ x: consuming Tensor, _ pass: Pass) -> NetworkOutput {
      if pass.isTraining { sizes.append(x.shape[1]) } else { sizes.append(-x.shape[1]) }
      return inner(x, pass)
    }
  }

  private struct WitnessTask: TrainingTask {
    typealias Model = Witness
    static let name = "classification"
    let inner: ClassificationTask
    var selection: BestMetric { inner.selection }
    func loss(of output: NetworkOutput, for batch: Batch<Int>, in phase: TrainingPhase) -> TaskLoss {
      inner.loss(of: output, for: batch, in: phase)
    }
    func meter(for phase: TrainingPhase, showing preprocessing: Preprocessing?) -> ClassificationMeter {
      inner.meter(for: phase, showing: preprocessing)
    }
  }

  func testPicturesGrow() throws {
    let run = try SmallRun(training: 2)
    var configuration = run.configuration
    (configuration.epochs, configuration.batchSize) = (4, 20)
    configuration.growth = [Growth(8, until: 2), Growth(12, until: 4)]
    let task = WitnessTask(inner: ClassificationTask(classNames: run.data.train.classNames))
    func sizes(_ preprocessing: Preprocessing) throws -> [Int] {
      let witness = Witness(run.network)
      try Trainer(
        witness, run.data, task: task, preprocessing: preprocessing, configuration: configuration
      ).run()
      return witness.sizes
    }
    let sixteen = Preprocessing(
      resize: .exact(width: 16, height: 16), mean: [0.3], standardDeviation: [0.4])
    let expected = [8, -16, -16, -16, 12, -16, -16, -16, 12, -16, -16, -16, 16, -16, -16, -16]
    XCTAssertEqual(try sizes(sixteen), expected)
    var cropped = sixteen
    (cropped.resize, cropped.crop) = (.shorterSide(18), 16)
    configuration.augmentation = .imagenet
    XCTAssertEqual(try sizes(cropped), expected)

    configuration.growth = [Growth(16, until: 2)]
    XCTAssertThrowsError(try sizes(sixteen)) {
      XCTAssertTrue("\($0)".contains("do not grow to 16×16"), "\($0)")
    }
  }

  /// From the second epoch on the learning rate is 0, so that soon no epoch is better than one before.
  func testARunWithoutABetterEpochEnds() throws {
    final class Witness: TrainingObserver {
      var ends: [Int] = []
      func didStopEarly(_ record: EpochRecord) { ends.append(record.epoch) }
    }
    let folder = temporaryFolder()
    var run = try SmallRun(training: 3)
    run.configuration.epochs = 9
    run.configuration.patience = 2
    run.configuration.schedule = .multiStep(milestones: [1], gamma: 0)
    let witness = Witness()
    let records = try run.trainer(output: folder, observer: witness).run()
    let best = try XCTUnwrap(records.last(where: \.isBest)).epoch
    XCTAssertLessThan(records.count, 9)
    XCTAssertEqual(records.count, best + 2)
    XCTAssertEqual(witness.ends, [best + 2])
    // Resumed it is over; with more patience it goes on.
    XCTAssertEqual(
      try run.trainer(output: folder, observer: witness).run(resuming: true).count, records.count)
    XCTAssertEqual(witness.ends.count, 2)
    run.configuration.patience = nil
    XCTAssertEqual(try run.trainer(output: folder).run(resuming: true).count, 9)
  }

  // MARK: What changes no number

  func testActivationsThatAreComputedOnceMore() throws {
    let (plain, again) = (try trained({ _ in }, until: 1), try trained({ $0.recomputes = true }, until: 1))
    assertSameBits(again.run.network, plain.run.network)
    XCTAssertEqual(again.records.map(\.trainLoss), plain.records.map(\.trainLoss))
  }
}
