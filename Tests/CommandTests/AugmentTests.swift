import Colonnade
import Foundation
import XCTest

/// `colonnade augment`, `colonnade dataset`, and recipes of `colonnade train`.
final class AugmentTests: XCTestCase {
  private var folder: WorkFolder!

  override func setUpWithError() throws { folder = try WorkFolder() }
  override func tearDown() { folder = nil }

  func testASheetIsWhatTheSeedSays() throws {
    let picture = try folder.write("a.png", Samples.png(40))
    func sheet(_ arguments: String...) throws -> Image {
      let out = folder.path("sheet.png")
      let outcome = try Command.run(["augment", picture, "--size", "32", "--out", out] + arguments)
      XCTAssertEqual(outcome.code, 0, outcome.errors)
      XCTAssertEqual(outcome.output, out + "\n")
      return try Image(contentsOfFile: out)
    }
    let recipe = [
      "--augment", "resized-crop:0.3,flip,randaugment:2:9,erase:0.5", "--count", "8", "--seed", "4",
    ]
    let first = try sheet(recipe[0], recipe[1], recipe[2], recipe[3], recipe[4], recipe[5])
    // Nine cells of 96 pixels, with gaps of 4 between and around.
    XCTAssertEqual([first.width, first.height], [304, 304])
    XCTAssertEqual(try sheet(recipe[0], recipe[1], "--seed", "4", "--count", "8"), first)
    XCTAssertNotEqual(try sheet(recipe[0], recipe[1], "--seed", "5", "--count", "8"), first)
    // Where nothing is random, every cell is what evaluation sees.
    let plain = try sheet("--augment", "none", "--count", "3")
    func cell(_ column: Int, _ row: Int) -> Image {
      plain.cropped(x: 4 + column * 100, y: 4 + row * 100, width: 96, height: 96)
    }
    XCTAssertEqual([cell(1, 0), cell(0, 1), cell(1, 1)], [Image](repeating: cell(0, 0), count: 3))
  }

  func testBatchesAreMixed() throws {
    let pictures = try (0..<3).map { try folder.write("\($0).png", Samples.png(40, seed: UInt64($0 + 1))) }
    let out = folder.path("sheet.png")
    let outcome = try Command.run(
      ["augment"] + pictures + [
        "--size", "100", "--augment", "none", "--mixup", "1", "--count", "2", "--output", out,
      ])
    XCTAssertEqual(outcome.code, 0, outcome.errors)
    let sheet = try Image(contentsOfFile: out)
    XCTAssertEqual([sheet.width, sheet.height], [316, 316])
    try Command.fail(64, "at least two", arguments: "augment", pictures[0], "--cutmix", "1", "--out", out)
  }

  func testWhatCannotBeDrawn() throws {
    let picture = try folder.write("a.png", Samples.png())
    let out = folder.path("sheet.png")
    try Command.fail(
      64, "'twirl'", "only none", arguments: "augment", picture, "--augment", "twirl", "--out", out)
    try Command.fail(
      64, "PROBABILITY '7'", arguments: "augment", picture, "--augment", "flip:7", "--out", out)
    try Command.fail(73, "would be lost", arguments: "augment", picture, "--out", picture)
    try Command.fail(64, "--count 0", arguments: "augment", picture, "--count", "0", "--out", out)
    try Command.fail(
      64, "too large a sheet", arguments: "augment", picture, "--count", "999", "--size", "1024")
    try Command.fail(
      64, "pictures with boxes", arguments: "augment", picture, "--augment", "mosaic", "--out", out)
    XCTAssertFalse(FileManager.default.fileExists(atPath: out))
    let broken = try folder.write("b.png", Data("no picture".utf8))
    let outcome = try Command.run(["augment", picture, broken, "--size", "16", "--out", out])
    XCTAssertEqual(outcome.code, 65)
    XCTAssertTrue(outcome.errors.contains("b.png"), outcome.errors)
    XCTAssertTrue(FileManager.default.fileExists(atPath: out), "the good one is drawn")
  }

  func testRecipesAreKeptInTheRun() throws {
    let data = try Samples.photographs(classes: ["cat", "dog"], in: folder)
    let run = folder.path("run")
    let given = [
      "train", data, "--network", "resnet20", "--size", "32", "--out", run, "--epochs", "1", "--batch", "3",
      "--augment", "resized-crop,flip:0.5,pca,erase:0.5", "--mixup", "0.4", "--cutmix", "1",
    ]
    let outcome = try Command.run(given)
    XCTAssertEqual(outcome.code, 0, outcome.errors)
    let kept = try String(contentsOfFile: run + "/configuration.json", encoding: .utf8)
    XCTAssertTrue(kept.contains("resized-crop,flip,pca,erase:0.5:0.02:0.33"), kept)
    try Command.fail(
      64, "--augment, --mixup", arguments: "train", data, "--out", run, "--epochs", "2", "--resume",
      "--augment",
      "flip", "--mixup", "0.3")
    try Command.succeed(
      "train", data, "--out", run, "--epochs", "2", "--resume", "--mixup", "0.4", "--augment",
      "resized-crop,flip,pca,erase:0.5")
    try Command.fail(
      64, "--augment", "'erase:2'", arguments: "train", data, "--network", "resnet20", "--out",
      folder.path("b"),
      "--augment", "erase:2")
  }

  func testADataSetIsLookedOver() throws {
    let data = try Samples.photographs(classes: ["cat", "dog"], in: folder)
    try folder.write("photographs/train/dog/cut.png", Samples.png(36).dropLast(50))
    let report = folder.path("report.html")
    let listed = try Command.succeed("dataset", data, "--report", report)
    // The same seeds make the pictures of both parts: every one of validation is in training.
    for text in ["13 pictures, 2 classes", "duplicate", "6 across parts", "cut.png"] {
      XCTAssertTrue(listed.output.contains(text), "'\(text)' is not in: \(listed.output)")
    }
    let page = try String(contentsOfFile: report, encoding: .utf8)
    XCTAssertTrue(page.contains("data:image/png;base64,") && page.contains("cut.png"))
    XCTAssertFalse(page.contains("src=\"http"), "the page holds all it needs")
    let json = try XCTUnwrap(Command.run(["dataset", data, "--json"]).json() as? [String: Any])
    XCTAssertEqual((json["duplicates"] as? [Any])?.count, 6)
    XCTAssertEqual(((json["parts"] as? [[String: Any]])?[0]["broken"] as? [String])?.count, 1)
    try Command.fail(66, "nowhere", arguments: "dataset", folder.path("nowhere"))
  }

  func testATableIsTrainedOn() throws {
    for index in 0..<8 { try folder.write("p/\(index).png", Samples.png(36, seed: UInt64(index))) }
    let rows = (0..<8).map { "p/\($0).png,\($0 % 2 == 0 ? "even" : "odd"),\($0 < 6 ? "train" : "val")" }
    let table = try folder.write(
      "all.csv", Data((["path,label,split"] + rows + ["p/9.png,odd,val"]).joined(separator: "\n").utf8))
    let run = folder.path("run")
    let outcome = try Command.succeed(
      "train", table, "--network", "resnet20", "--size", "32", "--out", run, "--epochs", "1", "--batch", "3")
    XCTAssertTrue(outcome.errors.contains("missing: 1 of 9 pictures (p/9.png)"), outcome.errors)
    let evaluation = try XCTUnwrap(
      Command.run(["evaluate", table, "--weights", run + "/last.safetensors", "--json"]).json()
        as? [String: Any])
    XCTAssertEqual(evaluation["count"] as? Int, 2)
  }
}
