import Datasets
import Engine
import Foundation
import Models
import TestSupport
import Training
import XCTest

/// Runs with files: checkpoints, resuming, refusals.
final class RunTests: XCTestCase {
  func testTwiceTwoEpochsAreFour() throws {
    for optimizer in [TrainingConfiguration.OptimizerKind.sgd, .adamw] {
      func run() throws -> SmallRun {
        var run = try SmallRun()
        run.configuration.epochs = 4
        run.configuration.optimizer = optimizer
        run.configuration.learningRate = optimizer == .sgd ? 0.05 : 1e-3
        run.configuration.warmUpEpochs = 1.5
        return run
      }
      let whole = try run()
      let expected = try whole.trainer(output: temporaryFolder()).run()

      let folder = temporaryFolder()
      let first = try run()
      XCTAssertEqual(try first.trainer(output: folder).run(until: 2).count, 2)
      let second = try run()
      let records = try second.trainer(output: folder).run(resuming: true)

      assertSameBits(second.network, whole.network)
      XCTAssertEqual(records.count, 4)
      XCTAssertEqual(records.map(\.trainLoss), expected.map(\.trainLoss))
      XCTAssertEqual(records.map(\.validationLoss), expected.map(\.validationLoss))
      XCTAssertEqual(records.map(\.learningRate), expected.map(\.learningRate))
      XCTAssertEqual(records.map(\.isBest), expected.map(\.isBest))
    }
  }

  /// N epochs, then resumed with 2N configured, under a schedule that does not know the run's length.
  func testMoreEpochsMayBeAskedForWhenResuming() throws {
    func run(epochs: Int) throws -> SmallRun {
      var run = try SmallRun()
      run.configuration.epochs = epochs
      run.configuration.schedule = .plateau(gamma: 0.5, patience: 0)
      return run
    }
    let whole = try run(epochs: 4)
    try whole.trainer().run()
    let folder = temporaryFolder()
    try run(epochs: 2).trainer(output: folder).run()
    let more = try run(epochs: 4)
    try more.trainer(output: folder).run(resuming: true)
    assertSameBits(more.network, whole.network)
    XCTAssertEqual(try RunDirectory(folder).readDescription().configuration.epochs, 4)
    // Nothing is left to do.
    XCTAssertEqual(try run(epochs: 4).trainer(output: folder).run(resuming: true).count, 4)
  }

  func testFilesHoldWhatTheyShould() throws {
    let folder = temporaryFolder()
    let run = try SmallRun()
    let records = try run.trainer(output: folder).run()
    let directory = RunDirectory(folder)
    XCTAssertEqual(
      try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted(),
      [
        "best.safetensors", "checkpoint.safetensors", "configuration.json", "evaluation.json",
        "examples.json",
        "last.safetensors", "log.jsonl",
      ])
    XCTAssertEqual(try directory.readLog(), records)
    let lines = try String(contentsOf: directory.log, encoding: .utf8).split(separator: "\n")
    XCTAssertEqual(lines.count, 2)
    for line in lines {
      let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
      for key in [
        "epoch", "trainLoss", "trainAccuracy", "validationLoss", "validationAccuracy", "learningRate",
        "seconds",
      ] {
        XCTAssertNotNil(object?[key], key)
      }
    }

    let (network, card) = try XCTUnwrap(try WeightCard.loadNetwork(from: directory.last.path))
    assertSameBits(network, run.network)
    XCTAssertEqual(card.network, "resnet20")
    XCTAssertEqual(card.classNames, (0..<10).map(String.init))
    XCTAssertEqual([card.inputHeight, card.inputWidth, card.inputChannels], [8, 8, 1])
    XCTAssertEqual(card.preprocessing, Digits.preprocessing)
    let file = try SafetensorsFile(path: directory.last.path)
    XCTAssertEqual(file.shape(of: "conv1.weight"), [16, 1, 3, 3])

    // The best weights give the evaluation that was written, bit for bit.
    let best = try XCTUnwrap(try WeightCard.loadNetwork(from: directory.best.path)).network
    let loader = DataLoader(run.data.validation, preprocessing: Digits.preprocessing, batchSize: 32)
    let evaluation = try Evaluator(best, loader, classNames: card.classNames).evaluate()
    XCTAssertEqual(evaluation, try directory.readEvaluation())
    XCTAssertEqual(evaluation.top1, records.last(where: \.isBest)!.validationAccuracy)
    XCTAssertNil(try WeightCard.read(from: directory.checkpoint.path))
  }

