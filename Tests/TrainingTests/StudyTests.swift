import Datasets
import Engine
import Foundation
import Images
import Models
import TestSupport
import Training
import XCTest

/// Studies on a few small pictures, from the first step to the page.
final class StudyTests: XCTestCase {
  /// Pictures of two classes that a network can tell apart: bright above, or bright below.
  private func pictures(
    _ perClass: Int, side: Int = 8, channels: Int = 1, names: [String] = ["above", "below"], dark: Int = 20,
    seed: UInt64
  ) -> InMemoryDataset {
    var generator = RandomStream(seed: seed)
    let labels = (0..<2 * perClass).map { $0 % 2 }
    let pixels = labels.flatMap { label in
      (0..<side * side * channels).map { place in
        let isBright = (place / channels / side < side / 2) == (label == 0)
        return UInt8((isBright ? 150 : dark) + Int(generator.uniform() * 80))
      }
    }
    return InMemoryDataset(
      width: side, height: side, channels: channels, pixels: pixels, labels: labels, classNames: names)
  }

  private var data: DataSource<Int> {
    DataSource(name: "halves", train: pictures(8, seed: 1), validation: pictures(4, seed: 2))
  }

  private var options: StudyOptions {
    var options = StudyOptions()
    (options.seeds, options.epochs) = ([1], 1)
    return options
  }

  private struct Relabelled: Dataset {
    let base: any Dataset<Int>
    let labels: [Int]
    var count: Int { base.count }
    var classNames: [String] { base.classNames }
    func target(at index: Int) throws -> Int { labels[index] }
    func example(at index: Int) throws -> Example<Int> {
      Example(image: try base.example(at: index).image, label: labels[index])
    }
  }

  /// Counts what is trained.
  private final class Counter: TrainingObserver {
    var steps = 0
    func didTakeStep(_ progress: StepProgress) { steps += 1 }
  }

  private func run(
    _ name: String, _ options: StudyOptions, in folder: URL, data: DataSource<Int>? = nil,
    version: String = "1", observer: (any TrainingObserver)? = nil
  ) throws -> StudyResult {
    let session = try StudySession(
      data: data ?? self.data, options: options, folder: folder, version: version, command: "again",
      observer: observer, say: { _ in })
    return try session.run(try XCTUnwrap(Studies.study(named: name)))
  }

  /// All seven recipes, which train; a second time nothing does, and the result is the same.
  func testAugmentationAndItsResumption() throws {
    let folder = temporaryFolder()
    let counter = Counter()
    let first = try run("augmentation", options, in: folder, observer: counter)
    XCTAssertEqual(first.tables[0].rows.count, 7)
    // 16 pictures in one batch.
    XCTAssertEqual(counter.steps, 7)
    XCTAssertEqual(first.tables[0].rows[0][0], .text("none"))
    for row in first.tables[0].rows {
      guard case .number(let accuracy) = row[1] else { return XCTFail("\(row)") }
      XCTAssertTrue(0...1 ~= accuracy)
    }
    XCTAssertEqual(first.figures[0].series.map(\.points.count), Array(repeating: 1, count: 7))
    XCTAssertTrue(
      first.differences.contains { $0.contains("halves: 16 pictures to train on and 8 pictures") })
    XCTAssertTrue(first.paragraphs[0].contains("Every run has 1 epoch, as was asked for."))
    // Of grey pictures in two classes, not of the card's colours in ten.
    let parameters = try Network("resnet20", classes: 2, inputChannels: 1).store.parameterCount
    XCTAssertEqual(parameters, 269_722 - 2 * 9 * 16 - 8 * 65)
    XCTAssertTrue(
      first.differences.contains { $0.contains("resnet20 with \(grouped(parameters)) parameters") },
      "\(first.differences)")
    XCTAssertEqual(first.command, "again")
    XCTAssertGreaterThan(first.seconds, 0)
    XCTAssertTrue(StudyReport([first]).html.contains("crop + flip + CutMix"))
    // Runs leave no weights behind.
    let left = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
    XCTAssertTrue(left.contains("augmentation/none/seed-1/finished.json"), "\(left)")
    XCTAssertFalse(left.contains { $0.hasSuffix(".safetensors") }, "\(left)")

    let second = try run("augmentation", options, in: folder, version: "2", observer: counter)
    XCTAssertEqual(counter.steps, 7, "something was trained again")
    // What was measured before is not called this version's.
    XCTAssertNil(first.earlierEnvironments)
    XCTAssertEqual(second.environment?.version, "2")
    XCTAssertEqual(Set(second.earlierEnvironments?.map(\.version) ?? []), ["1"])
    XCTAssertTrue(
      second.facts.contains { $0.name == "in part measured" && $0.value.contains("Colonnade 1") },
      "\(second.facts)")
    XCTAssertEqual(second.tables, first.tables)
    XCTAssertEqual(second.figures, first.figures)
    XCTAssertEqual(second.seconds, first.seconds)

    // One more seed trains its own runs alone.
    var more = options
    more.seeds = [1, 2]
    let third = try run("augmentation", more, in: folder, observer: counter)
    XCTAssertEqual(counter.steps, 14)
    guard case .spread = third.tables[0].rows[0][1] else { return XCTFail("\(third.tables[0].rows[0])") }
  }

