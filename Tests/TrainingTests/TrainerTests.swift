import Datasets
import Engine
import Models
import TestSupport
import Training
import XCTest

/// What a configuration makes of a run.
final class TrainerTests: XCTestCase {
  override func tearDown() { Parallel.threads = Parallel.processors }

  func testFrozenWeightsKeepTheirBits() throws {
    var run = try SmallRun()
    run.configuration.frozen = ["conv1.*", "layer1.*.weight"]
    let before = run.network.store.all.map(\.value)
    try run.trainer().run(until: 1)
    for (parameter, old) in zip(run.network.store.all, before) where parameter.role == .weight {
      if Glob.matches(run.configuration.frozen, parameter.name) {
        assertSameBits(parameter.value, old, parameter.name)
      } else {
        XCTAssertNotEqual(parameter.value.scalars, old.scalars, parameter.name)
      }
    }
    run.configuration.frozen = ["nowhere.*"]
    XCTAssertThrowsError(try run.trainer().run())
    run.configuration.frozen = ["*"]
    XCTAssertThrowsError(try run.trainer().run())
  }

  /// Two batches averaged for a step move the weights as one batch of both does, but for rounding. (Without batch norm,
  /// whose statistics are of a batch.)
  func testAccumulationIsABiggerBatch() throws {
    func weights(batch: Int, accumulation: Int) throws -> Network {
      var run = try SmallRun()
      let network = try Network("squeezenet1_1", classes: 10, inputChannels: 1, dropout: 0, seed: 1)
      run.configuration.batchSize = batch
      run.configuration.accumulationSteps = accumulation
      run.configuration.learningRate = 0.01
      run.configuration.augmentation = .none
      let preprocessing = Preprocessing(
        resize: .exact(width: 32, height: 32), mean: [0.3], standardDeviation: [0.4])
      let data = DataSource(
        name: "", train: try Subset(run.data.train, perClass: 3),
        validation: try Subset(run.data.validation, perClass: 1))
      // 30 pictures in batches of 20 and 10: the last step of three batches of 8 and one of 6 is smaller, too.
      try Trainer(network, data, preprocessing: preprocessing, configuration: run.configuration).run(until: 1)
      return network
    }
    let whole = try weights(batch: 16, accumulation: 1)
    let parts = try weights(batch: 8, accumulation: 2)
    for (a, b) in zip(parts.store.all, whole.store.all) {
      assertClose(a.value, b.value, absolute: 1e-6, relative: 1e-4, a.name)
    }
  }

  func testAuxiliaryHeadsAreTrained() throws {
    var run = try SmallRun()
    run.configuration.batchSize = 5
    run.configuration.augmentation = .none
    let network = try Network("googlenet", classes: 10, inputChannels: 1, auxiliary: true, seed: 1)
    let before = network.store["aux1.fc2.weight"]?.value
    let preprocessing = Preprocessing(
      resize: .exact(width: 32, height: 32), mean: [0.3], standardDeviation: [0.4])
    let data = DataSource(
      name: "", train: try Subset(run.data.train, perClass: 1),
      validation: try Subset(run.data.validation, perClass: 1))
    try Trainer(network, data, preprocessing: preprocessing, configuration: run.configuration).run(until: 1)
    XCTAssertNotEqual(try XCTUnwrap(network.store["aux1.fc2.weight"]).value.scalars, before?.scalars)
  }

