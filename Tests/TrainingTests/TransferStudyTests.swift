import Datasets
import Engine
import Foundation
import Images
import Models
import Synchronization
import TestSupport
import Training
import XCTest

/// The studies of transfer and of learning without labels, at the least size.
final class TransferStudyTests: XCTestCase {
  /// Four classes that are told by where the light is.
  private func pictures(perClass count: Int, channels: Int = 1, seed: UInt64) -> InMemoryDataset {
    var generator = RandomStream(seed: seed)
    let labels = (0..<4 * count).map { $0 % 4 }
    let pixels = labels.flatMap { label in
      (0..<64).flatMap { place -> [UInt8] in
        let isLight = (place % 8 < 4) == (label % 2 == 0) && (place / 8 < 4) == (label / 2 == 0)
        let value = UInt8(generator.uniform(isLight ? 128 : 0, isLight ? 255 : 127))
        return Array(repeating: value, count: channels)
      }
    }
    return InMemoryDataset(
      width: 8, height: 8, channels: channels, pixels: pixels, labels: labels,
      classNames: ["a", "b", "c", "d"])
  }

  /// Counts what is trained.
  private final class Counter: TrainingObserver {
    var steps = 0
    func didTakeStep(_ progress: StepProgress) { steps += 1 }
  }

  private func context(
    _ folder: URL, epochs: Int? = 1, seeds: [UInt64] = [1, 2], budget: Double = 1800,
    observer: (any TrainingObserver)? = nil, say: @escaping (String) -> Void = { _ in }
  ) -> StudyContext {
    var options = StudyOptions()
    (options.epochs, options.seeds, options.budget) = (epochs, seeds, budget)
    return StudyContext(
      data: DataSource(
        name: "lights", train: pictures(perClass: 8, seed: 1), validation: pictures(perClass: 3, seed: 2)),
      options: options, folder: folder, observer: observer, say: say)
  }

  private func check(_ result: StudyResult, series: [String], points: Int) throws {
    XCTAssertEqual(result.figures.first?.series.map(\.name), series)
    for line in result.figures.flatMap(\.series) {
      XCTAssertEqual(line.points.count, points)
      XCTAssertEqual(line.points.map(\.x), line.points.map(\.x).sorted())
      for point in line.points {
        let (low, high) = (try XCTUnwrap(point.low), try XCTUnwrap(point.high))
        XCTAssertTrue(0 <= low && low <= point.y && point.y <= high && high <= 1, "\(point)")
      }
    }
    XCTAssertEqual(result.tables.first?.rows.count, series.count * points)
    XCTAssertFalse(result.paragraphs.isEmpty || result.differences.isEmpty)
    XCTAssertFalse(result.paragraphs.joined().contains("nan"), result.paragraphs.joined())
    XCTAssertEqual(
      try JSONDecoder().decode(StudyResult.self, from: JSONEncoder().encode(result)), result)
  }

  /// Run once more, nothing is trained, and the same comes out.
  func testTransfer() throws {
    let folder = temporaryFolder()
    let study = try XCTUnwrap(Studies.study(named: "transfer"))
    let result = try study.run(context(folder))
    try check(result, series: ["from scratch", "frozen trunk", "fine-tuned"], points: 3)
    XCTAssertTrue(result.paragraphs[0].contains("a, c") && result.paragraphs[0].contains("b, d"))
    let counter = Counter()
    let again = try study.run(context(folder, observer: counter))
    XCTAssertEqual(again.tables, result.tables)
    XCTAssertEqual(counter.steps, 0, "something was trained again")
    // Two of the four classes.
    XCTAssertEqual(result.figures[0].series[0].points.map(\.x), [2, 4, 16])
    // An epoch at all labels, by the root of the share more at fewer.
    XCTAssertEqual(result.tables[0].rows.prefix(3).map { $0[3] }, [.number(3), .number(2), .number(1)])
    XCTAssertTrue(result.paragraphs[1].contains("A run on all pictures has 1 epoch, as was asked for."))
    let left = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
    XCTAssertTrue(left.contains("source/seed-0/best.safetensors"), "\(left)")
    XCTAssertEqual(left.count { $0.hasSuffix("finished.json") }, 1 + 3 * 3 * 2)
    XCTAssertFalse(
      left.contains { $0.hasSuffix(".safetensors") && !$0.hasPrefix("source/") }, "weights are left: \(left)")
  }

