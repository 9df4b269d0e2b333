import Datasets
import Engine
import Foundation
import Images
import Models
import TestSupport
import Training
import XCTest

/// A classifier trained on features that are computed once.
final class LinearProbeTests: XCTestCase {
  private final class Witness: TrainingObserver {
    var progress: [FeatureProgress] = []
    func didComputeFeatures(_ done: FeatureProgress) { progress.append(done) }
  }

  private func small() throws -> SmallRun {
    var run = try SmallRun(training: 3)
    run.configuration.linearProbe = true
    run.configuration.augmentation = .none
    run.configuration.batchSize = 8
    return run
  }

  /// A convolution with batch norm whose statistics are not those of the pictures, dropout, and a linear layer, or a convolution
  /// as SqueezeNet has it.
  private func tiny(convolutional: Bool) throws -> Network {
    let network = try Network(
      name: "tiny", classes: 10, preprocessing: Digits.preprocessing, inputChannels: 1, inputSize: 8, seed: 4
    ) { scope in
      let trunk: [any Module] = [
        ConvNormActivation(
          Conv2d(scope["conv"], from: 1, to: 6, kernel: 3, padding: 1), BatchNorm2d(scope["bn"], channels: 6)),
        MaxPool2d(kernel: 2, stride: 2), Dropout(probability: 0.5),
      ]
      let classifier: [any Module] =
        convolutional
        ? [
          ConvActivation(Conv2d(scope["last"], from: 6, to: 10, kernel: 1)), AdaptiveAvgPool2d(size: 1),
          Flatten(),
        ]
        : [Flatten(), Linear(scope["last"], from: 6 * 16, to: 10)]
      return Sequential(trunk + classifier)
    }
    for parameter in network.store.all where parameter.role == .statistic {
      var generator = RandomStream(seed: 9).split(parameter.name)
      parameter.value = generator.tensor(parameter.shape, from: 0.5, to: 1.5)
    }
    return network
  }

  /// The same as training with the trunk frozen and in evaluation mode, picture by picture through the whole network, within
  /// 10⁻⁴ after two epochs: in inference batch norm is folded into the convolution.
  func testEqualsTrainingWithAFrozenTrunk() throws {
    for convolutional in [false, true] {
      let digits = try SmallRun(training: 3).data
      var configuration = TrainingConfiguration()
      (configuration.epochs, configuration.batchSize, configuration.seed) = (2, 7, 6)
      (configuration.schedule, configuration.labelSmoothing) = (.constant, 0.1)
      configuration.linearProbe = true
      let probed = try tiny(convolutional: convolutional)
      let before = try tiny(convolutional: convolutional)
      let records = try Trainer(
        probed, digits, preprocessing: Digits.preprocessing, configuration: configuration
      ).run()

      let expected = try tiny(convolutional: convolutional)
      for weight in expected.store.all where !weight.name.hasPrefix("last.") { weight.isTrainable = false }
      let optimizer = SGD(
        expected.store.trainable, learningRate: 0.05, momentum: 0.9, weightDecay: 5e-4)
      let loader = DataLoader(
        digits.train, preprocessing: Digits.preprocessing, batchSize: 7, seed: 6, shuffles: true)
      var losses: [Double] = []
      for epoch in 1...2 {
        var sum = 0.0
        for result in loader.epoch(epoch) {
          let batch = try result.get()
          let logits = expected(batch.images, .evaluatingGradients()).logits
          let loss = crossEntropy(logits, labels: batch.labels, labelSmoothing: 0.1)
          sum += Double(loss.scalar) * Double(batch.count)
          optimizer.step(loss.backward())
        }
        losses.append(sum / Double(digits.train.count))
      }
      for (own, loss) in zip(records.map(\.trainLoss), losses) { XCTAssertEqual(own, loss, accuracy: 1e-4) }
      for (a, e) in zip(probed.store.all, expected.store.all) {
        assertClose(a.value, e.value, absolute: 1e-4, relative: 1e-4, a.name)
      }
      // What is measured is the whole network.
      let evaluator = Evaluator(
        probed, DataLoader(digits.validation, preprocessing: Digits.preprocessing, batchSize: 16),
        classNames: digits.train.classNames)
      XCTAssertEqual(
        try evaluator.measure().measures.loss, try XCTUnwrap(records.last).validationLoss, accuracy: 1e-4)
      for (a, b) in zip(probed.store.all, before.store.all) where !a.name.hasPrefix("last.") {
        assertSameBits(a.value, b.value, a.name)
      }
      XCTAssertNotEqual(
        probed.store["last.weight"]?.value.scalars, before.store["last.weight"]?.value.scalars)
    }
  }

