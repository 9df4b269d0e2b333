import Colonnade
import Foundation
import XCTest

/// Bad input gives one clear line and a code that says of what kind it is; nothing is overwritten.
final class BadInputTests: NothingLostTestCase {
  /// `run` into the file that must stay.
  private func failToRun(
    _ code: Int32, _ texts: String..., network: String = "resnet20", weights: String, input: String,
    file: StaticString = #filePath, line: UInt = #line
  ) throws {
    let outcome = try Command.run([
      "run", "--network", network, "--weights", weights, "--input", input, "--output", precious,
    ])
    XCTAssertEqual(outcome.code, code, outcome.errors, file: file, line: line)
    XCTAssertEqual(outcome.errorLines.count, 1, outcome.errors, file: file, line: line)
    for text in texts {
      XCTAssertTrue(
        outcome.errors.contains(text), "'\(text)' is not in: \(outcome.errors)", file: file, line: line)
    }
  }

  func testMissingFiles() throws {
    let weights = try Samples.weights(of: "resnet20", in: folder)
    let input = try Samples.tensor([1, 3, 32, 32], in: folder)
    let gone = folder.path("gone")
    try failToRun(66, gone, weights: gone, input: input)
    try failToRun(66, gone, weights: weights, input: gone)
    try Command.fail(
      66, gone, "no such file", arguments: "classify", gone, "--network", "resnet20", "--weights", weights)
    try Command.fail(66, gone, arguments: "train", gone, "--network", "resnet20", "--out", folder.path("run"))
    try Command.fail(66, gone, arguments: "evaluate", gone, "--network", "resnet20", "--weights", weights)
    try Command.fail(66, gone, arguments: "report", gone, "--out", precious)
    try Command.fail(
      66, gone, arguments: "classify", precious, "--network", "resnet20", "--weights", weights, "--labels",
      gone)
    XCTAssertFalse(FileManager.default.fileExists(atPath: folder.path("run")))
  }

  func testTruncatedWeights() throws {
    let weights = try Samples.weights(of: "resnet20", in: folder)
    let input = try Samples.tensor([1, 3, 32, 32], in: folder)
    let whole = try Data(contentsOf: URL(fileURLWithPath: weights))
    for count in [0, 5, 1000, whole.count - 1] {
      let cut = try folder.write("cut.safetensors", whole.prefix(count))
      try failToRun(65, "cut.safetensors", weights: cut, input: input)
    }
  }

  func testWeightsOfAnotherNetwork() throws {
    let input = try Samples.tensor([1, 3, 32, 32], in: folder)
    let renamed = try Samples.weights(of: "resnet20", in: folder) {
      $0 == "linear.weight" ? "fc.weight" : $0
    }
    try failToRun(65, "linear.weight", "fc.weight", weights: renamed, input: input)

    let otherShape = try Samples.weights(of: "resnet20", classes: 7, in: folder)
    try failToRun(65, "linear.weight", "[7, 64]", "[10, 64]", weights: otherShape, input: input)
  }

  func testInputThatDoesNotFit() throws {
    let weights = try Samples.weights(of: "resnet20", in: folder)
    let several = folder.path("several.safetensors")
    try Safetensors.write([("a", Tensor(zeros: [1, 3, 32, 32])), ("b", Tensor(zeros: [1]))], to: several)
    try failToRun(65, "none is called input: a, b", weights: weights, input: several)
    try failToRun(65, "[3, 32, 32]", weights: weights, input: Samples.tensor([3, 32, 32], in: folder))
    try failToRun(65, "[1, 4, 32, 32]", weights: weights, input: Samples.tensor([1, 4, 32, 32], in: folder))
    let squeezeNet = try Samples.weights(of: "squeezenet1_1", in: folder)
    try failToRun(
      65, "at least", network: "squeezenet1_1", weights: squeezeNet,
      input: Samples.tensor([1, 3, 8, 8], in: folder))
  }

  func testPicturesThatAreNone() throws {
    let weights = try Samples.weights(of: "resnet20", in: folder)
    let text = try folder.write("text.jpg", Data("a text named .jpg".utf8))
    let cut = try folder.write("cut.jpg", Samples.jpeg.prefix(297))
    let cutPNG = try folder.write("cut.png", Samples.png().dropLast(900))
    let empty = try folder.write("empty.jpg", Data())
    for (picture, reason) in [
      (text, "not a picture"), (cut, "truncated"), (cutPNG, "truncated"), (empty, "empty.jpg"),
      (try folder.makeFolder("hollow"), "the folder holds no pictures"),
    ] {
      try Command.fail(
        65, picture, reason, arguments: "classify", picture, "--network", "resnet20", "--weights", weights)
    }
  }

