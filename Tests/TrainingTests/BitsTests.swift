import Datasets
import Dispatch
import Engine
import Models
import Synchronization
import TestSupport
import Training
import XCTest

/// The same seed gives the same bits on 1, 2, 3 and 8 threads, and after save and resume.
final class BitsTests: XCTestCase {
  // MARK: Inference

  func testInferenceOfNetworks() throws {
    for (name, size) in [("resnet18", 64), ("googlenet", 64), ("squeezenet1_1", 96), ("alexnet_paper", 67)] {
      let network = try Network(name, classes: 10, seed: 1)
      var generator = RandomStream(seed: 2)
      for batch in [1, 3] {
        let pictures = generator.tensor([batch, size, size, 3])
        let expected = try withThreads(1) { try network.logits(pictures) }
        XCTAssertTrue(expected.scalars.allSatisfy(\.isFinite), name)
        for threads in threadCounts {
          let logits = try withThreads(threads) { try network.logits(pictures) }
          assertSameBits(logits, expected, "\(name), batch \(batch), \(threads) threads")
        }
      }
    }
  }

  /// Callers on several threads at once, of a network whose weights are not yet prepared, and with batches for which plans
  /// differ: each gets the bits that it gets alone.
  func testConcurrentCallersOfOneNetwork() throws {
    var generator = RandomStream(seed: 6)
    let inputs = [1, 8].map { generator.tensor([$0, 56, 56, 3]) }
    let alone = try Network("resnet18", classes: 10, seed: 1)
    let expected = try inputs.map { try alone.logits($0) }
    let network = try Network("resnet18", classes: 10, seed: 1)
    let found = Mutex([(caller: Int, logits: Tensor?)]())
    DispatchQueue.concurrentPerform(iterations: 8) { caller in
      let logits = try? network.logits(inputs[caller % 2])
      found.withLock { $0.append((caller, logits)) }
    }
    for (caller, logits) in found.withLock({ $0 }) {
      assertSameBits(try XCTUnwrap(logits), expected[caller % 2], "caller \(caller)")
    }
  }

  /// Every algorithm of convolution in one network: logits in inference, and in training the loss, every gradient and
  /// every running statistic.
  func testEveryAlgorithmInferringAndTraining() throws {
    var generator = RandomStream(seed: 3)
    let pictures = generator.tensor([3, 84, 84, 3])
    struct Run {
      let logits: Tensor
      let loss: Float
      let gradients: [Tensor]
      let statistics: [Tensor]
    }
    func run(_ threads: Int) throws -> Run {
      try withThreads(threads) {
        let chain = Chain(seed: 4, input: pictures.shape)
        let logits = chain.body(pictures, .inference())
        let output = chain.body(pictures, .training(generator: RandomStream(seed: 5)))
        let loss = crossEntropy(output, labels: [0, 3, 6], labelSmoothing: 0.1)
        let gradients = loss.backward()
        return Run(
          logits: logits, loss: loss.scalar,
          gradients: try chain.store.trainable.map { try XCTUnwrap(gradients[$0], $0.name) },
          statistics: chain.store.all.filter { $0.role == .statistic }.map(\.value))
      }
    }
    XCTAssertEqual(
      Chain(seed: 4, input: pictures.shape).algorithms,
      Set([.im2col, .depthwise, .pointwise, .sharedIm2col] + WinogradTile.allCases.map { .winograd($0) }))
    let expected = try run(1)
    XCTAssertTrue(expected.gradients.allSatisfy { $0.scalars.contains { $0 != 0 } })
    for threads in threadCounts {
      let actual = try run(threads)
      assertSameBits(actual.logits, expected.logits, "logits, \(threads) threads")
      XCTAssertEqual(actual.loss.bitPattern, expected.loss.bitPattern, "\(threads) threads")
      for (a, e) in zip(actual.gradients + actual.statistics, expected.gradients + expected.statistics) {
        assertSameBits(a, e, "\(threads) threads")
      }
    }
  }

  // MARK: Training

  /// An epoch with loader, random crops and mirroring, dropout, batch norm and auxiliary heads.
  func testAnEpochWithAugmentationAndDropout() throws {
    func train(threads: Int, dropout: Float? = nil, augmentation: AugmentationRecipe = .imagenet) throws
      -> (network: Network, records: [EpochRecord])
    {
      try withThreads(threads) {
        var run = try RandomRun("googlenet", dropout: dropout, auxiliary: true)
        run.configuration.epochs = 1
        run.configuration.augmentation = augmentation
        return (run.network, try run.trainer().run())
      }
    }
    let expected = try train(threads: 1)
    for threads in threadCounts {
      let actual = try train(threads: threads)
      assertSameBits(actual.network, expected.network)
      XCTAssertEqual(actual.records.map(\.trainLoss), expected.records.map(\.trainLoss))
      XCTAssertEqual(actual.records.map(\.validationLoss), expected.records.map(\.validationLoss))
    }
    // Dropout and augmentation did take part.
    for other in [try train(threads: 1, dropout: 0), try train(threads: 1, augmentation: .flip)] {
      XCTAssertNotEqual(other.records.map(\.trainLoss), expected.records.map(\.trainLoss))
    }
  }

