import Colonnade
import Foundation
import XCTest

/// How the command speaks: lines every so often, one class and two classes, times without an output, lists of labels.
final class MannerTests: XCTestCase {
  private var folder: WorkFolder!

  override func setUpWithError() throws { folder = try WorkFolder() }
  override func tearDown() { folder = nil }

  private let recipe = ["--network", "resnet20", "--epochs", "1", "--size", "8", "--batch", "1"]

  func testProgressOutsideATerminal() throws {
    let data = try Samples.photographs(classes: ["cat", "dog"], in: folder)
    let often = try Command.run(
      ["train", data, "--out", folder.path("often")] + recipe,
      environment: ["COLONNADE_PROGRESS_SECONDS": "0"])
    XCTAssertEqual(often.code, 0, often.errors)
    let lines = often.output.split(separator: "\n").filter {
      $0.hasPrefix("epoch 1/1  ") && $0.contains(" left")
    }
    XCTAssertEqual(lines.count, 6, often.output)
    XCTAssertTrue(lines[2].hasPrefix("epoch 1/1  50 %  loss"), often.output)
    XCTAssertTrue(often.output.contains("validating"), often.output)
    let evaluated = try Command.run(
      ["evaluate", data, "--weights", folder.path("often/last.safetensors"), "--batch", "2", "--json"],
      environment: ["COLONNADE_PROGRESS_SECONDS": "0"])
    XCTAssertEqual(evaluated.errorLines, ["2 of 6  33 %", "4 of 6  67 %", "6 of 6  100 %"])
    XCTAssertNoThrow(try evaluated.json())
    // By default a short epoch has its own line alone.
    for (index, seconds) in ["", "30", "nan", "-1"].enumerated() {
      let seldom = try Command.run(
        ["train", data, "--out", folder.path("seldom\(index)")] + recipe,
        environment: ["COLONNADE_PROGRESS_SECONDS": seconds])
      XCTAssertEqual(seldom.output.split(separator: "\n").filter { $0.hasPrefix("epoch") }.count, 1)
    }
  }

  func testOneClass() throws {
    let data = try Samples.photographs(classes: ["cat"], in: folder)
    let run = folder.path("run")
    let trained = try Command.run(["train", data, "--out", run] + recipe)
    XCTAssertTrue(trained.output.contains("1 class, pictures"), trained.output)
    try Command.succeed("report", run)
    let page = try String(contentsOfFile: run + "/report.html", encoding: .utf8)
    XCTAssertTrue(page.contains("1 class ·") && page.contains("1 of 1 epoch<"))
    let summary = try Command.succeed("summary", "resnet20", "--classes", "1").output
    XCTAssertTrue(summary.contains("resnet20, 1 class, input"), summary)
    let two = try Command.succeed("summary", "resnet20", "--classes", "2").output
    XCTAssertTrue(two.contains("resnet20, 2 classes, input"), two)
    let other = try Samples.weights(of: "resnet20", classes: 1, in: folder)
    let inspected = try Command.succeed("inspect", other).output
    XCTAssertTrue(inspected.contains("fits resnet20, 1 class, 3 input channels"), inspected)
    let tensor = try Samples.tensor([1, 3, 8, 8], in: folder)
    let times = try Command.succeed(
      "run", "--network", "resnet20", "--classes", "1", "--weights", other, "--input", tensor, "--repeat", "1"
    ).output
    XCTAssertTrue(times.contains("over 1 run, batch 1"), times)
    let labels = try folder.write("labels.txt", Data("only\n".utf8))
    let picture = try folder.write("a.png", Samples.png(8))
    let ten = try Samples.weights(of: "resnet20", in: folder)
    try Command.fail(
      65, "1 label for the 10 classes of resnet20", arguments: "classify", picture, "--network", "resnet20",
      "--weights", ten, "--labels", labels)
  }

