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

  func testWhatIsNoRecipe() throws {
    for (text, code, parts) in [
      ("epochs: [1", 65, ["recipe.yaml", "not a recipe"]), ("- epochs\n", 65, ["'option: value'"]),
      ("epochs:\n  a: 1\n", 65, ["recipe.yaml:2", "'epochs' must be a value"]),
      ("epochs:\n", 65, ["no value"]),
      ("sped: 3\n", 64, ["--sped"]), ("epochs: many\n", 64, ["many", "--epochs"]),
      ("augment: twirl\n", 64, ["'twirl'"]), ("freeze: [[a]]\n", 65, ["'freeze' must be a list"]),
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
    try Command.fail(
      66, "gone.yaml", arguments: "train", "digits", "--network", "resnet20", "--out", folder.path("run"),
      "--recipe",
      folder.path("gone.yaml"))
    XCTAssertFalse(FileManager.default.fileExists(atPath: folder.path("run")))
  }
}
