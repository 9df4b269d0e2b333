import Colonnade
import Foundation
import XCTest

/// `colonnade train --recipe FILE`.
final class RecipeFileTests: XCTestCase {
  private var folder: WorkFolder!

  override func setUpWithError() throws { folder = try WorkFolder() }
  override func tearDown() { folder = nil }

  private func configuration(_ run: String) throws -> TrainingConfiguration {
    try RunDirectory(URL(fileURLWithPath: run)).readDescription().configuration
  }

  func testOptionsInAFile() throws {
    let data = try Samples.photographs(classes: ["cat", "dog"], in: folder)
    let recipe = try folder.write(
      "recipe.yaml",
      Data(
        """
        # A day's work.
        epochs: 1
        batch: 3
        learning-rate: 1.0e-2
        augment: [resized-crop, flip, "erase:0.5"]
        mixup: 0.3
        freeze:
          - conv1.*
          - layer1.*
        size: 32
        mean: [0.3, 0.2, 0.1]
        std: [0.5, 0.4, 0.3]
        accept-truncated: true
        skip-broken: false

        """.utf8))
    let run = folder.path("run")
    let outcome = try Command.run([
      "train", data, "--network", "resnet20", "--out", run, "--recipe", recipe, "--batch", "2", "--seed", "9",
    ])
    XCTAssertEqual(outcome.code, 0, outcome.errors)
    let kept = try configuration(run)
    XCTAssertEqual([kept.epochs, kept.batchSize], [1, 2], "the command line goes before the file")
    XCTAssertEqual([kept.learningRate, kept.mixup], [0.01, 0.3])
    XCTAssertEqual("\(kept.augmentation)", "resized-crop,flip,erase:0.5:0.02:0.33")
    XCTAssertEqual(kept.frozen, ["conv1.*", "layer1.*"])
    XCTAssertEqual(kept.seed, 9)
    let preprocessing = try RunDirectory(URL(fileURLWithPath: run)).readDescription().card.preprocessing
    XCTAssertEqual(preprocessing.mean, [0.3, 0.2, 0.1])
    XCTAssertEqual(preprocessing.standardDeviation, [0.5, 0.4, 0.3])

    let other = folder.path("other")
    let replaced = try Command.run([
      "train", data, "--network", "resnet20", "--out", other, "--recipe=\(recipe)", "--freeze", "bn1.*",
      "--augment",
      "none",
    ])
    XCTAssertEqual(replaced.code, 0, replaced.errors)
    XCTAssertEqual(try configuration(other).frozen, ["bn1.*"])
    XCTAssertEqual(try configuration(other).augmentation, .none)
  }

  /// As some editors of Windows write it.
  func testAMarkAtTheBeginning() throws {
    let data = try Samples.photographs(classes: ["cat", "dog"], in: folder)
    let recipe = try folder.write(
      "recipe.yaml", Data("\u{FEFF}epochs: 1\r\nbatch: 3\r\nsize: 16\r\n".utf8))
    let run = folder.path("run")
    try Command.succeed("train", data, "--network", "resnet20", "--out", run, "--recipe", recipe)
    XCTAssertEqual([try configuration(run).epochs, try configuration(run).batchSize], [1, 3])
  }

  func testWhatIsNoRecipe() throws {
    for (text, code, parts) in [
      ("epochs: [1", 65, ["recipe.yaml", "not a recipe"]), ("- epochs\n", 65, ["'option: value'"]),
      ("epochs:\n  a: 1\n", 65, ["recipe.yaml:2", "'epochs' must be a value"]),
      ("epochs:\n", 65, ["no value"]),
      ("sped: 3\n", 64, ["recipe.yaml:1: ", "--sped"]),
      ("batch: 2\nepochs: many\n", 64, ["recipe.yaml:2: ", "many", "--epochs"]),
      ("warm-up: 50\n", 64, ["recipe.yaml:1: --warm-up"]),
      ("augment: twirl\n", 64, ["'twirl'"]), ("freeze: [[a]]\n", 65, ["'freeze' must be a list"]),
      ("epochs: [1, 2]\n", 65, ["recipe.yaml:1: ", "'epochs' has one value, not a list"]),
    ] as [(String, Int32, [String])] {
      let recipe = try folder.write("recipe.yaml", Data(text.utf8))
      let outcome = try Command.run([
        "train", "digits", "--network", "resnet20", "--out", folder.path("run"), "--recipe", recipe,
      ])
      XCTAssertEqual(outcome.code, code, "\(text): \(outcome.errors)")
      XCTAssertEqual(outcome.errorLines.count, 1, outcome.errors)
      for part in parts {
        XCTAssertTrue(outcome.errors.contains(part), "'\(part)' is not in: \(outcome.errors)")
      }
    }
    // What the command line says is its own fault.
    let recipe = try folder.write("recipe.yaml", Data("epochs: many\n".utf8))
    let train = ["train", "digits", "--network", "resnet20", "--out", folder.path("run"), "--recipe", recipe]
    let own = try Command.run(train + ["--epochs", "few"])
    XCTAssertEqual(own.code, 64)
    XCTAssertTrue(own.errors.contains("few") && !own.errors.contains("recipe.yaml"), own.errors)
    let twice = try Command.run(train + ["--recipe=\(recipe)"])
    XCTAssertEqual(twice.code, 64)
    XCTAssertTrue(twice.errors.contains("--recipe: 2 files; one can be given"), twice.errors)
    try Command.fail(
      66, "gone.yaml", arguments: "train", "digits", "--network", "resnet20", "--out", folder.path("run"),
      "--recipe",
      folder.path("gone.yaml"))
    XCTAssertFalse(FileManager.default.fileExists(atPath: folder.path("run")))
  }

  /// `false` says nothing of an option with a value, nor makes a misspelt one right.
  func testYesAndNo() throws {
    let data = try Samples.photographs(classes: ["cat", "dog"], in: folder)
    func train(_ line: String, in name: String) throws -> Command.Outcome {
      let recipe = try folder.write(
        "\(name).yaml", Data("network: resnet20\nepochs: 1\nsize: 16\n\(line)\n".utf8))
      return try Command.run(["train", data, "--out", folder.path(name), "--recipe", recipe])
    }
    for (index, line) in [
      "nestorov: false", "augment: false", "clip: false", "nesterov: 2", "nesterov: 'true'",
    ]
    .enumerated() {
      let outcome = try train(line, in: "bad\(index)")
      XCTAssertTrue([64, 65].contains(outcome.code), "\(line): \(outcome.code) \(outcome.errors)")
      let name = line.prefix { $0 != ":" }
      XCTAssertTrue(outcome.errors.contains(name), "\(line): \(outcome.errors)")
    }
    let right = try train("nesterov: True\nskip-broken: FALSE", in: "right")
    XCTAssertEqual(right.code, 0, right.errors)
    XCTAssertTrue(try configuration(folder.path("right")).nesterov)
  }
}