  /// 2N epochs are N, saved, and N more in another trainer on another number of threads, with augmentation and dropout;
  /// with batch norm and SGD, and with Adam.
  func testSaveAndResumeWithAugmentationAndDropout() throws {
    for (name, optimizer) in [
      ("googlenet", TrainingConfiguration.OptimizerKind.sgd), ("squeezenet1_1", .adamw),
    ] {
      func run() throws -> RandomRun {
        var run = try RandomRun(name)
        run.configuration.epochs = 4
        run.configuration.optimizer = optimizer
        if optimizer == .adamw { run.configuration.learningRate = 1e-3 }
        return run
      }
      let whole = try run()
      let expected = try withThreads(1) { try whole.trainer().run() }
      XCTAssertNotEqual(expected[0].trainLoss, expected[3].trainLoss)
      for (before, after) in [(2, 3), (8, 1)] {
        let folder = temporaryFolder()
        _ = try withThreads(before) { try run().trainer(output: folder).run(until: 2) }
        let second = try run()
        let records = try withThreads(after) {
          try second.trainer(output: folder).run(resuming: true)
        }
        assertSameBits(second.network, whole.network)
        XCTAssertEqual(records.map(\.trainLoss), expected.map(\.trainLoss), name)
        XCTAssertEqual(records.map(\.validationLoss), expected.map(\.validationLoss), name)
      }
    }
  }
}

/// A small run on pictures of 40×36 random pixels, cropped and mirrored at random, through a network with dropout.
private struct RandomRun {
  let network: Network
  var configuration = TrainingConfiguration()

  init(_ name: String, dropout: Float? = nil, auxiliary: Bool = false) throws {
    network = try Network(name, classes: 4, auxiliary: auxiliary, dropout: dropout, seed: 6)
    configuration.batchSize = 6
    configuration.seed = 7
    configuration.learningRate = 0.01
    configuration.augmentation = .crop
  }

  private func pictures(_ count: Int, seed: UInt64) -> InMemoryDataset {
    var generator = RandomStream(seed: seed)
    let (width, height) = (40, 36)
    return InMemoryDataset(
      width: width, height: height, channels: 3,
      pixels: (0..<count * width * height * 3).map { _ in UInt8(truncatingIfNeeded: generator.next()) },
      labels: (0..<count).map { $0 % 4 }, classNames: ["a", "b", "c", "d"])
  }

  func trainer(output: URL? = nil) throws -> Trainer<ClassificationTask> {
    let data = DataSource(name: "random", train: pictures(22, seed: 8), validation: pictures(8, seed: 9))
    return try Trainer(
      network, data, preprocessing: Preprocessing(resize: .shorterSide(34), crop: 32),
      configuration: configuration, output: output)
  }
}

/// Convolutions, each with batch norm and ReLU, dropout and a classifier of seven.
private struct Chain {
  let store: ParameterStore
  let body: Sequential
  /// Of the convolutions in inference.
  let algorithms: Set<ConvolutionPlan.Algorithm>

  private typealias Layer = (out: Int, kernel: Int, stride: Int, groups: Int)

  private static let layers: [Layer] = [
    (32, 5, 2, 1), (32, 5, 1, 1), (32, 3, 1, 32), (64, 1, 1, 1), (64, 3, 1, 1), (96, 3, 2, 1), (96, 3, 1, 1),
    (128, 3, 2, 1), (128, 3, 1, 1), (128, 3, 2, 1), (128, 3, 1, 1), (160, 1, 1, 1), (160, 3, 2, 5),
  ]

  init(seed: UInt64, input: Shape) {
    store = ParameterStore(seed: seed)
    let scope = store.scope
    var (shape, modules, algorithms) = (input, [any Module](), Set<ConvolutionPlan.Algorithm>())
    for (index, layer) in Self.layers.enumerated() {
      let padding = Padding2D(layer.kernel / 2)
      let convolution = Conv2d(
        scope[index]["conv"], from: shape[3], to: layer.out, kernel: .init(layer.kernel),
        stride: .init(layer.stride), padding: padding, groups: layer.groups, bias: false)
      modules.append(
        ConvNormActivation(convolution, BatchNorm2d(scope[index]["norm"], channels: layer.out)))
      let geometry = ConvolutionGeometry(
        input: shape, weight: convolution.weight.shape, stride: .init(layer.stride), padding: padding,
        groups: layer.groups)
      algorithms.insert(ConvolutionTask(geometry).plan.algorithm)
      shape = geometry.outputShape
    }
    modules += [AdaptiveAvgPool2d(size: 2), Flatten(), Dropout(probability: 0.4)]
    modules.append(Linear(scope["fc"], from: 4 * shape[3], to: 7))
    body = Sequential(modules)
    self.algorithms = algorithms
  }
}
