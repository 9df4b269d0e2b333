import Datasets
import Engine
import Foundation
import Models
import TestSupport
import Training
import XCTest

/// R-CNN trained on squares and bars of two colours on a dark ground, with a network of random weights.
final class RCNNTrainerTests: XCTestCase {
  private struct Shapes: Dataset {
    let classNames: [String]
    let count: Int
    let seed: UInt64
    /// Puts an object without an area into the first picture.
    var hasBroken = false
    /// Whether the object in the right half is difficult.
    var hasDifficult = false

    func example(at index: Int) -> Example<[LabelledBox]> {
      var generator = RandomStream(seed: seed).split(index)
      var image = Image(
        width: 56, height: 40,
        pixels: (0..<56 * 40 * 3).map { _ in UInt8(generator.int(20...40)) })
      var objects: [LabelledBox] = []
      // One in the left half, one in the right.
      for half in 0..<2 {
        let label = generator.int(0...1)
        let (width, height) = (generator.int(10...18), generator.int(10...22))
        let (x, y) = (28 * half + generator.int(2...8), generator.int(2...14))
        for row in y..<y + height {
          for column in x..<x + width { image[column, row, label == 0 ? 0 : 1] = 220 }
        }
        let box = BoundingBox(
          left: Float(x), top: Float(y), right: Float(x + width), bottom: Float(y + height))
        objects.append(LabelledBox(box, label: label, isDifficult: hasDifficult && half == 1))
      }
      if hasBroken && index == 0 {
        objects.append(LabelledBox(BoundingBox(left: 60, top: 0, right: 70, bottom: 9), label: 0))
      }
      return Example(image: image, target: objects)
    }
  }

  private static let card = NetworkCard(
    "tiny", classes: 3, inputSize: 16, preprocessing: Preprocessing(resize: .none)
  ) { scope, options in
    Sequential([
      Conv2d(scope["conv"], from: options.inputChannels, to: 12, kernel: 3, stride: 2, padding: 1),
      ReLU(scope["relu"]), AdaptiveAvgPool2d(size: 1), Flatten(),
      Linear(scope["fc"], from: 12, to: options.classes),
    ])
  }

  private func trainer() throws -> RCNNTrainer {
    let encoder = try RegionEncoder(Network(Self.card, seed: 5), layer: "relu", grid: 4, padding: 2)
    var options = RCNNTrainer.Options()
    options.search = SelectiveSearch(
      colorSpaces: [.rgb], scales: [60], similarities: [[.color, .size, .fill]], minimumSegment: 12)
    (options.nearPerPicture, options.farPerPicture) = (20, 20)
    (options.firstNegatives, options.addedNegatives) = (10, 40)
    options.machine.cost = 0.01
    options.regressionPenalty = 100
    return RCNNTrainer(encoder, options)
  }

  private let shapes = Shapes(classNames: ["red", "green"], count: 12, seed: 1, hasBroken: true)

  func testFindsWhatItHasLearnt() throws {
    var steps: [RCNNTrainer.Progress] = []
    let detector = try trainer().train(on: shapes) { steps.append($0) }
    XCTAssertEqual(detector.classes, ["red", "green"])
    guard case .features(12, 12, let regions, 1) = steps[11] else { return XCTFail("\(steps)") }
    XCTAssertGreaterThan(regions, 60)
    for label in detector.classes {
      let rounds = steps.compactMap { step -> (Int, Int)? in
        if case .machine(label, _, let positives, let negatives, let hard) = step, positives > 3 {
          return (negatives, hard)
        }
        return nil
      }
      XCTAssertGreaterThan(rounds.count, 1, label)
      XCTAssertEqual(rounds.first?.0, 10)
      XCTAssertGreaterThan(rounds.first?.1 ?? 0, 0, "no hard examples: mining is not tested")
      XCTAssertTrue(
        steps.contains { step in
          if case .regression(label, let examples) = step { examples > 0 } else { false }
        })
    }

    let (found, wrong) = try measure(detector)
    XCTAssertGreaterThanOrEqual(found, 14, "of 16")
    XCTAssertLessThanOrEqual(wrong, 3)
  }