  /// Stopped and gone on with, the features come from the file; where that is broken, or of other weights, they are computed
  /// anew. In every case to the bits of a run that was not stopped.
  func testResumesWithTheFeaturesThatWereKept() throws {
    let whole = try small()
    let expected = try whole.trainer().run()
    let folder = temporaryFolder()
    let witness = Witness()
    try small().trainer(output: folder, observer: witness).run(until: 1)
    let first = try XCTUnwrap(witness.progress.last)
    XCTAssertEqual(first.pictures, 90)
    XCTAssertEqual(first.total, 90)
    XCTAssertEqual(first.bytes, 4 * 90 * 64)
    XCTAssertFalse(first.wereKept)
    XCTAssertEqual(first.file, RunDirectory(folder).features)
    let features = try Data(contentsOf: RunDirectory(folder).features)

    let others = temporaryFolder()
    let other = try small()
    other.network.store["conv1.weight"]!.value = other.network.store["conv1.weight"]!.value * 1.5
    try other.trainer(output: others).run(until: 1)
    let foreign = try Data(contentsOf: RunDirectory(others).features)

    for (content, isKept) in [(features, true), (features.prefix(500), false), (foreign, false)] {
      let copy = temporaryFolder()
      try FileManager.default.copyItem(at: folder, to: copy)
      try content.write(to: RunDirectory(copy).features)
      let witness = Witness()
      let resumed = try small()
      let records = try resumed.trainer(output: copy, observer: witness).run(resuming: true)
      XCTAssertEqual(witness.progress.last?.wereKept, isKept)
      XCTAssertEqual(records.map(\.training), expected.map(\.training))
      XCTAssertEqual(records.map(\.validation), expected.map(\.validation))
      assertSameBits(resumed.network, whole.network)
      XCTAssertEqual(try Data(contentsOf: RunDirectory(copy).features), features)
    }
    // The files are a whole network's, and the report's pictures are pictures.
    try small().trainer(output: folder).run(resuming: true)
    let loaded = try XCTUnwrap(WeightCard.loadNetwork(from: RunDirectory(folder).last.path))
    assertSameBits(loaded.network, whole.network)
    let examples = try XCTUnwrap(RunDirectory(folder).readExamples())
    XCTAssertFalse(examples.isEmpty)
    for example in examples {
      let picture = try Image(decoding: example.png, name: "example")
      XCTAssertEqual(picture.size, Image.Size(width: 8, height: 8))
    }
  }

  func testWhatAProbeHasNoUseForIsRefused() throws {
    let changes: [(inout TrainingConfiguration) -> Void] = [
      { $0.augmentation = .flip }, { $0.mixup = 0.2 }, { $0.cutmix = 1 }, { $0.frozen = ["conv1.*"] },
      { $0.unfreezing = [Unfreezing("conv1.*", at: 2)] }, { $0.growth = [Growth(4, until: 2)] },
    ]
    for (index, change) in changes.enumerated() {
      var run = try small()
      change(&run.configuration)
      XCTAssertThrowsError(try run.trainer(), "\(index)") { error in
        XCTAssertTrue("\(error)".contains("a linear probe"), "\(error)")
      }
    }
    // A run with a probe is not gone on with without.
    let folder = temporaryFolder()
    try small().trainer(output: folder).run(until: 1)
    var other = try small()
    other.configuration.linearProbe = nil
    assertThrows(TrainingError.differentRun(folder: folder.path, differences: ["linearProbe"])) {
      try other.trainer(output: folder).run(resuming: true)
    }
  }
}
