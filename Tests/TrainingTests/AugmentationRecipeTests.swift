import Datasets
import Engine
import Foundation
import Models
import TestSupport
import Training
import XCTest

final class AugmentationRecipeTests: XCTestCase {
  func testRecipesAreReadAndWritten() throws {
    for (text, canonical) in [
      ("none", "none"), ("flip", "flip"), ("imagenet", "imagenet"), ("mosaic", "mosaic"),
      ("resized-crop, flip:0.5 ,randaugment:2:9,erase:0.25", "resized-crop,flip,randaugment,erase"),
      ("shift:4,randaugment:1:14,erase:0.5:0.1", "shift:4,randaugment:1:14,erase:0.5:0.1:0.33"),
      ("color:0.4:0.4:0.4:0,trivialaugment", "color:0.4:0.4:0.4:0,trivialaugment"),
      ("color:0.4:0.4:0.4:0:1,grey,blur:0.5", "color:0.4:0.4:0.4:0,grey,blur"),
      ("color:0.8:0.8:0.8:0.2:0.8,grey:0.1,blur:1", "color:0.8:0.8:0.8:0.2:0.8,grey:0.1,blur:1:0.1:2"),
    ] {
      let recipe = try AugmentationRecipe(text)
      XCTAssertEqual("\(recipe)", canonical)
      XCTAssertEqual(try AugmentationRecipe(canonical), recipe)
      let data = try JSONEncoder().encode([recipe])
      XCTAssertEqual(String(decoding: data, as: UTF8.self), "[\"\(canonical)\"]")
      XCTAssertEqual(try JSONDecoder().decode([AugmentationRecipe].self, from: data), [recipe])
    }
    XCTAssertEqual(try AugmentationRecipe("crop"), .crop)
    XCTAssertThrowsError(
      try JSONDecoder().decode([AugmentationRecipe].self, from: Data("[\"sharpen\"]".utf8)))
  }

  func testWrongRecipesAreRefusedByName() {
    for (text, parts) in [
      ("sharpen", ["'sharpen'", "only none, flip"]), ("blur:1:2:1", ["LEAST is more than MOST"]),
      ("color:0:0:0:0:2", ["PROBABILITY '2'"]), ("grey:0.5:1", ["numbers too many"]),
      ("", ["there is no augmentation ''"]),
      ("flip,,erase", ["there is no augmentation ''"]),
      ("erase:2", ["erase:2", "PROBABILITY '2'", "from 0 to 1"]), ("erase:x", ["'x' is no number"]),
      ("randaugment:1.5", ["OPERATIONS '1.5'", "whole"]),
      ("randaugment:2:9:31", ["too many", "randaugment["]),
      ("crop:4", ["a number too many"]), ("flip:nan", ["PROBABILITY 'nan'"]),
      ("resized-crop:0.9:0.2", ["LEAST is more than MOST"]),
      ("zoom,flip", ["'zoom'", "nothing stands beside it"]),
      ("imagenet,resized-crop", ["more than once"]),
    ] {
      XCTAssertThrowsError(try AugmentationRecipe(text), text) { error in
        for part in parts { XCTAssertTrue("\(error)".contains(part), "'\(part)' is not in: \(error)") }
      }
    }
  }

  /// What presets did before they were recipes is what they do: see `BitsTests` and the goldens for the whole of a run.
  func testWhereAPictureIsBroughtToItsSize() throws {
    let data = InMemoryDataset(
      width: 48, height: 40, channels: 3,
      pixels: (0..<48 * 40 * 3).map { UInt8(truncatingIfNeeded: $0 &* 7) },
      labels: [0], classNames: ["a"])
    let preprocessing = Preprocessing(resize: .shorterSide(32), crop: 24)
    for (text, augmentation, comesPrepared) in [
      ("none", Augmentation.none, true), ("flip", .horizontalFlip(), true),
      ("imagenet", .imageNet(size: 24), false),
      (
        "crop", .sequence([.preparation(preprocessing), .randomCrop(24, padding: 3), .horizontalFlip()]),
        false
      ),
      (
        "vertical-flip,rotate:20,erase:1",
        .sequence([
          .verticalFlip(), .preparation(preprocessing), .rotation(degrees: 20),
          .randomErasing(probability: 1, fill: .color([124, 116, 104])),
        ]), false
      ),
      (
        "color,resized-crop:0.2:0.8,trivialaugment",
        .sequence([
          .colorJitter(brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1),
          .randomResizedCrop(24, scale: 0.2...0.8), .trivialAugmentWide(),
        ]), false
      ),
    ] {
      var configuration = TrainingConfiguration()
      configuration.augmentation = try AugmentationRecipe(text)
      let pipeline = try configuration.pipeline(
        for: data, preprocessing, size: Image.Size(width: 24, height: 24))
      let expected = Pipeline<Int>(
        augmentation, preprocessing: comesPrepared ? preprocessing : preprocessing.withoutResizing)
      for seed in 0..<6 as Range<UInt64> {
        var (a, b) = (RandomStream(seed: seed), RandomStream(seed: seed))
        let own = try pipeline(data.example(at: 0), &a)
        XCTAssertEqual(own, try expected(data.example(at: 0), &b), text)
        XCTAssertEqual(own.image.size, Image.Size(width: 24, height: 24), text)
      }
    }
  }