  func testTimesWithoutAnOutput() throws {
    let weights = try Samples.weights(of: "resnet20", in: folder)
    let tensor = try Samples.tensor([2, 3, 8, 8], in: folder)
    let run = ["run", "--network", "resnet20", "--weights", weights, "--input", tensor]
    let report = try XCTUnwrap(Command.run(run + ["--repeat", "2", "--json"]).json() as? [String: Any])
    XCTAssertNil(report["output"])
    XCTAssertEqual(report["shape"] as? [Int], [2, 10])
    XCTAssertEqual(report["repeat"] as? Int, 2)
    let profile = try Command.run(run + ["--profile", "--repeat", "1"])
    XCTAssertEqual(profile.code, 0, profile.errors)
    XCTAssertTrue(profile.output.contains("not kept") && profile.output.contains("total"), profile.output)
    // Nothing would come of it.
    let nothing = try Command.run(run)
    XCTAssertEqual(nothing.code, 64)
    XCTAssertTrue(nothing.errors.contains("--output is missing"), nothing.errors)
    XCTAssertEqual(
      try FileManager.default.contentsOfDirectory(atPath: folder.url.path).filter { $0.contains("output") },
      [])
  }

  func testListsOfLabels() throws {
    let weights = try Samples.weights(of: "resnet20", classes: 2, in: folder)
    let picture = try folder.write("a.png", Samples.png(8))
    func classify(_ text: String, encoding: String.Encoding = .utf8) throws -> Command.Outcome {
      let labels = try folder.write("labels", try XCTUnwrap(text.data(using: encoding)))
      return try Command.run([
        "classify", picture, "--network", "resnet20", "--classes", "2", "--weights", weights, "--labels",
        labels,
        "--json",
      ])
    }
    for text in [
      "tench\nshark\n", "tench\r\nshark\r\n", "\u{FEFF}tench\nshark", "tench\nshark\n\n \n",
      "n01440764 tench\nn01484850 shark\n", #"["tench", "shark"]"#,
      #"{"0": ["n01440764", "tench"], "1": ["n01484850", "shark"]}"#, #"{"1": "shark", "0": "tench"}"#,
      #"{"shark": 1, "tench": 0}"#, #"[["n01440764", "tench"], ["n01484850", "shark"]]"# + "\n",
    ] {
      let outcome = try classify(text)
      let results = try XCTUnwrap(outcome.json() as? [[String: Any]])
      let predictions = try XCTUnwrap(results[0]["predictions"] as? [[String: Any]])
      let labels = Dictionary(
        uniqueKeysWithValues: predictions.map { ($0["class"] as! Int, $0["label"] as! String) })
      XCTAssertEqual(labels, [0: "tench", 1: "shark"], text)
    }
    for (text, reason) in [
      ("tench\n\nshark\n", "labels:2: an empty line"), ("\ntench\nshark\n", "labels:1: an empty line"),
      ("\n\n", "labels: holds no names"), ("", "labels: holds no names"), ("[]", "labels: holds no names"),
      ("{\"0\": \"tench\",\n\"2\": \"shark\"}", "labels:2: '2', where the classes are those from 0 to 1"),
      (#"{"0": 1.5, "1": "shark"}"#, "labels:1: the name of class 0 is no text"),
      (#"{"0": "tench", }}"#, "labels:1: not valid JSON: '}' where"),
      ("[\"tench\",\nnull]", "labels:2: the name of class 1 is no text"),
      (#"{"tench": 0, "shark": 0}"#, "labels:1: a second name of class 0"),
      (#"{"tench": 0}"#, "labels: 1 label for the 2 classes"), ("a\nb\nc", "labels: 3 labels"),
    ] {
      let outcome = try classify(text)
      XCTAssertEqual(outcome.code, 65, "\(text): \(outcome.errors)")
      XCTAssertEqual(outcome.errorLines.count, 1, outcome.errors)
      XCTAssertTrue(outcome.errors.contains(reason), outcome.errors)
    }
    XCTAssertTrue(try classify("fa\u{E7}ade\nx\n", encoding: .isoLatin1).errors.contains("not UTF-8 text"))
  }
}
