import Engine
import Foundation
import Images
import Models
import TestSupport
import Training
import XCTest

/// What of a weight file a detector's training begins with.
final class StartingWeightsTests: XCTestCase {
  /// A trunk of two convolutions; the map is the second one's.
  private let network = NetworkCard("small", classes: 4, inputSize: 32) { scope, options in
    Sequential([
      ConvNormActivation(scope["a"], from: 3, to: 4, kernel: 3, stride: 4),
      ConvNormActivation(scope["b"], from: 4, to: 6, kernel: 3, stride: 2),
      AdaptiveAvgPool2d(size: 1), Flatten(), Linear(scope["fc"], from: 6, to: options.classes),
    ])
  }

  private var card: DetectorCard {
    DetectorCard(
      "fasterrcnn_small", classes: ["a", "b", "c"], trunk: "small"
    ) { [network] request in
      var options = FasterRCNNOptions()
      options.headWidth = 8
      options.pooler = RegionPooler(size: 2)
      return try FasterRCNN(
        classes: request.classes!, backbone: BackbonePlan(network, maps: ["b"]), options: options,
        seed: request.seed ?? 0)
    }
  }

  private func detector(_ classes: [String], seed: UInt64) throws -> FasterRCNN {
    try XCTUnwrap(card.detector(DetectorRequest(classes: classes, seed: seed)) as? FasterRCNN)
  }

  private func file() throws -> String {
    let folder = temporaryFolder()
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder.appending(path: "weights.safetensors").path
  }

  private let heads = [
    "roi_heads.box_predictor.cls_score.weight", "roi_heads.box_predictor.cls_score.bias",
    "roi_heads.box_predictor.bbox_pred.weight", "roi_heads.box_predictor.bbox_pred.bias",
  ]

  /// A classifier's file fills the trunk, the rest stays as it was.
  func testATrunkIsSeenByItsKeys() throws {
    let (path, classifier) = (try file(), try Network(network, classes: 9, seed: 5))
    try classifier.store.save(to: path)
    let (loaded, fresh) = (try detector(["x"], seed: 1), try detector(["x"], seed: 1))
    let weights = try StartingWeights.load(path, into: loaded, card)
    XCTAssertEqual(weights.source, .trunk("small"))
    XCTAssertEqual(weights.unused, 2, "weight and bias of the classifier's last layer")
    XCTAssertTrue(weights.notLoaded.contains("rpn.head.cls_logits.weight"))
    for parameter in loaded.store.all {
      let key = parameter.name.replacing("backbone.body.", with: "")
      let expected = classifier.store[key] ?? fresh.store[parameter.name]!
      assertSameBits(parameter.value, expected.value, parameter.name)
    }
  }

  /// A whole detector's of the same classes, in another order, of fewer, and of others.
  func testAWholeDetector() throws {
    let (path, names) = (try file(), ["red", "green", "blue"])
    let trained = try detector(names, seed: 7)
    let written = WeightCard(
      network: "fasterrcnn_small", classNames: names, inputChannels: 3, inputHeight: 32, inputWidth: 32,
      preprocessing: .torchvision, task: "detection")
    try trained.store.save(to: path, metadata: written.metadata)

    let same = try detector(names, seed: 1)
    var weights = try StartingWeights.load(path, into: same, card)
    XCTAssertEqual(weights.source, .detector)
    XCTAssertEqual(weights.chosenRows + weights.notLoaded, [])
    for parameter in same.store.all {
      assertSameBits(parameter.value, trained.store[parameter.name]!.value, parameter.name)
    }

    // Class c is row c + 1 of the scores and rows 4(c + 1) to 4(c + 1) + 3 of the offsets.
    for chosen in [["blue", "red"], ["green", "blue", "red"]] {
      let other = try detector(chosen, seed: 1)
      weights = try StartingWeights.load(path, into: other, card)
      XCTAssertEqual(weights.chosenRows, heads)
      XCTAssertEqual(weights.notLoaded, [])
      let rows = [0] + chosen.map { names.firstIndex(of: $0)! + 1 }
      for (key, perClass) in zip(heads, [1, 1, 4, 4]) {
        let parameter = other.store[key]!
        let whole = trained.store[key]!.layout.toFile(trained.store[key]!.value)
        let wide = whole.count / whole.shape[0]
        let expected = rows.flatMap { row in
          (0..<perClass).flatMap { piece in
            let start = (row * perClass + piece) * wide
            return Array(whole.scalars[start..<start + wide])
          }
        }
        XCTAssertEqual(parameter.layout.toFile(parameter.value).scalars, expected, key)
      }
    }

    let strange = try detector(["red", "violet"], seed: 1)
    let fresh = try detector(["red", "violet"], seed: 1)
    weights = try StartingWeights.load(path, into: strange, card)
    XCTAssertEqual(weights.notLoaded, heads)
    for key in heads { assertSameBits(strange.store[key]!.value, fresh.store[key]!.value, key) }
    let key = "roi_heads.box_head.fc6.weight"
    assertSameBits(strange.store[key]!.value, trained.store[key]!.value, key)
  }

  /// What is neither is refused, and nothing is changed.
  func testOtherFiles() throws {
    let path = try file()
    try Safetensors.write([("backbone.body.a.0.weight", Tensor(zeros: [1]))], to: path)
    let (detector, before) = (try detector(["x"], seed: 1), try detector(["x"], seed: 1))
    XCTAssertThrowsError(try StartingWeights.load(path, into: detector, card)) {
      guard case WeightFileError.mismatch = $0 else { return XCTFail("\($0)") }
    }
    var header = Data()
    for number in [0, 2, 0, 0, 0] as [Int32] {
      withUnsafeBytes(of: number.littleEndian) { header.append(contentsOf: $0) }
    }
    try header.write(to: URL(fileURLWithPath: path))
    XCTAssertThrowsError(try StartingWeights.load(path, into: detector, card)) {
      XCTAssertTrue("\($0)".contains("darknet"), "\($0)")
    }
    for (a, e) in zip(detector.store.all, before.store.all) { assertSameBits(a.value, e.value, a.name) }
  }
}