  /// Difficult objects are no examples, and what lies on them is none either: they look as the others do, and are found.
  func testDifficultObjectsAreNotLearnt() throws {
    var positives = 0
    var regions: [Int] = []
    for hasDifficult in [false, true] {
      let shapes = Shapes(
        classNames: shapes.classNames, count: 12, seed: 1, hasDifficult: hasDifficult)
      positives = 0
      let detector = try trainer().train(on: shapes) { step in
        switch step {
        case .machine(_, 1, let count, _, _): positives += count
        case .features(12, _, let count, 0): regions.append(count)
        default: break
        }
      }
      XCTAssertEqual(positives, hasDifficult ? 12 : 24)
      XCTAssertGreaterThanOrEqual(try measure(detector).found, 13, "of 16")
    }
    XCTAssertEqual(regions.count, 2)
    XCTAssertLessThan(regions[1], regions[0] - 12)
  }

  /// Of other pictures, how many objects are found with their class, and how much else.
  private func measure(_ detector: RCNN) throws -> (found: Int, wrong: Int) {
    let test = Shapes(classNames: shapes.classNames, count: 8, seed: 2)
    var (found, wrong) = (0, 0)
    for index in 0..<test.count {
      let example = test.example(at: index)
      let detections = try detector.detect(in: [example.image], DetectionOptions(score: 0.5))[0]
      for object in example.target where detections.contains(where: { matches($0, object) }) { found += 1 }
      wrong += detections.filter { detection in !example.target.contains { matches(detection, $0) } }.count
    }
    return (found, wrong)
  }

  private func matches(_ detection: Detection, _ object: LabelledBox) -> Bool {
    detection.label == object.label && detection.box.intersectionOverUnion(object.box) > 0.5
  }

  func testBitsDoNotDependOnThreads() throws {
    let expected = try withThreads(1) { try trainer().train(on: shapes) }
    for threads in threadCounts.dropFirst() {
      let detector = try withThreads(threads) { try trainer().train(on: shapes) }
      assertSameBits(detector.classifierWeights, expected.classifierWeights, "\(threads) threads")
      assertSameBits(detector.classifierBias, expected.classifierBias, "\(threads) threads")
      assertSameBits(detector.regressionWeights, expected.regressionWeights, "\(threads) threads")
      assertSameBits(detector.regressionBias, expected.regressionBias, "\(threads) threads")
    }
  }

  func testFileGivesTheDetectorBack() throws {
    let detector = try trainer().train(on: shapes)
    let path = temporaryFolder().path + ".safetensors"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try detector.save(to: path)
    let registry = try Registry([Self.card])
    let again = try RCNN(from: path, in: registry)
    let images = (0..<3).map { shapes.example(at: $0).image }
    let options = DetectionOptions(score: 0.2)
    let expected = try detector.detect(in: images, options)
    XCTAssertTrue(expected.contains { !$0.isEmpty })
    XCTAssertEqual(try again.detect(in: images, options), expected)
    XCTAssertEqual(again.classes, detector.classes)
    XCTAssertEqual(again.search, detector.search)
    XCTAssertEqual(again.maximumProposals, detector.maximumProposals)
    XCTAssertThrowsError(try RCNN(from: path)) { XCTAssertTrue($0 is NetworkError, "\($0)") }
  }