  /// A study that was stopped goes on within the run where it was stopped.
  func testAStoppedStudyGoesOn() throws {
    let folder = temporaryFolder()
    var options = options
    options.epochs = 2
    let whole = try run("augmentation", options, in: temporaryFolder())
    let context = StudyContext(
      data: data, options: options, folder: folder.appending(path: "augmentation"),
      say: { _ in })
    // What is left of a study that ended within its first run.
    let card = try Registry.card(named: "resnet20")
    var configuration = TrainingConfiguration.suited(to: card)
    (configuration.batchSize, configuration.warmUpEpochs) = (32, 1)
    (configuration.epochs, configuration.seed) = (2, 1)
    let preprocessing = try PreprocessingChoice(card: card, channels: 1).preprocessing(for: data)
    let trainer = try Trainer(
      Network(card, classes: 2, inputChannels: 1, seed: 1), data, preprocessing: preprocessing,
      configuration: configuration, output: context.folder.appending(path: "none/seed-1"))
    try trainer.run(until: 1)
    let counter = Counter()
    let rest = try run("augmentation", options, in: folder, observer: counter)
    XCTAssertEqual(counter.steps, 13)
    XCTAssertEqual(rest.figures, whole.figures, "the same bits as without the stop")
  }

  /// Another number of epochs, and other pictures, are refused in a folder where there are runs.
  func testAnotherStudyInTheFolderIsRefused() throws {
    let folder = temporaryFolder()
    _ = try run("augmentation", options, in: folder)
    var other = options
    other.epochs = 2
    XCTAssertThrowsError(try run("augmentation", other, in: folder)) { error in
      XCTAssertEqual(
        error as? TrainingError,
        .differentRun(folder: folder.appending(path: "augmentation").path, differences: ["epochs"]))
    }
    let renamed = DataSource(name: "others", train: data.train, validation: data.validation)
    XCTAssertThrowsError(try run("augmentation", options, in: folder, data: renamed)) { error in
      guard case .differentRun(_, ["data"]) = error as? TrainingError else { return XCTFail("\(error)") }
    }
    let exchanged = DataSource(
      name: data.name, train: pictures(8, dark: 60, seed: 1), validation: data.validation)
    XCTAssertThrowsError(try run("augmentation", options, in: folder, data: exchanged)) { error in
      guard case .differentRun(_, ["pictures"]) = error as? TrainingError else { return XCTFail("\(error)") }
    }
    // The same pictures, each two with each other's label.
    let train = data.train
    let relabelled = DataSource(
      name: data.name,
      train: Relabelled(base: train, labels: try (0..<train.count).map { try train.target(at: $0 ^ 1) }),
      validation: data.validation)
    XCTAssertThrowsError(try run("augmentation", options, in: folder, data: relabelled)) { error in
      guard case .differentRun(_, ["labels or names of the pictures"]) = error as? TrainingError else {
        return XCTFail("\(error)")
      }
    }
    // Without a number the plan that was made holds.
    other.epochs = nil
    let counter = Counter()
    _ = try run("augmentation", other, in: folder, observer: counter)
    XCTAssertEqual(counter.steps, 0)
  }

