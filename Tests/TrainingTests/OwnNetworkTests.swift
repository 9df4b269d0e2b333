import Datasets
import Engine
import Models
import TestSupport
import Training
import XCTest

/// A network that is in no registry is trained, measured, kept and read back like any other.
final class OwnNetworkTests: XCTestCase {
  private func network(seed: UInt64 = 0) throws -> Network {
    try Network(
      name: "mine", classes: 10, preprocessing: Digits.preprocessing, inputChannels: 1, inputSize: 8,
      seed: seed
    ) { scope in
      Sequential([
        ConvNormActivation(
          Conv2d(scope["conv"], from: 1, to: 16, kernel: 3, padding: 1),
          BatchNorm2d(scope["bn"], channels: 16)),
        Dropout(scope["drop"], probability: 0.1), MaxPool2d(kernel: 2), Flatten(),
        Linear(scope["fc"], from: 256, to: 10, flattening: (16, 4, 4)),
      ])
    }
  }

  func testTrainedMeasuredKeptAndReadBack() throws {
    let digits = try Digits.load()
    let data = DataSource(
      name: "digits", train: try Subset(digits.train, perClass: 40),
      validation: try Subset(digits.test, perClass: 10)
    )
    var configuration = TrainingConfiguration()
    configuration.epochs = 6
    configuration.batchSize = 32
    let folder = temporaryFolder()
    func trainer(_ network: Network, output: URL?) throws -> Trainer<ClassificationTask> {
      try Trainer(
        network, data, preprocessing: Digits.preprocessing, configuration: configuration, output: output)
    }
    let network = try network(seed: 4)
    let records = try trainer(network, output: folder).run()
    XCTAssertGreaterThan(try XCTUnwrap(records.last).validationAccuracy, 0.85)

    // Stopped and resumed, to the same bits.
    let resumed = temporaryFolder()
    _ = try trainer(self.network(seed: 4), output: resumed).run(until: 3)
    let second = try self.network(seed: 9)
    _ = try trainer(second, output: resumed).run(resuming: true)
    assertSameBits(second, network)

    // Read back without a registry, and with one's own.
    let path = RunDirectory(folder).last.path
    let card = try XCTUnwrap(WeightCard.read(from: path))
    XCTAssertEqual(card.network, "mine")
    let loaded = try self.network()
    try loaded.store.load(from: path)
    assertSameBits(loaded, network)
    let built = try XCTUnwrap(WeightCard.loadNetwork(from: path, in: Registry([network.card]))).network
    assertSameBits(built, network)
    let trained = try TrainedNetwork(weights: path, in: Registry([network.card]))
    assertSameBits(trained.network, network)
    XCTAssertEqual(trained.labels, card.classNames)
    XCTAssertThrowsError(try TrainedNetwork(weights: path)) { error in
      guard case NetworkError.unknownName("mine", _, _)? = error as? NetworkError else {
        return XCTFail("\(error)")
      }
    }
    XCTAssertThrowsError(try WeightCard.loadNetwork(from: path)) { error in
      guard case NetworkError.unknownName("mine", _, _)? = error as? NetworkError else {
        return XCTFail("\(error)")
      }
    }

    let loader = DataLoader(data.validation, preprocessing: card.preprocessing, batchSize: 32)
    let evaluation = try Evaluator(loaded, loader, classNames: card.classNames).evaluate()
    XCTAssertEqual(evaluation.top1, records.last?.validationAccuracy)

    // The classifier says of each picture what the evaluation counted.
    let classifier = Classifier(loaded, classNames: card.classNames)
    var right = 0
    for index in 0..<data.validation.count {
      let example = try data.validation.example(at: index)
      if try classifier.classify(example.image, top: 1)[0].class == example.target { right += 1 }
    }
    XCTAssertEqual(Double(right) / Double(data.validation.count), evaluation.top1)
    XCTAssertTrue(try Report(run: folder).html.contains("mine"))
  }

  func testBrokenWeightsAreNoClassification() throws {
    let network = try network()
    network.store["fc.bias"]!.value = Tensor(repeating: .nan, shape: [10])
    let picture = try Digits.load().test.example(at: 0).image
    XCTAssertThrowsError(try Classifier(network).classify(picture)) { error in
      XCTAssertEqual(error as? NetworkError, .notFinite(network: "mine"))
    }
    XCTAssertThrowsError(try ClassifierEvaluator(network).evaluate(Digits.load().test)) { error in
      XCTAssertEqual(error as? NetworkError, .notFinite(network: "mine"))
    }
  }
}