  func testNonEmptyFolderIsRefusedAndUntouched() throws {
    let folder = temporaryFolder()
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let file = folder.appending(path: "thesis.txt")
    try Data("dear".utf8).write(to: file)
    let run = try SmallRun()
    assertThrows(TrainingError.outputNotEmpty(folder: folder.path)) { try run.trainer(output: folder).run() }
    assertThrows(TrainingError.nothingToResume(folder: folder.path)) {
      try run.trainer(output: folder).run(resuming: true)
    }
    assertThrows(TrainingError.output(file: file.path, reason: "is not a folder")) {
      try run.trainer(output: file).run()
    }
    XCTAssertEqual(try FileManager.default.contentsOfDirectory(atPath: folder.path), ["thesis.txt"])
    XCTAssertEqual(try Data(contentsOf: file), Data("dear".utf8))
  }

  func testAnotherRunIsNotResumed() throws {
    let folder = temporaryFolder()
    try SmallRun().trainer(output: folder).run(until: 1)
    var other = try SmallRun()
    other.configuration.learningRate = 0.01
    other.configuration.seed = 6
    assertThrows(TrainingError.differentRun(folder: folder.path, differences: ["learningRate", "seed"])) {
      try other.trainer(output: folder).run(resuming: true)
    }
  }

  func testNothingElseIsResumed() throws {
    let folder = temporaryFolder()
    try SmallRun().trainer(output: folder).run()
    var fewer = try SmallRun()
    fewer.configuration.epochs = 1
    assertThrows(TrainingError.fewerEpochs(folder: folder.path, done: 2, asked: 1)) {
      try fewer.trainer(output: folder).run(resuming: true)
    }
    // As many pictures of the same classes, but others.
    let run = try SmallRun()
    let digits = try Digits.load()
    let others = DataSource(
      name: "", train: Subset(digits.train, indices: Array(200..<200 + run.data.train.count)),
      validation: run.data.validation)
    var configuration = run.configuration
    configuration.epochs = 3
    let other = try Trainer(
      run.network, others, preprocessing: Digits.preprocessing, configuration: configuration, output: folder)
    assertThrows(TrainingError.differentRun(folder: folder.path, differences: ["pictures"])) {
      try other.run(resuming: true)
    }
  }

  /// The same pictures with a label or two exchanged, or other names, are others.
  func testOtherLabelsAndNamesAreNotResumed() throws {
    struct Named: Dataset {
      let base: any Dataset<Int>
      let folder: String
      var count: Int { base.count }
      var classNames: [String] { base.classNames }
      func target(at index: Int) throws -> Int { try base.target(at: index) }
      func example(at index: Int) throws -> Example<Int> { try base.example(at: index) }
      func name(at index: Int) -> String { "\(folder)\(index).png" }
    }
    func set(_ labels: [Int]) -> InMemoryDataset {
      InMemoryDataset(
        width: 8, height: 8, channels: 1, pixels: (0..<20 * 64).map { UInt8($0 * 7 % 256) }, labels: labels,
        classNames: ["a", "b"])
    }
    let labels = (0..<20).map { $0 % 2 }
    var others = labels
    // None of the pictures that are looked at.
    others.swapAt(1, 4)
    func trainer(_ train: any Dataset<Int>, _ folder: URL) throws -> Trainer<ClassificationTask> {
      var configuration = TrainingConfiguration()
      configuration.epochs = 2
      return try Trainer(
        Network("resnet20", classes: 2, inputChannels: 1, seed: 1),
        DataSource(name: "", train: train, validation: set(labels)), preprocessing: Digits.preprocessing,
        configuration: configuration, output: folder)
    }
    func resumes(_ train: any Dataset<Int>, _ folder: URL, line: UInt = #line) throws {
      try trainer(train, folder).run(resuming: true, until: 1)
    }
    func isRefused(_ train: any Dataset<Int>, _ folder: URL, line: UInt = #line) {
      let differences = ["labels or names of the pictures"]
      assertThrows(TrainingError.differentRun(folder: folder.path, differences: differences), line: line) {
        try resumes(train, folder)
      }
    }
    let folder = temporaryFolder()
    try trainer(set(labels), folder).run(until: 1)
    isRefused(set(others), folder)
    try resumes(set(labels), folder)

    let named = temporaryFolder()
    try trainer(Named(base: set(labels), folder: "/one/pictures/"), named).run(until: 1)
    try resumes(Named(base: set(labels), folder: "/two/"), named)
    isRefused(Named(base: set(labels), folder: "/one/pictures/x"), named)
  }