  func testObserverIsToldEverything() throws {
    final class Witness: TrainingObserver {
      var plan: TrainingPlan?
      var steps: [StepProgress] = []
      var evaluated: [Int] = []
      var epochs: [EpochRecord] = []
      func trainingWillStart(_ plan: TrainingPlan) { self.plan = plan }
      func didTakeStep(_ progress: StepProgress) { steps.append(progress) }
      func didEvaluate(_ pictures: Int, of total: Int) { evaluated.append(pictures) }
      func didFinishEpoch(_ record: EpochRecord) { epochs.append(record) }
    }
    let run = try SmallRun()
    let witness = Witness()
    let records = try run.trainer(observer: witness).run()
    XCTAssertEqual(witness.plan?.batchesPerEpoch, 5)
    XCTAssertEqual(witness.plan?.parameters, run.network.store.parameterCount)
    XCTAssertEqual(witness.steps.map(\.batch), [1, 2, 3, 4, 5, 1, 2, 3, 4, 5])
    XCTAssertEqual(witness.steps.map(\.epoch), [1, 1, 1, 1, 1, 2, 2, 2, 2, 2])
    XCTAssertEqual(witness.evaluated, [32, 60, 32, 60])
    XCTAssertEqual(witness.epochs, records)
    for (epoch, record) in records.enumerated() {
      let last = witness.steps[epoch * 5 + 4]
      XCTAssertEqual(last.meanLoss, record.trainLoss)
      XCTAssertEqual(last.accuracy, record.trainAccuracy)
      XCTAssertEqual(last.epochSecondsLeft, 0)
      XCTAssertGreaterThan(last.picturesPerSecond, 0)
    }
    XCTAssertGreaterThan(witness.steps[0].secondsLeft, witness.steps[0].epochSecondsLeft)
  }

  /// Half a cosine over the steps after the warm-up, which rises linearly.
  func testLearningRateFollowsTheSchedule() throws {
    final class Witness: TrainingObserver {
      var rates: [Double] = []
      func didTakeStep(_ progress: StepProgress) { rates.append(progress.learningRate) }
    }
    var run = try SmallRun()
    run.configuration.learningRate = 0.01
    run.configuration.warmUpEpochs = 0.4
    run.configuration.warmUpStart = 0.1
    let witness = Witness()
    try run.trainer(observer: witness).run()
    let expected = [0.001, 0.0055] + (0..<8).map { 0.01 * (1 + cos(.pi * Double($0) / 8)) / 2 }
    for (rate, wanted) in zip(witness.rates, expected) { XCTAssertEqual(rate, wanted, accuracy: 1e-12) }
    XCTAssertEqual(witness.rates.count, 10)
  }

  /// Steps and milestones count the epochs of the run that are done, those of the warm-up too.
  func testStepsAndMilestonesCountTheWarmUp() {
    var configuration = TrainingConfiguration()
    (configuration.epochs, configuration.learningRate) = (6, 1)
    for schedule in [.step(epochs: 2), .multiStep(milestones: [2, 4])] as [LearningRateSchedule] {
      configuration.schedule = schedule
      for (warmUp, first) in [(0.0, 1.0), (1.0, 0.01)] {
        configuration.warmUpEpochs = warmUp
        let rates = (0..<6).map { configuration.learningRate(after: $0, batches: 10, isNext: true) }
        for (rate, wanted) in zip(rates, [first, 1, 0.1, 0.1, 0.01, 0.01]) {
          XCTAssertEqual(rate, wanted, accuracy: 1e-12, "\(schedule), warm-up \(warmUp): \(rates)")
        }
        // While it rises it is not multiplied.
        configuration.warmUpEpochs = 3
        XCTAssertEqual(
          configuration.learningRate(after: 3, batches: 10, isNext: false), 0.01 + 0.99 * 29 / 30,
          accuracy: 1e-12)
      }
    }
    for (schedule, text) in [
      (.step(epochs: 2), "× 0.1 after every 2 epochs"), (.step(epochs: 1), "× 0.1 after every epoch"),
      (.multiStep(milestones: [2]), "× 0.1 after epoch 2"),
      (.multiStep(milestones: [2, 4]), "× 0.1 after epochs 2, 4"),
    ] as [(LearningRateSchedule, String)] { XCTAssertEqual("\(schedule)", text) }
  }

