import Datasets
import Engine
import Foundation
import Models
import TestSupport
import Training
import XCTest

/// Recognition with features made by hand, of pictures that differ in the direction of their stripes.
final class ClassicalClassifierTests: XCTestCase {
  /// Stripes across and along, of random shade and place, in noise.
  static func stripes(_ count: Int, seed: UInt64, side: Int = 32) -> InMemoryDataset {
    var generator = RandomStream(seed: seed)
    var pixels: [UInt8] = []
    for index in 0..<count {
      let (shift, height) = (Int(generator.next() % 8), 60 + Float(generator.next() % 100))
      for place in 0..<side * side {
        let along = (index % 2 == 0 ? place % side : place / side) + shift
        let value = (along / 4 % 2 == 0 ? height : 20) + 10 * generator.uniform()
        pixels.append(UInt8(value))
      }
    }
    return InMemoryDataset(
      width: side, height: side, channels: 1, pixels: pixels, labels: (0..<count).map { $0 % 2 },
      classNames: ["columns", "rows"])
  }

  static var options: ClassicalOptions {
    var options = ClassicalOptions()
    options.sift = DenseSIFT(sizes: [4], step: 8, isRoot: true)
    (options.words, options.distributions, options.components, options.sampled) = (8, 2, 6, 120)
    options.costs = [0.1, 10]
    return options
  }

  func testStripesAreToldApart() throws {
    let (training, test) = (Self.stripes(24, seed: 1), Self.stripes(12, seed: 2))
    for (method, width) in [(ClassicalMethod.hog, 9 * 36), (.bagOfWords, 5 * 8), (.fisherVectors, 2 * 2 * 6)]
    {
      let classifier = try ClassicalClassifier(
        method, Self.options, training: training, preprocessing: .plain(channels: 1))
      XCTAssertEqual(classifier.width, width)
      let evaluation = try classifier.evaluate(test)
      XCTAssertEqual(evaluation.top1, 1, method.name)
      XCTAssertEqual(evaluation.count, 12)
      XCTAssertTrue(classifier.trials.contains { $0.cost == classifier.cost })
      let again = try ClassicalClassifier(
        method, Self.options, training: training, preprocessing: .plain(channels: 1))
      XCTAssertEqual(again.machines, classifier.machines, "the seed decides")
    }
  }

  func testSmallPicturesAreRefused() throws {
    let training = Self.stripes(4, seed: 1, side: 12)
    for (method, what) in [
      (ClassicalMethod.hog, "blocks of 16 pixels"), (.bagOfWords, "descriptors of 16 pixels and more"),
    ] {
      assertThrows(
        TrainingError.invalidConfiguration("pictures of 12×12 hold too few \(what): make them larger")
      ) {
        _ = try ClassicalClassifier(
          method, Self.options, training: training, preprocessing: .plain(channels: 1))
      }
    }
    assertThrows(TrainingError.noPictures(set: "training")) {
      _ = try ClassicalClassifier(
        .hog, training: Subset<Int>(training, indices: []), preprocessing: .plain(channels: 1))
    }
  }

  /// What cannot be read is told, that of the first picture.
  func testBrokenPictures() {
    struct Broken: Dataset {
      let base: InMemoryDataset
      var count: Int { base.count }
      var classNames: [String] { base.classNames }
      func target(at index: Int) -> Int { base.target(at: index) }
      func example(at index: Int) throws -> Example<Int> {
        if index % 3 == 2 { throw TrainingError.noPictures(set: "\(index)") }
        return base.example(at: index)
      }
    }
    assertThrows(TrainingError.noPictures(set: "2")) {
      _ = try ClassicalClassifier(
        .hog, Self.options, training: Broken(base: Self.stripes(9, seed: 1)),
        preprocessing: .plain(channels: 1))
    }
  }

  func testAccuracyByGroup() {
    struct Grouped: Dataset {
      let base: InMemoryDataset
      let groups: [String?]
      var count: Int { base.count }
      var classNames: [String] { base.classNames }
      func target(at index: Int) -> Int { base.target(at: index) }
      func example(at index: Int) -> Example<Int> { base.example(at: index) }
      func group(at index: Int) -> String? { groups[index] }
    }
    let base = Self.stripes(5, seed: 1, side: 8)
    func scores() -> ClassifierScores {
      // Right, wrong, right, right, wrong.
      let logits: [Float] = [2, 1, 3, 0, 1, 0, -1, 4, 0, 5]
      let labels = [0, 1, 0, 1, 0]
      return ClassifierScores(
        labels: labels, logits: logits, evaluation: emptyEvaluation(classNames: base.classNames))
    }
    let found = GroupAccuracy.all(
      scores(), on: Grouped(base: base, groups: ["b", "a", nil, "b", "b"]))
    XCTAssertEqual(found.map(\.group), ["a", "b", nil])
    XCTAssertEqual(found.map(\.pictures), [1, 3, 1])
    XCTAssertEqual(found.map(\.accuracy), [0, 2.0 / 3, 1])
    XCTAssertEqual(GroupAccuracy.all(scores(), on: base), [], "the data name none")
  }

  private func emptyEvaluation(classNames: [String]) -> Evaluation {
    Tally(classes: classNames.count).evaluation(classNames: classNames)
  }
}
