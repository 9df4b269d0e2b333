import Colonnade
import Foundation
import XCTest

/// Names are shown as what they are: control characters escaped, bytes that are no text escaped, tildes as they stand.
final class PlainTextTests: XCTestCase {
  private var folder: WorkFolder!

  override func setUpWithError() throws { folder = try WorkFolder() }
  override func tearDown() { folder = nil }

  private func assertPlain(
    _ outcome: Command.Outcome, code: Int32 = 0, file: StaticString = #filePath, line: UInt = #line
  ) {
    XCTAssertEqual(outcome.code, code, outcome.errors, file: file, line: line)
    for text in [outcome.output, outcome.errors] {
      for scalar in text.unicodeScalars where scalar != "\n" {
        if scalar.value < 32 || 127...159 ~= scalar.value || scalar == "\u{202E}" {
          return XCTFail("\(scalar.escaped(asASCII: true)) in \(text)", file: file, line: line)
        }
      }
    }
  }

  private let names = ["\u{1B}[31mred", "a\u{202E}b", "x\ny"]

  func testControlCharactersInClassNames() throws {
    let data = try Samples.photographs(classes: names, in: folder)
    let run = folder.path("ru\u{7}n")
    let trained = try Command.run([
      "train", data, "--network", "resnet20", "--out", run, "--epochs", "1", "--size", "8",
    ])
    assertPlain(trained)
    XCTAssertTrue(trained.output.contains(#"ru\u{07}n/best.safetensors"#), trained.output)

    let evaluate = ["evaluate", data, "--weights", run + "/best.safetensors"]
    let table = try Command.run(evaluate)
    assertPlain(table)
    XCTAssertTrue(table.output.contains(#"\u{1B}[31mred"#) && table.output.contains(#"x\ny"#), table.output)
    let json = try Command.run(evaluate + ["--json"])
    assertPlain(json)
    XCTAssertEqual((try json.json() as? [String: Any])?["classNames"] as? [String], names)

    let picture = try folder.write("c\u{1B}[2Jat.png", Samples.png(8))
    let classified = try Command.run(["classify", picture, "--weights", run + "/best.safetensors"])
    assertPlain(classified)
    XCTAssertTrue(classified.output.contains(#"c\u{1B}[2Jat.png"#), classified.output)

    let report = try Command.run(["report", run, "--pictures", picture])
    assertPlain(report)
    let page = try String(contentsOfFile: run + "/report.html", encoding: .utf8)
    XCTAssertTrue(page.contains(#"\u{1B}[31mred"#))
    XCTAssertFalse(page.contains("\u{1B}") || page.contains("\u{202E}"))
    // A terminal's own styles are all that it gets.
    let shown = try PseudoTerminal.show(evaluate, environment: ["TERM": "xterm", "NO_COLOR": ""])
    XCTAssertTrue(shown.contains(#"\u{1B}[31mred"#), shown)
    XCTAssertFalse(shown.contains("\u{1B}[31m"), shown)
  }

  func testControlCharactersInWhatIsRefused() throws {
    let name = "gone\u{1B}[31m\nfile"
    for arguments in [
      ["inspect", name], ["convert", name, "out"], ["classify", name, "--weights", name],
      ["train", name, "--network", "resnet20", "--out", folder.path("run")], ["summary", name], [name],
      ["report", name], ["summary", "--\u{1B}[31m"],
    ] {
      let outcome = try Command.run(arguments)
      XCTAssertNotEqual(outcome.code, 0)
      assertPlain(outcome, code: outcome.code)
      XCTAssertEqual(outcome.errorLines.count, 1, outcome.errors)
    }
    // Keys of a file, labels of a list.
    let weights = folder.path("keys.safetensors")
    try Safetensors.write([("a\u{1B}[31m\n", Tensor(zeros: [1]))], to: weights)
    assertPlain(try Command.run(["inspect", weights]))
    assertPlain(
      try Command.run(["classify", weights, "--network", "resnet20", "--weights", weights]), code: 65)
  }

  /// An argument that is no text is shown by its bytes, and names nothing else.
  func testArgumentsThatAreNoText() throws {
    let outcome = try Command.shell(
      #"cp /dev/null $'caf\xe9'; "$colonnade" inspect $'caf\xe9'"#, in: folder)
    assertPlain(outcome, code: 64)
    XCTAssertEqual(outcome.errorLines.count, 1)
    XCTAssertTrue(outcome.errors.contains(#"caf\xE9: not UTF-8"#), outcome.errors)
  }

  /// The shell expands tildes; what comes here with one is called so.
  func testATildeIsAName() throws {
    let home = try folder.makeFolder("home")
    let data = try Samples.photographs(classes: ["cat", "dog"], in: folder)
    try FileManager.default.moveItem(atPath: data, toPath: folder.path("~"))
    let recipe = "--network resnet20 --epochs 1 --size 8"
    for script in [
      "train '~' \(recipe) --out='~/run'", "evaluate '~' --weights '~/run/best.safetensors'",
      "classify '~/val/cat/0.png' --weights '~/run/best.safetensors'", "report '~/run' --out '~root'",
      "convert '~/run/last.safetensors' '~new'", "inspect --json '~new'", "train '~' --out '~/run' --resume",
      "train '~' --out '~other' \(recipe)",
    ] {
      let outcome = try Command.shell("$colonnade \(script)", in: folder, environment: ["HOME": home])
      XCTAssertEqual(outcome.code, 0, "\(script): \(outcome.errors)")
    }
    XCTAssertEqual(try FileManager.default.contentsOfDirectory(atPath: home), [])
    XCTAssertEqual(
      try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted(),
      ["home", "~", "~new", "~other", "~root"])
    XCTAssertTrue(FileManager.default.fileExists(atPath: folder.path("~") + "/run/log.jsonl"))
  }
}