  /// Where no number of epochs is given steps are timed, and the plan is remembered.
  func testTheBudgetPlansEpochs() throws {
    let folder = temporaryFolder()
    var options = options
    options.epochs = nil
    options.budget = 1e-6
    let result = try run("augmentation", options, in: folder)
    XCTAssertEqual(result.figures[0].series[0].points.count, 1)
    XCTAssertTrue(result.paragraphs[0].contains("one epoch of 60"), result.paragraphs[0])
    // Another budget with as many epochs is told; with more of them it is refused.
    let counter = Counter()
    options.budget = 1e-7
    _ = try run("augmentation", options, in: folder, observer: counter)
    options.budget = 1e6
    assertThrows(
      TrainingError.differentRun(folder: folder.appending(path: "augmentation").path, differences: ["budget"])
    ) { _ = try self.run("augmentation", options, in: folder, observer: counter) }
    options.budget = 1e-6
    let again = try run("augmentation", options, in: folder, observer: counter)
    XCTAssertEqual(counter.steps, 0)
    XCTAssertEqual(again.paragraphs, result.paragraphs)
  }

  /// Where nothing was trained by it yet, a plan of another budget is made anew.
  func testAPlanThatNothingWasTrainedByIsMadeAnew() throws {
    let folder = temporaryFolder()
    func epochs(budget: Double) throws -> Int {
      var options = options
      (options.epochs, options.budget) = (nil, budget)
      let context = StudyContext(data: data, options: options, folder: folder, say: { _ in })
      let card = try Registry.card(named: "plain20")
      let training = StudyTraining(
        "plain", on: data,
        preprocessing: try PreprocessingChoice(card: card, channels: 1).preprocessing(for: data),
        configuration: TrainingConfiguration()
      ) { seed in try Network(card, classes: 2, inputChannels: 1, seed: seed) }
      return try context.train([training], wish: 3).plan.epochs
    }
    XCTAssertEqual(try epochs(budget: 1e-6), 1)
    try FileManager.default.removeItem(at: folder.appending(path: "plain"))
    XCTAssertEqual(try epochs(budget: 1e6), 3)
    XCTAssertThrowsError(try epochs(budget: 1e-6))
  }

  /// What is kept in a study's folder is of its pictures, and times are of a number of threads.
  func testWhatIsRememberedIsOfThePicturesAndTheThreads() throws {
    let folder = temporaryFolder()
    var measured = 0
    func value(_ data: DataSource<Int>, holdsTimes: Bool = false) throws -> Int {
      let context = StudyContext(data: data, options: options, folder: folder, say: { _ in })
      return try context.remembered("value", holdsTimes: holdsTimes) {
        measured += 1
        return measured
      }
    }
    let exchanged = DataSource(
      name: data.name, train: data.train, validation: pictures(4, dark: 60, seed: 2))
    let renamed = DataSource(
      name: data.name, train: pictures(8, names: ["light", "dark"], seed: 1), validation: data.validation)
    for (data, expected) in [(data, 1), (data, 1), (exchanged, 2), (exchanged, 2), (data, 3), (renamed, 4)] {
      XCTAssertEqual(try value(data), expected)
    }
    XCTAssertEqual(try withThreads(1) { try value(data) }, 5)
    XCTAssertEqual(try withThreads(2) { try value(data) }, 5, "no times")
    XCTAssertEqual(try withThreads(1) { try value(data, holdsTimes: true) }, 5)
    XCTAssertEqual(try withThreads(2) { try value(data, holdsTimes: true) }, 6)
  }

  /// What a study took is what measuring and training took, not the showing of what is there.
  func testWhatIsShownAnewTookWhatItTook() throws {
    struct Measuring: Study {
      let name = "measuring"
      let question = "How long?"

      func run(_ context: StudyContext) throws -> StudyResult {
        let card = try Registry.card(named: "resnet20")
        let training = StudyTraining(
          "resnet", on: context.data,
          preprocessing: try PreprocessingChoice(card: card, channels: 1).preprocessing(for: context.data),
          configuration: TrainingConfiguration()
        ) { seed in try Network(card, classes: 2, inputChannels: 1, seed: seed) }
        _ = try context.train([training], wish: 1)
        var result = StudyResult(of: self)
        result.paragraphs = [
          try context.remembered("sentence") {
            Thread.sleep(forTimeInterval: 0.05)
            return "It took a while."
          }
        ]
        result.seconds = 10
        return result
      }
    }
    let folder = temporaryFolder()
    func seconds() throws -> Double {
      try StudySession(
        data: data, options: options, folder: folder, version: "1", command: "again", say: { _ in }
      ).run(Measuring()).seconds
    }
    let first = try seconds()
    let run = try RunDirectory(folder.appending(path: "measuring/resnet/seed-1")).readLog()
    let trained = run.reduce(0) { $0 + $1.seconds + $1.validationSeconds }
    XCTAssertGreaterThan(trained, 0)
    XCTAssertGreaterThanOrEqual(first, 10.05 + trained)
    XCTAssertEqual(try seconds(), first)
  }

