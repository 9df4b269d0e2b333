import Datasets
import Engine
import Foundation
import Models
import Training
import XCTest

/// A run of a task whose meter is a ``DetectionMeter``: the best epoch is chosen by mean average precision, and the report
/// shows what a detector's shows.
final class DetectionRunTests: XCTestCase {
  func testARunIsMeasuredByMeanAveragePrecision() throws {
    let folder = temporaryFolder()
    var configuration = TrainingConfiguration()
    configuration.epochs = 3
    configuration.batchSize = 4
    configuration.learningRate = 0.05
    configuration.augmentation = .none
    let data = DataSource(name: "squares", train: Squares(count: 8), validation: Squares(count: 6))
    let records = try Trainer(
      SquareFinder(), data, task: SquareTask(), preprocessing: .plain(channels: 1),
      configuration: configuration,
      output: folder
    ).run()
    let best = try XCTUnwrap(records.last(where: \.isBest))
    XCTAssertEqual(best.validation["map50"], records.compactMap { $0.validation["map50"] }.max())
    XCTAssertNil(records[0].training["map50"])

    let evaluation = try XCTUnwrap(try RunDirectory(folder).readEvaluation(as: DetectionEvaluation.self))
    XCTAssertEqual(evaluation.vocArea, best.validation["map50"])
    XCTAssertEqual(evaluation.pictures, 6)
    let report = try Report(run: folder)
    XCTAssertEqual(report.detection, evaluation)
    XCTAssertNil(report.evaluation)
    for text in [
      "aria-label=\"map50 by epoch\"", "square: precision by recall", "Pictures with the most mistakes",
    ] {
      XCTAssertTrue(report.html.contains(text), text)
    }
  }
}

/// A white square of 8 pixels a side in a black picture of 16.
private struct Squares: Dataset {
  let count: Int
  let classNames = ["square"]

  func example(at index: Int) -> Example<[LabelledBox]> {
    var image = Image(width: 16, height: 16, channels: 1, repeating: 0)
    let (x, y) = (index % 4 * 2, index / 4 * 3)
    image.paste(Image(width: 8, height: 8, channels: 1, repeating: 255), x: x, y: y)
    let box = BoundingBox(left: Float(x), top: Float(y), right: Float(x + 8), bottom: Float(y + 8))
    return Example(image: image, target: [LabelledBox(box, label: 0)])
  }
}

/// Four sides from the pixels, `[N, 4]`, in sixteenths of the picture.
private final class SquareFinder: TrainableNetwork {
  let name = "square_finder"
  let store = ParameterStore(seed: 1)
  private let body: Sequential

  init() {
    body = Sequential([Flatten(), Linear(store.scope["linear"], from: 256, to: 4)])
  }

  func callAsFunction(_ x: consuming Tensor, _ pass: Pass) -> Tensor { body(x, pass) }
}

private struct SquareTask: TrainingTask {
  typealias Model = SquareFinder

  static let name = "detection"
  let selection = BestMetric.map50

  func loss(of output: Tensor, for batch: Batch<[LabelledBox]>, in phase: TrainingPhase) -> TaskLoss {
    let sides = batch.targets.flatMap { [$0[0].box.left, $0[0].box.top, $0[0].box.right, $0[0].box.bottom] }
    return TaskLoss(mse(output, Tensor(sides.map { $0 / 16 }, shape: output.shape)))
  }

  func meter(for phase: TrainingPhase, showing preprocessing: Preprocessing?) -> DetectionMeter<
    Tensor, [LabelledBox]
  > {
    DetectionMeter(classNames: ["square"], phase: phase, showing: preprocessing) { output, batch in
      let values = output.scalars.map { $0 * 16 }
      return (0..<batch.count).map { index in
        let side = Array(values[index * 4..<index * 4 + 4])
        let box = BoundingBox(left: side[0], top: side[1], right: side[2], bottom: side[3])
        return [Detection(box, label: 0, score: 0.9)]
      }
    }
  }
}