  func testSquaresAndColours() throws {
    let grey = try Digits.load().train
    var configuration = TrainingConfiguration()
    configuration.augmentation = try AugmentationRecipe("pca")
    XCTAssertThrowsError(
      try configuration.pipeline(for: grey, Digits.preprocessing, size: Image.Size(width: 8, height: 8))
    ) { XCTAssertTrue("\($0)".contains("'pca' needs pictures in colour"), "\($0)") }
    configuration.augmentation = try AugmentationRecipe("flip,shift:2")
    XCTAssertThrowsError(
      try configuration.pipeline(for: grey, Digits.preprocessing, size: Image.Size(width: 9, height: 8))
    ) { XCTAssertTrue("\($0)".contains("'shift:2' needs square pictures, not 9×8"), "\($0)") }
  }

  /// The loss of mixed pictures is the mixture of the losses, and accuracy counts the larger part.
  func testLossOfMixedTargets() throws {
    let logits = Tensor([2, -1, 0.5, 0, 1, 3, -2, 0.25, 1], shape: [3, 3])
    let task = ClassificationTask(classNames: ["a", "b", "c"], labelSmoothing: 0.1)
    func batch(_ labels: [Int], _ share: Double?) -> Batch<Int> {
      Batch(images: Tensor(zeros: [3, 1, 1, 1]), targets: labels, ownShare: share)
    }
    let output = NetworkOutput(logits: logits, auxiliary: [])
    func loss(_ batch: Batch<Int>) -> Float { task.loss(of: output, for: batch, in: .training).total.scalar }
    let (labels, before) = ([0, 2, 1], [1, 0, 2])
    let mixed = loss(batch(labels, 0.3))
    XCTAssertEqual(mixed, 0.3 * loss(batch(labels, nil)) + 0.7 * loss(batch(before, nil)), accuracy: 1e-6)
    var meter = task.meter(for: .training, showing: nil)
    meter.add(output, for: batch(labels, 0.3))
    var other = task.meter(for: .training, showing: nil)
    other.add(output, for: batch(before, nil))
    XCTAssertEqual(meter.metrics, other.metrics)
  }

  /// Two epochs are one, saved, and one more in another trainer, bit for bit; another α is refused.
  func testResumingMixedRuns() throws {
    func small() throws -> SmallRun {
      var run = try SmallRun(training: 4)
      run.configuration.mixup = 0.4
      run.configuration.cutmix = 1
      run.configuration.augmentation = try AugmentationRecipe("shift,randaugment:1:5,erase:0.5")
      return run
    }
    let whole = try small()
    let expected = try whole.trainer().run()
    let folder = temporaryFolder()
    try small().trainer(output: folder).run(until: 1)
    let resumed = try small()
    let records = try resumed.trainer(output: folder).run(resuming: true)
    assertSameBits(resumed.network, whole.network)
    XCTAssertEqual(records.map(\.trainLoss), expected.map(\.trainLoss))

    var other = try small()
    other.configuration.mixup = 0.5
    other.configuration.augmentation = .shift
    assertThrows(TrainingError.differentRun(folder: folder.path, differences: ["augmentation", "mixup"])) {
      try other.trainer(output: folder).run(resuming: true)
    }
    var unmixed = try small()
    (unmixed.configuration.mixup, unmixed.configuration.cutmix) = (nil, nil)
    XCTAssertNotEqual(try unmixed.trainer().run().map(\.trainLoss), expected.map(\.trainLoss))
    var wrong = try small()
    wrong.configuration.mixup = 0
    XCTAssertThrowsError(try wrong.trainer()) {
      XCTAssertTrue("\($0)".contains("α of 0.0 for mixup"), "\($0)")
    }
  }
}