  /// One rule for all studies: small pictures stay as they are where the network takes them, photographs become small, and a side
  /// that is asked for is taken where the network takes it.
  func testWhatSuitsPictures() throws {
    struct Folder: Dataset {
      let base: InMemoryDataset
      var count: Int { base.count }
      var classNames: [String] { base.classNames }
      func target(at index: Int) -> Int { base.target(at: index) }
      func example(at index: Int) -> Example<Int> { base.example(at: index) }
    }
    func suited(_ side: Int, in folder: Bool = false, names: [String] = ["cat", "dog"]) throws
      -> StudyPictures
    {
      let set = pictures(1, side: side, channels: 3, names: names, seed: 1)
      let train: any Dataset<Int> = folder ? Folder(base: set) as any Dataset<Int> : set
      return try StudyPictures(DataSource<Int>(name: "pictures", train: train, validation: set))
    }
    let (resnet, alexnet) = (try Registry.card(named: "resnet20"), try Registry.card(named: "alexnet"))
    let rows: [(pictures: StudyPictures, asked: Int?, photographs: Int?, resnet: Int?, alexnet: Int?)] = [
      (try suited(28), nil, nil, nil, 64), (try suited(64), nil, 96, nil, nil),
      (try suited(65), nil, nil, 64, 64), (try suited(65), nil, 128, 128, 128),
      (try suited(65), nil, 32, 32, 63), (try suited(28), 16, 96, 16, 63), (try suited(80), 70, 96, 70, 70),
      // In a folder one side is made of all.
      (try suited(28, in: true), nil, nil, 28, 64), (try suited(80, in: true), nil, 96, 96, 96),
    ]
    for (place, row) in rows.enumerated() {
      let photographs = row.photographs ?? StudyPictures.photographs
      func side(_ card: NetworkCard) -> Int? {
        row.pictures.side(row.asked, for: card, photographs: photographs)
      }
      XCTAssertEqual(side(resnet), row.resnet, "resnet20, row \(place)")
      XCTAssertEqual(side(alexnet), row.alexnet, "alexnet, row \(place)")
    }
    XCTAssertEqual([resnet, alexnet].map { StudyPictures.side(32, of: $0) }, [32, 63])
    XCTAssertEqual(try suited(28).commonSide(nil, for: [resnet, alexnet]), 64)
    XCTAssertEqual(try suited(28).commonSide(nil, for: [resnet]), 28)
    XCTAssertEqual(try suited(80).commonSide(16, for: [resnet, alexnet]), 63)
    for (side, asked, photographs, network) in [
      (28, nil, 96, "resnet20"), (28, 64, 96, "resnet20"), (28, 65, 64, "resnet18"),
      (80, nil, 64, "resnet20"), (80, nil, 96, "resnet18"), (80, 64, 96, "resnet20"),
      (80, 80, 64, "resnet18"),
    ] as [(Int, Int?, Int, String)] {
      let usual = try suited(side).usualNetwork(asked, photographs: photographs)
      XCTAssertEqual(usual, network, "\(side), \(String(describing: asked)), \(photographs)")
    }
    for (side, names, expected) in [
      (28, ["cat", "dog"], "crop"), (28, ["0", "1"], "shift"),
      (80, ["cat", "dog"], "resized-crop:0.35,flip"),
      (80, ["A", "B"], "resized-crop:0.35"),
    ] as [(Int, [String], String)] {
      XCTAssertEqual(try suited(side, names: names).augmentation, try AugmentationRecipe(expected))
    }
  }