  /// A published trunk has had its own epochs: random weights have several times as many.
  func testEpochsBesideAPublishedTrunk() throws {
    let weights = temporaryFolder()
    try FileManager.default.createDirectory(at: weights, withIntermediateDirectories: true)
    try Network("squeezenet1_1", seed: 1).store.save(
      to: weights.appending(path: "squeezenet1_1.safetensors").path)
    let coloured = pictures(perClass: 8, channels: 3, seed: 1)
    var options = StudyOptions()
    (options.epochs, options.seeds, options.size, options.weights) = (1, [1], 32, weights)
    let study = try XCTUnwrap(Studies.study(named: "transfer"))
    let result = try study.run(
      StudyContext(
        data: DataSource(name: "lights", train: coloured, validation: coloured), options: options,
        folder: temporaryFolder()
      ) { _ in })
    XCTAssertEqual(
      result.tables[0].rows.map { $0[3] }, [13, 8, 4, 3, 2, 1, 3, 2, 1].map { StudyTable.Cell.number($0) })
    XCTAssertEqual(
      result.paragraphs[1],
      "A run on all pictures with the trunk has 1 epoch, as was asked for. With fewer labels there are more epochs, by the root of the "
        + "share: an epoch has fewer steps. From scratch there are 4 times as many, since the trunk has had its own on ImageNet."
    )
  }

  /// Where no number of epochs is given steps are timed, and a budget that is too small leaves one epoch.
  func testTheBudgetPlansEpochs() throws {
    for (name, wish) in [("transfer", 12), ("selfsupervision", 40)] {
      let folder = temporaryFolder()
      let study = try XCTUnwrap(Studies.study(named: name))
      let result = try study.run(context(folder, epochs: nil, seeds: [1], budget: 1e-6))
      let text = result.paragraphs.joined(separator: " ")
      XCTAssertTrue(text.contains("has one epoch of \(wish)"), text)
      XCTAssertTrue(text.contains("for what else is computed"), "what features take is not told: \(text)")
      let counter = Counter()
      let again = try study.run(context(folder, epochs: nil, seeds: [1], budget: 1e-6, observer: counter))
      XCTAssertEqual(again.paragraphs, result.paragraphs)
      assertThrows(TrainingError.differentRun(folder: folder.path, differences: ["budget"])) {
        _ = try study.run(self.context(folder, epochs: nil, seeds: [1], budget: 1e6, observer: counter))
      }
      XCTAssertEqual(counter.steps, 0)
      assertThrows(TrainingError.differentRun(folder: folder.path, differences: ["epochs"])) {
        _ = try study.run(self.context(folder, epochs: 2, seeds: [1]))
      }
    }
  }

  /// A trunk's training that was stopped goes on where it was, to the same bits.
  func testAStoppedPretrainingGoesOn() throws {
    let folder = temporaryFolder()
    let study = try XCTUnwrap(Studies.study(named: "selfsupervision"))
    let whole = try study.run(context(temporaryFolder(), epochs: 2, seeds: [1]))
    let data = context(folder).data
    let card = try Registry.card(named: "resnet20")
    var configuration = PretrainingMethod.rotation.configuration(for: card)
    (configuration.epochs, configuration.batchSize) = (2, 8)
    // Small pictures whose classes are called by single characters are moved alone.
    configuration.augmentation = .shift
    let preprocessing = try PreprocessingChoice(card: card, channels: 1).preprocessing(for: data)
    let begun = try PretrainingMethod.rotation.run(
      of: card, on: data, preprocessing: preprocessing, configuration: configuration,
      output: folder.appending(path: "rotation/seed-0"))
    _ = try begun.run(resuming: false, until: 1) { _ in }
    var said: [String] = []
    let rest = try study.run(context(folder, epochs: 2, seeds: [1]) { said.append($0) })
    XCTAssertTrue(said.contains("rotation/seed-0: 2 epochs, going on with what is there"), "\(said)")
    XCTAssertEqual(rest.figures, whole.figures, "the same bits as without the stop")
  }

