import Datasets
import Engine
import Models
import Training
import XCTest

/// Every detector that can be named does what it is for, if with weights that know nothing.
final class DetectorCardsTests: XCTestCase {
  /// Two pictures of different shapes with an object each.
  private struct Pictures: Dataset {
    let count = 2
    let classNames = ["a", "b"]

    func example(at index: Int) -> Example<[LabelledBox]> {
      let box = BoundingBox(left: 4, top: 6, right: 40, bottom: 36)
      return Example(
        image: Image(width: 72 - 12 * index, height: 48 + 8 * index, repeating: 90),
        target: [LabelledBox(box, label: index)])
    }
  }

  private static let box = BoundingBox(left: 2, top: 4, right: 44, bottom: 38)

  private func detector(_ card: DetectorCard) throws -> any LoadableDetector {
    try card.detector(
      DetectorRequest(
        classes: Pictures().classNames, inputSize: Image.Size(width: 64, height: 64),
        details: DetectorDetails(shorterSide: 64, longestSide: 96), proposer: { _ in [Self.box] }))
  }

  func testEveryCardDetectsAndTakesAStep() throws {
    let image = Pictures().example(at: 0).image
    for card in DetectorRegistry.standard.cards {
      if let plan = card.regions {
        let network = try Network(plan.network, initializes: false)
        let encoder = try RegionEncoder(network, layer: plan.layer, grid: plan.grid)
        XCTAssertEqual(encoder(image, [Self.box]).shape, [1, encoder.width], card.name)
        continue
      }
      let detector = try detector(card)
      for detection in try detector.detect(in: [image], DetectionOptions(score: 0, maximum: 5))[0] {
        XCTAssertTrue(detection.score.isFinite && 0..<2 ~= detection.label, card.name)
      }
      let trainable = try XCTUnwrap(detector as? any TrainableDetector, card.name)
      try takeStep(trainable, card.name)
    }
  }

  /// A forward and a backward pass of a batch as a trainer has it.
  private func takeStep<D: TrainableDetector>(_ detector: D, _ name: String) throws {
    let data = try detector.targets(of: Pictures()) { data in (0..<data.count).map { _ in [Self.box] } }
    let task = detector.task(lambda: nil)
    let loader = DataLoader(
      data, pipeline: Pipeline(preprocessing: detector.trainingPreprocessing), collation: task.collation,
      batchSize: 2)
    let batch = try XCTUnwrap(loader.epoch(0).next(), name)
    let output = task.output(
      of: detector.trained, for: batch, .training(generator: RandomStream(seed: 1)))
    let loss = task.loss(of: output, for: batch, in: .training).total
    XCTAssertTrue(loss.scalar.isFinite, name)
    XCTAssertTrue(loss.backward().norm.isFinite, name)
  }
}