  /// In the steady state a step asks the system for no memory.
  func testStepsAllocateNothingOnceWarm() throws {
    final class Witness: TrainingObserver {
      var allocations: [Int] = []
      func didTakeStep(_ progress: StepProgress) {
        allocations.append(BufferPool.shared.statistics.systemAllocations)
      }
    }
    Parallel.threads = 1
    var run = try SmallRun(training: 16)
    run.configuration.gradientClip = 1
    let witness = Witness()
    try run.trainer(observer: witness).run(until: 1)
    XCTAssertEqual(witness.allocations.count, 5)
    XCTAssertEqual(witness.allocations.dropFirst(2).map { $0 - witness.allocations[1] }, [0, 0, 0])
  }

  func testImpossibleConfigurationsAreRefused() throws {
    let changes: [(inout TrainingConfiguration) -> Void] = [
      { $0.epochs = 0 }, { $0.batchSize = 0 }, { $0.accumulationSteps = 0 }, { $0.learningRate = -1 },
      { $0.learningRate = .nan }, { $0.momentum = 1 }, { $0.weightDecay = -1 }, { $0.labelSmoothing = 1 },
      { $0.gradientClip = 0 }, { $0.warmUpEpochs = -1 }, { $0.warmUpStart = 2 },
      { $0.schedule = .step(epochs: 0) }, { $0.epochs = .max }, { $0.batchSize = .max },
      { $0.accumulationSteps = .max }, { $0.learningRate = 1e300 }, { $0.learningRate = 1e-300 },
      { $0.momentum = .nan }, { $0.weightDecay = .nan }, { $0.labelSmoothing = .nan },
      { $0.gradientClip = .infinity }, { $0.gradientClip = .nan }, { $0.warmUpEpochs = 1e18 },
      { $0.warmUpStart = .nan }, { $0.auxiliaryWeight = .nan }, { $0.schedule = .step(epochs: .max) },
      { $0.schedule = .step(epochs: 1, gamma: .nan) }, { $0.schedule = .step(epochs: 1, gamma: -1) },
      { $0.schedule = .multiStep(milestones: [.max]) },
      { $0.schedule = .multiStep(milestones: [1], gamma: -1) },
      { $0.schedule = .cosine(minimum: .nan) }, { $0.schedule = .cosine(minimum: -5) },
      { $0.schedule = .cosine(epochs: .max) }, { $0.schedule = .polynomial(power: -1) },
      { $0.schedule = .polynomial(epochs: 0) }, { $0.schedule = .polynomial(power: .infinity) },
      { $0.schedule = .plateau(gamma: .nan) }, { $0.schedule = .plateau(gamma: 2) },
      { $0.schedule = .plateau(patience: -1) },
      {
        $0.nesterov = true; $0.momentum = 0
      },
      {
        $0.nesterov = true; $0.optimizer = .adam
      },
    ]
    for (index, change) in changes.enumerated() {
      var run = try SmallRun()
      change(&run.configuration)
      XCTAssertThrowsError(try run.trainer(), "change \(index)") { error in
        guard case .invalidConfiguration = error as? TrainingError else { return XCTFail("\(error)") }
      }
    }
    let run = try SmallRun()
    let network = try Network("resnet20", classes: 7, inputChannels: 1)
    assertThrows(TrainingError.classes(set: "training", data: 10, network: 7)) {
      _ = try Trainer(
        network, run.data, preprocessing: Digits.preprocessing, configuration: run.configuration)
    }
    let empty = DataSource(name: "", train: run.data.train, validation: Subset(run.data.train, indices: []))
    assertThrows(TrainingError.noPictures(set: "validation")) {
      _ = try Trainer(
        run.network, empty, preprocessing: Digits.preprocessing, configuration: run.configuration)
    }
  }

  func testConfigurationIsCodable() throws {
    var configuration = TrainingConfiguration()
    configuration.schedule = .multiStep(milestones: [3, 5], gamma: 0.2)
    configuration.gradientClip = 1
    configuration.frozen = ["layer1.*"]
    let data = try JSONEncoder().encode(configuration)
    XCTAssertEqual(try JSONDecoder().decode(TrainingConfiguration.self, from: data), configuration)
  }
}