  /// A probe is timed on the features of a few pictures.
  func testTimingAProbeReadsAFewPictures() throws {
    let reads = Reads()
    struct Watched: Dataset {
      let base: InMemoryDataset
      let reads: Reads
      var count: Int { base.count }
      var classNames: [String] { base.classNames }
      func target(at index: Int) -> Int { base.target(at: index) }
      func example(at index: Int) -> Example<Int> {
        reads.count.wrappingAdd(1, ordering: .relaxed)
        return base.example(at: index)
      }
    }
    let pictures = pictures(perClass: 50, seed: 1)
    let data = DataSource<Int>(
      name: "watched", train: Watched(base: pictures, reads: reads),
      validation: Watched(base: pictures, reads: reads))
    var configuration = TrainingConfiguration()
    (configuration.linearProbe, configuration.batchSize) = (true, 4)
    let trainer = try Trainer(
      Network("resnet20", classes: 4, inputChannels: 1, seed: 1), data, preprocessing: .plain(channels: 1),
      configuration: configuration)
    let before = trainer.network.store.all.map { $0.value.scalars }
    reads.count.store(0, ordering: .relaxed)
    let cost = try trainer.measuredCost()
    XCTAssertGreaterThan(cost.once, 0)
    XCTAssertGreaterThan(cost.perEpoch, 0)
    // One that prepares weights, and two batches.
    XCTAssertEqual(reads.count.load(ordering: .relaxed), 9)
    XCTAssertEqual(trainer.network.store.all.map { $0.value.scalars }, before)
  }

  func testSelfSupervision() throws {
    let folder = temporaryFolder()
    let study = try XCTUnwrap(Studies.study(named: "selfsupervision"))
    let result = try study.run(context(folder))
    try check(result, series: ["random", "rotation", "simclr", "supervised"], points: 4)
    func kept() throws -> [String: Data] {
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      return try Dictionary(
        uniqueKeysWithValues: names.filter { $0.hasPrefix("probe-") }.map {
          ($0, try Data(contentsOf: folder.appending(path: $0)))
        })
    }
    let probes = try kept()
    XCTAssertEqual(probes.count, 4 * 4 * 2)
    for (method, recipe) in [
      (PretrainingMethod.rotation, "shift"),
      (.simclr, "resized-crop:0.5,color:0.4:0.4:0.4:0.1:0.8,grey:0.2"),
    ] {
      let run = folder.appending(path: "\(method)/seed-0")
      XCTAssertTrue(FileManager.default.fileExists(atPath: run.appending(path: "finished.json").path))
      // Neither mirrored nor cut into pieces that show nothing, as in the other studies.
      XCTAssertEqual(
        try RunDirectory(run).readDescription().configuration.augmentation, try AugmentationRecipe(recipe))
    }
    for text in ["32 pictures, seen as they are", "last epoch"] {
      XCTAssertTrue(result.paragraphs[0].contains(text), result.paragraphs[0])
    }
    let counter = Counter()
    XCTAssertEqual(try study.run(context(folder, observer: counter)).tables, result.tables)
    XCTAssertEqual(counter.steps, 0, "something was trained again")
    XCTAssertEqual(try kept(), probes)
  }

  /// Of every class as many, smaller shares within larger ones, other pictures with another seed.
  func testSharesOfLabels() throws {
    let data = pictures(perClass: 20, seed: 3)
    let (few, more) = (try data.labelled(share: 0.1, seed: 5), try data.labelled(share: 0.5, seed: 5))
    for (part, count) in [(few, 2), (more, 10)] {
      for label in 0..<4 {
        XCTAssertEqual(try (0..<part.count).count { try part.target(at: $0) == label }, count)
      }
    }
    XCTAssertTrue(Set(few.indices).isSubset(of: more.indices))
    XCTAssertNotEqual(try data.labelled(share: 0.5, seed: 6).indices, more.indices)
    XCTAssertEqual(try data.labelled(share: 1, seed: 5).indices, Array(0..<80))
    XCTAssertEqual(try data.labelled(share: 0.001, seed: 5).count, 4)
    let half = try DataSource(name: "lights", train: data, validation: data).choosing(classes: [3, 1])
    XCTAssertEqual(half.train.classNames, ["d", "b"])
    XCTAssertEqual(half.train.count, 40)
    XCTAssertEqual(try half.train.example(at: 0), Example(image: data.example(at: 1).image, label: 1))
    XCTAssertEqual(try half.train.example(at: 1), Example(image: data.example(at: 3).image, label: 0))
  }
}

/// How often pictures were read.
private final class Reads: Sendable {
  let count = Atomic(0)
}