  func testABadPictureAmongGoodOnes() throws {
    let weights = try Samples.weights(of: "resnet20", in: folder)
    let bad = try folder.write("bad.jpg", Data("text".utf8))
    let (first, last) = (try folder.write("a.jpg", Samples.jpeg), try folder.write("b.png", Samples.png()))
    let outcome = try Command.run([
      "classify", first, bad, last, "--network", "resnet20", "--weights", weights, "--json",
    ])
    XCTAssertEqual(outcome.code, 65)
    XCTAssertEqual(outcome.errorLines.count, 1)
    let results = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [[String: Any]]
    XCTAssertEqual(results?.map { $0["file"] as? String }, [first, bad, last])
    XCTAssertEqual(
      results?.map { Set($0.keys) }, [["file", "predictions"], ["file", "error"], ["file", "predictions"]])
    XCTAssertTrue((results?[1]["error"] as? String)?.contains("not a picture") ?? false)
  }

  func testUnknownNetwork() throws {
    try Command.fail(64, "resnet5O", "did you mean resnet50?", arguments: "summary", "resnet5O")
    try Command.fail(
      64, "squeezenet", "did you mean squeezenet1_", arguments: "classify", precious, "--network",
      "squeezenet",
      "--weights", precious)
    try Command.fail(
      64, "'zzzzzzzzzzz'", arguments: "train", "digits", "--network", "zzzzzzzzzzz", "--out",
      folder.path("run"))
  }

  func testEmptyFolders() throws {
    let weights = try Samples.weights(of: "resnet20", in: folder)
    let empty = try folder.makeFolder("empty")
    try Command.fail(
      65, empty, arguments: "train", empty, "--network", "resnet20", "--out", folder.path("run"))
    try Command.fail(65, empty, arguments: "evaluate", empty, "--network", "resnet20", "--weights", weights)
    _ = try folder.makeFolder("hollow/train/cat")
    try Command.fail(
      65, "cat", arguments: "train", folder.path("hollow"), "--network", "resnet20", "--out",
      folder.path("run"))
    try Command.fail(66, empty, arguments: "report", empty, "--out", precious)
    XCTAssertFalse(FileManager.default.fileExists(atPath: folder.path("run")))
  }

  func testOutputsThatCannotBeWritten() throws {
    let weights = try Samples.weights(of: "resnet20", in: folder)
    let input = try Samples.tensor([1, 3, 32, 32], in: folder)
    for output in [folder.path("gone/b.safetensors"), folder.url.path, precious + "/b.safetensors"] {
      try Command.fail(
        73, output, arguments: "run", "--network", "resnet20", "--weights", weights, "--input", input,
        "--output",
        output)
    }
    try Command.fail(73, precious, arguments: "train", "digits", "--network", "resnet20", "--out", precious)
    let run = try folder.makeFolder("run")
    try folder.write("run/notes.txt", Data("notes".utf8))
    try Command.fail(
      73, run, "not empty", arguments: "train", "digits", "--network", "resnet20", "--out", run)
    XCTAssertEqual(try FileManager.default.contentsOfDirectory(atPath: run), ["notes.txt"])
  }

  func testLabelsThatDoNotFit() throws {
    let weights = try Samples.weights(of: "resnet20", in: folder)
    let picture = try folder.write("a.jpg", Samples.jpeg)
    let labels = try folder.write("labels.txt", Data("cat\ndog\n".utf8))
    try Command.fail(
      65, labels, "2 labels", "10 classes", arguments: "classify", picture, "--network", "resnet20",
      "--weights",
      weights, "--labels", labels)
  }

  func testWrongUsage() throws {
    try Command.fail(64, "'summry'", "summary", arguments: "summry")
    try Command.fail(64, "--foo", "colonnade doctor --help", arguments: "doctor", "--foo")
    try Command.fail(64, "--weights", arguments: "classify", precious, "--network", "resnet20")
    try Command.fail(
      64, "--top 0", arguments: "classify", precious, "--network", "resnet20", "--weights", precious, "--top",
      "0")
    try Command.fail(64, "--threads 0", arguments: "summary", "resnet20", "--threads", "0")
    try Command.fail(64, "--size 0", arguments: "summary", "resnet20", "--size", "0")
    try Command.fail(64, "-1 classes", arguments: "summary", "resnet20", "--classes=-1")
    try Command.fail(65, "at least", arguments: "summary", "alexnet", "--size", "20")
    try Command.fail(
      64, "schedule", arguments: "train", "digits", "--network", "resnet20", "--out", folder.path("run"),
      "--schedule", "sometimes")
    try Command.fail(
      64, "0 epochs", arguments: "train", "digits", "--network", "resnet20", "--out", folder.path("run"),
      "--epochs", "0")
    try Command.fail(
      64, "no weight's name matches", arguments: "train", "digits", "--network", "resnet20", "--out",
      folder.path("run"), "--freeze", "nothing.*")
    XCTAssertFalse(FileManager.default.fileExists(atPath: folder.path("run")))
  }

  func testResumingNothing() throws {
    try Command.fail(
      66, "no checkpoint", arguments: "train", "digits", "--network", "resnet20", "--out", folder.path("run"),
      "--resume")
  }
}