  /// Of few pictures batches are small, and the rate of networks for photographs with them (Goyal et al.).
  func testRatesAreOfTheBatch() throws {
    for (count, network, batch, rate) in [
      (4, "resnet18", 32, 0.0125), (5_000, "resnet18", 128, 0.05), (4, "resnet20", 32, 0.05),
      (4, "alexnet", 32, 0.0003),
    ] {
      let set = pictures(count, side: 2, seed: 1)
      let suited = try StudyPictures(DataSource<Int>(name: "pictures", train: set, validation: set))
      let recipe = suited.recipe(for: try Registry.card(named: network))
      XCTAssertEqual(recipe.batchSize, batch, "\(network) on \(count)")
      XCTAssertEqual(recipe.learningRate, rate, "\(network) on \(count)")
      XCTAssertEqual(suited.recipe(for: try Registry.card(named: network), optimizer: .sgd).optimizer, .sgd)
    }
  }

  /// Weights and everything else stand where they stood.
  func testTimingAnEpochChangesNothing() throws {
    func trainer() throws -> Trainer<ClassificationTask> {
      var configuration = TrainingConfiguration()
      (configuration.epochs, configuration.batchSize) = (1, 4)
      let card = try Registry.card(named: "plain20")
      return try Trainer(
        Network(card, classes: 2, inputChannels: 1, seed: 1), data,
        preprocessing: try PreprocessingChoice(card: card, channels: 1).preprocessing(for: data),
        configuration: configuration)
    }
    let (timed, plain) = (try trainer(), try trainer())
    let cost = try timed.measuredCost(steps: 2)
    XCTAssertGreaterThan(cost.perEpoch, 0)
    XCTAssertEqual(cost.once, 0, "there are no features to compute")
    assertSameBits(timed.network, plain.network)
    XCTAssertEqual(try timed.run().map(\.trainLoss), try plain.run().map(\.trainLoss))
    assertSameBits(timed.network, plain.network)
  }

  /// What observers are shown before a step is what it follows, before it is clipped: the weights move by rate · clip / norm
  /// times as much.
  func testObserversSeeTheGradients() throws {
    final class Watcher: TrainingObserver {
      var seen: [(epoch: Int, gradients: [String: Tensor])] = []
      func willStep(along gradients: Gradients, epoch: Int) {
        var named: [String: Tensor] = [:]
        for leaf in gradients.leaves { if let name = leaf.parameter { named[name] = gradients[leaf] } }
        seen.append((epoch, named))
      }
    }
    var configuration = TrainingConfiguration()
    (configuration.epochs, configuration.batchSize, configuration.schedule) = (1, 16, .constant)
    (configuration.learningRate, configuration.momentum, configuration.weightDecay) = (0.5, 0, 0)
    configuration.gradientClip = 0.25
    let card = try Registry.card(named: "plain20")
    let network = try Network(card, classes: 2, inputChannels: 1, seed: 1)
    let before = network.store.trainable.map { ($0, $0.value.scalars) }
    let watcher = Watcher()
    try Trainer(
      network, data, preprocessing: try PreprocessingChoice(card: card, channels: 1).preprocessing(for: data),
      configuration: configuration, observer: watcher
    ).run()
    XCTAssertEqual(watcher.seen.map(\.epoch), [1])
    let gradients = try XCTUnwrap(watcher.seen.first).gradients
    XCTAssertEqual(Set(gradients.keys), Set(before.map(\.0.name)))
    let squares = gradients.values.reduce(0.0) { sum, gradient in
      sum + gradient.scalars.reduce(0.0) { $0 + Double($1) * Double($1) }
    }
    XCTAssertGreaterThan(squares, 0.25 * 0.25, "nothing was clipped")
    let factor = 0.5 * 0.25 / (squares.squareRoot() + 1e-6)
    for (parameter, old) in before {
      let gradient = try XCTUnwrap(gradients[parameter.name]).scalars
      for (index, new) in parameter.value.scalars.enumerated() {
        XCTAssertEqual(
          Double(new), Double(old[index]) - factor * Double(gradient[index]), accuracy: 1e-6, parameter.name)
      }
    }
  }

