import Engine
import Images
import Models
import XCTest

/// A detector whose outputs are no numbers says so: that is not to find nothing.
final class BrokenDetectorTests: XCTestCase {
  private let picture = Image(width: 80, height: 50, repeating: 90)

  private func putNaN(in store: ParameterStore, _ key: String) throws {
    let parameter = try XCTUnwrap(store[key])
    parameter.value = Tensor(repeating: .nan, shape: parameter.value.shape)
  }

  private func assertBroken(_ detector: any Detector, _ name: String, _ key: String) {
    XCTAssertThrowsError(try detector.detect(in: [picture], DetectionOptions()), key) {
      XCTAssertEqual($0 as? NetworkError, .notFinite(network: name), key)
    }
  }

  /// In either stage.
  func testFasterRCNN() throws {
    var options = FasterRCNNOptions()
    (options.shorterSide, options.longestSide, options.headWidth) = (64, 96, 8)
    options.proposals = ProposalCounts(beforeSuppression: 20, afterSuppression: 10)
    for key in [
      "rpn.head.cls_logits.bias", "rpn.head.bbox_pred.bias", "roi_heads.box_predictor.cls_score.bias",
      "roi_heads.box_predictor.bbox_pred.bias",
    ] {
      let detector = try FasterRCNN(
        classes: ["a"], backbone: .resNetPyramid("resnet18"), options: options, seed: 5)
      XCTAssertNoThrow(try detector.detect(in: [picture], DetectionOptions()))
      try putNaN(in: detector.store, key)
      assertBroken(detector, detector.name, key)
    }
  }

  func testFastRCNN() throws {
    var options = FastRCNNOptions()
    (options.shorterSide, options.longestSide, options.headWidth) = (64, 96, 8)
    let detector = try FastRCNN(
      classes: ["a"], backbone: .resNetPyramid("resnet18"), options: options, seed: 5
    ) { _ in [BoundingBox(left: 4, top: 6, right: 40, bottom: 30)] }
    let key = "roi_heads.box_predictor.cls_score.bias"
    try putNaN(in: detector.store, key)
    assertBroken(detector, detector.name, key)
  }

  func testRCNN() throws {
    let network = try Network("resnet20", classes: 2, seed: 5)
    let encoder = try RegionEncoder(network, layer: "layer3", padding: 2)
    let (weights, moves) = (Tensor(zeros: [1, encoder.width]), Tensor(zeros: [4, encoder.width]))
    let detector = RCNN(
      classes: ["a"], encoder: encoder, classifierWeights: weights,
      classifierBias: Tensor([.nan], shape: [1]), regressionWeights: moves,
      regressionBias: Tensor(zeros: [4]))
    XCTAssertThrowsError(
      try detector.detect(
        in: picture, proposals: [BoundingBox(left: 4, top: 6, right: 40, bottom: 30)])
    ) {
      XCTAssertEqual($0 as? NetworkError, .notFinite(network: "resnet20"))
    }
  }
}