  func testFilesOfOtherThingsAreRefused() throws {
    let path = temporaryFolder().path + ".safetensors"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let registry = try Registry([Self.card])
    func assertRefused(_ text: String, line: UInt = #line) {
      XCTAssertThrowsError(try RCNN(from: path, in: registry), line: line) { error in
        XCTAssertTrue(error is WeightFileError, "\(error)", line: line)
        XCTAssertTrue("\(error)".hasPrefix(path) && "\(error)".contains(text), "\(error)", line: line)
      }
    }
    assertRefused("cannot be read")
    let network = try Network(Self.card, seed: 5)
    try network.store.save(to: path)
    assertRefused("missing: this is no R-CNN's file")
    try network.store.save(to: path, metadata: ["colonnade.rcnn": "{}"])
    assertRefused("not what an R-CNN's file has")

    let detector = try trainer().train(on: shapes)
    try detector.save(to: path)
    let file = try SafetensorsFile(path: path)
    let tensors = try file.keys.map { (name: $0, tensor: try file.tensor($0)) }
    func rewrite(_ old: String, _ new: String, without key: String = "") throws {
      var metadata = file.metadata
      XCTAssertTrue(metadata["colonnade.rcnn"]!.contains(old), old)
      metadata["colonnade.rcnn"] = metadata["colonnade.rcnn"]!.replacingOccurrences(of: old, with: new)
      try Safetensors.write(tensors.filter { $0.name != key }, metadata: metadata, to: path)
    }
    for (old, new, text) in [
      ("\"grid\":4", "\"grid\":0", "a grid of 0"), ("\"grid\":4", "\"grid\":3", "rcnn.classifier.weight"),
      ("\"padding\":2", "\"padding\":9223372036854775807", "a padding of"),
      ("\"networkClasses\":3", "\"networkClasses\":-1", "-1 outputs"),
      ("\"networkClasses\":3", "\"networkClasses\":4", "trunk.fc.weight"),
      ("\"networkClasses\":3", "\"networkClasses\":1000000", "1000000 outputs of the network in "),
      (
        "\"scales\":[60]", "\"scales\":[60\(String(repeating: ",60", count: 1024))]",
        "1 · 1025 · 1 strategies"
      ),
      ("\"scales\":[60]", "\"scales\":[-60]", "scales"), ("[\"red\",\"green\"]", "[]", "no classes"),
      ("[\"red\",\"green\"]", "[\"red\"]", "rcnn.classifier.weight"),
      ("\"maximumProposals\":1000", "\"maximumProposals\":-1", "-1 proposals"),
      ("\"mean\":[0.", "\"mean\":[0.5,0.", "not what an R-CNN's file has"),
    ] {
      try rewrite(old, new)
      assertRefused(text)
    }
    try rewrite("\"grid\":4", "\"grid\":4", without: "rcnn.regression.bias")
    assertRefused("rcnn.regression.bias")
    try rewrite("\"grid\":4", "\"grid\":4", without: "trunk.conv.bias")
    assertRefused("trunk.conv.bias")
  }

  /// A class without an object is told before the first picture, never found, and changes nothing of the others.
  func testAClassWithoutObjects() throws {
    let expected = try trainer().train(on: shapes)
    let more = Shapes(classNames: ["red", "green", "blue"], count: 12, seed: 1, hasBroken: true)
    var steps: [RCNNTrainer.Progress] = []
    let detector = try trainer().train(on: more) { steps.append($0) }
    XCTAssertEqual(steps.first, .unlearnt(classes: ["blue"]))
    XCTAssertEqual(
      Set(steps.compactMap { step in if case .machine(let name, _, _, _, _) = step { name } else { nil } }),
      ["red", "green"])
    for (actual, expected) in [
      (detector.classifierWeights, expected.classifierWeights),
      (detector.classifierBias, expected.classifierBias),
      (detector.regressionWeights, expected.regressionWeights),
    ] { XCTAssertEqual(Array(actual.scalars.prefix(expected.count)), expected.scalars) }
    let images = (0..<3).map { shapes.example(at: $0).image }
    for found in try detector.detect(in: images, DetectionOptions(score: 0)) {
      XCTAssertFalse(found.isEmpty)
      XCTAssertFalse(found.contains { $0.label == 2 })
    }
  }

  func testDataThatCannotBeLearnt() throws {
    let trainer = try trainer()
    struct Empty: Dataset {
      let count = 2
      let classNames = ["red"]
      func example(at index: Int) -> Example<[LabelledBox]> {
        let box = BoundingBox(left: 1, top: 1, right: 9, bottom: 9)
        return Example(
          image: Image(width: 16, height: 16, repeating: 9),
          target: [LabelledBox(box, label: 0, isDifficult: true)])
      }
    }
    assertThrows(TrainingError.noObjects(set: "training")) { _ = try trainer.train(on: Empty()) }
    assertThrows(TrainingError.noPictures(set: "training")) {
      _ = try trainer.train(on: Shapes(classNames: ["red", "green"], count: 0, seed: 1))
    }
  }
}