  func testBatchNormShowsGradients() throws {
    let result = try run("batchnorm", options, in: temporaryFolder())
    XCTAssertEqual(result.tables[0].rows.count, 4)
    XCTAssertEqual(result.figures.count, 3)
    let norms = result.figures[2]
    XCTAssertEqual(norms.series.map(\.points.count), [7, 7, 7, 7], "six convolutions and a linear layer")
    for point in norms.series.flatMap(\.points) { XCTAssertGreaterThan(point.y, 0) }
    XCTAssertTrue(result.tables[1].columns[2].isPublished)
  }

  /// A run whose numbers are none any more is a result, and is remembered.
  func testADivergedRunIsAResult() throws {
    let folder = temporaryFolder()
    let counter = Counter()
    func train() throws -> [StudyRun] {
      let context = StudyContext(
        data: data, options: options, folder: folder, observer: counter, say: { _ in })
      var configuration = TrainingConfiguration()
      (configuration.learningRate, configuration.batchSize) = (1e30, 4)
      let card = try Registry.card(named: "plain20")
      let training = StudyTraining(
        "wild", on: data,
        preprocessing: try PreprocessingChoice(card: card, channels: 1).preprocessing(for: data),
        configuration: configuration
      ) { seed in try Network(card, classes: 2, inputChannels: 1, seed: seed) }
      return try context.train([training], wish: 3).runs[0]
    }
    let first = try train()
    XCTAssertEqual(first[0].divergence?.epoch, 1)
    XCTAssertEqual(first[0].records, [])
    let steps = counter.steps
    XCTAssertEqual(try train()[0].divergence, first[0].divergence)
    XCTAssertEqual(counter.steps, steps)
  }

  /// Two sessions in one folder would spoil each other's runs.
  func testOneSessionAFolder() throws {
    let folder = temporaryFolder()
    func session(_ seeds: [UInt64] = [1]) throws -> StudySession {
      var options = options
      options.seeds = seeds
      return try StudySession(
        data: data, options: options, folder: folder, version: "1", command: "", say: { _ in })
    }
    for seeds in [[], [3, 3]] as [[UInt64]] { XCTAssertThrowsError(try session(seeds)) }
    let first = try session()
    assertThrows(TrainingError.inUse(folder: folder.path)) { _ = try session() }
    withExtendedLifetime(first) {}
  }

  /// Published weights are found by the folder's or the file's name, and measured where the classes are ImageNet's.
  func testErrorOfPublishedWeights() throws {
    let weights = temporaryFolder()
    let inner = weights.appending(path: "resnet18")
    try FileManager.default.createDirectory(at: inner, withIntermediateDirectories: true)
    try Data().write(to: inner.appending(path: "notes.txt"))
    let network = try Network("squeezenet1_1", seed: 1)
    let file = weights.appending(path: "squeezenet1_1.safetensors")
    try network.store.save(to: file.path)
    XCTAssertEqual(try FoundWeights.all(in: weights).map(\.network), ["squeezenet1_1"])
    XCTAssertThrowsError(try FoundWeights.all(in: weights.appending(path: "none")))

    var options = options
    options.weights = weights
    let synsets = Array(ClassNames.imageNetSynsets.prefix(2))
    let known = DataSource(
      name: "two", train: pictures(1, side: 32, channels: 3, names: synsets, seed: 1),
      validation: pictures(1, side: 32, channels: 3, names: synsets, seed: 2))
    let folder = temporaryFolder()
    let result = try run("error", options, in: folder, data: known)
    XCTAssertEqual(result.tables[0].rows.map(\.first), [.text("squeezenet1_1")])
    // Other pictures in the same folder, and as many: their own numbers.
    final class Looks: TrainingObserver {
      var count = 0
      func didEvaluate(_ pictures: Int, of total: Int) { count += 1 }
    }
    let looks = Looks()
    _ = try run("error", options, in: folder, data: known, observer: looks)
    XCTAssertEqual(looks.count, 0)
    let others = DataSource(
      name: "two", train: known.train,
      validation: pictures(1, side: 32, channels: 3, names: synsets, dark: 60, seed: 2))
    _ = try run("error", options, in: folder, data: others, observer: looks)
    XCTAssertEqual(looks.count, 1)
    XCTAssertTrue(result.paragraphs[0].contains("2 validation pictures of two"))
    XCTAssertEqual(result.tables[0].columns.map(\.isPublished).filter { $0 }.count, 3)
  }
}