  /// A checkpoint of version 0.1 remembers no pictures: it is resumed with what it is given.
  func testACheckpointWithoutPicturesIsResumed() throws {
    let folder = temporaryFolder()
    try SmallRun().trainer(output: folder).run(until: 1)
    let file = RunDirectory(folder).checkpoint
    let content = try SafetensorsFile(path: file.path)
    var state = try XCTUnwrap(
      JSONSerialization.jsonObject(with: Data(XCTUnwrap(content.metadata["training"]).utf8)) as? [String: Any]
    )
    XCTAssertEqual((state.removeValue(forKey: "samples") as? [Any])?.count, 16)
    XCTAssertEqual((state.removeValue(forKey: "labels") as? String)?.count, 64)
    let text = String(decoding: try JSONSerialization.data(withJSONObject: state), as: UTF8.self)
    let counters = content.keys.filter { content.type(of: $0) == .int64 }
    try Safetensors.write(
      content.keys.filter { !counters.contains($0) }.map { ($0, try content.tensor($0)) },
      integers: counters.map { ($0, content.shape(of: $0)!, try content.integers($0)) },
      metadata: ["training": text], to: file.path)
    XCTAssertEqual(try SmallRun().trainer(output: folder).run(resuming: true).count, 2)
  }

  func testOneRunAtATimeInAFolder() throws {
    let folder = temporaryFolder()
    let second = try SmallRun()
    var refusals = 0
    try SmallRun().trainer(output: folder).run { _ in
      for resuming in [false, true] {
        assertThrows(TrainingError.inUse(folder: folder.path)) {
          try second.trainer(output: folder).run(resuming: resuming)
        }
        refusals += 1
      }
    }
    XCTAssertEqual(refusals, 4)
    XCTAssertEqual(try second.trainer(output: folder).run(resuming: true).count, 2)
  }

  func testALossThatSaysNothing() throws {
    func record(_ training: Double, _ validation: Double, accuracy: Double? = nil) -> EpochRecord {
      let measured = accuracy.map { ",\"validationAccuracy\":\($0)" } ?? ""
      let line = """
        {"epoch":1,"isBest":true,"learningRate":1,"picturesPerSecond":1,"seconds":1,"steps":1,"trainLoss":\(training),\
        "validationLoss":\(validation),"validationSeconds":1\(measured)}
        """
      return try! JSONDecoder().decode(EpochRecord.self, from: Data(line.utf8))
    }
    // ln 10 = 2.3026; GoogLeNet's auxiliary heads make it 1.6 times that in training.
    XCTAssertTrue(record(2.3026, 2.3026).isAtChance(ofClasses: 10))
    XCTAssertTrue(record(3.684, 2.31).isAtChance(ofClasses: 10))
    XCTAssertFalse(record(2.2, 2.3026).isAtChance(ofClasses: 10))
    XCTAssertFalse(record(2.3026, 2.28).isAtChance(ofClasses: 10))
    XCTAssertFalse(record(2.3026, 2.33).isAtChance(ofClasses: 10))
    XCTAssertFalse(record(2.3026, 2.3026).isAtChance(ofClasses: 9))
    XCTAssertFalse(record(0, 0).isAtChance(ofClasses: 1))
    XCTAssertTrue(record(2.3026, 2.3026, accuracy: 0.14).isAtChance(ofClasses: 10))
    XCTAssertFalse(record(2.3026, 2.3026, accuracy: 0.16).isAtChance(ofClasses: 10))
  }

  /// A run that diverges stops with an error, and the files of the epochs before stay.
  func testDivergenceLeavesCheckpointsWhole() throws {
    let folder = temporaryFolder()
    var run = try SmallRun()
    run.configuration.schedule = .multiStep(milestones: [1], gamma: 1e30)
    let trainer = try run.trainer(output: folder)
    XCTAssertThrowsError(try trainer.run()) { error in
      guard case .diverged(epoch: 2, _, _) = error as? TrainingError else { return XCTFail("\(error)") }
    }
    let directory = RunDirectory(folder)
    XCTAssertEqual(try directory.readLog().count, 1)
    for file in [directory.last, directory.best] {
      let network = try XCTUnwrap(try WeightCard.loadNetwork(from: file.path)).network
      XCTAssertTrue(network.store.all.allSatisfy { $0.value.scalars.allSatisfy(\.isFinite) })
    }
    let resumed = try SmallRun()
    XCTAssertThrowsError(try resumed.trainer(output: folder).run(resuming: true)) { error in
      XCTAssertEqual(error as? TrainingError, .differentRun(folder: folder.path, differences: ["schedule"]))
    }
  }

  func testTruncatedCheckpointIsAnError() throws {
    let folder = temporaryFolder()
    try SmallRun().trainer(output: folder).run(until: 1)
    let file = RunDirectory(folder).checkpoint
    let data = try Data(contentsOf: file)
    try data.prefix(data.count / 2).write(to: file)
    XCTAssertThrowsError(try SmallRun().trainer(output: folder).run(resuming: true)) { error in
      XCTAssertTrue(error is WeightFileError, "\(error)")
      XCTAssertTrue("\(error)".contains(file.path), "\(error)")
    }
  }
}
