import Colonnade
import Foundation
import XCTest

/// Ends of training runs that are not their own: what is said, what is safe, what goes on.
final class EndingTests: XCTestCase {
  private var folder: WorkFolder!
  private var data: String!
  private var run: String { folder.path("run") }

  override func setUpWithError() throws {
    folder = try WorkFolder()
    data = try Samples.photographs(classes: ["cat", "dog"], in: folder)
  }

  override func tearDown() { folder = nil }

  private let recipe = ["--network", "resnet20", "--size", "8"]

  private func train(_ options: String..., resume: Bool = false) throws -> Command.Outcome {
    try Command.run(["train", data, "--out", run] + (resume ? ["--resume"] : recipe) + options)
  }

  /// A run that does not end by itself, some epochs on.
  private func endlessRun(output: FileHandle? = nil) throws -> RunningCommand {
    let running = try RunningCommand(
      ["train", data, "--out", run, "--epochs", "1000000"] + recipe, in: folder, output: output)
    running.wait { epochsDone > 1 }
    return running
  }

  private var epochsDone: Int { (try? RunDirectory(URL(fileURLWithPath: run)).readLog().count) ?? 0 }

  /// Without warnings, which networks deserve that learn from six pictures.
  private func said(_ outcome: Command.Outcome) -> [String] {
    outcome.errorLines.filter { !$0.contains("warning: ") }
  }

  private func assertNothingPartial(file: StaticString = #filePath, line: UInt = #line) throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: run)
    XCTAssertEqual(files.filter { $0.contains("partial") || $0.hasPrefix(".") }, [], file: file, line: line)
  }

  func testSignals() throws {
    for (signal, word) in [
      (SIGINT, "interrupted"), (SIGTERM, "SIGTERM"), (SIGHUP, "SIGHUP"), (SIGQUIT, "SIGQUIT"),
    ] {
      let running = try endlessRun()
      running.send(signal)
      let outcome = try running.finish()
      XCTAssertEqual(outcome.code, -signal, outcome.errors)
      let lines = said(outcome)
      XCTAssertEqual(lines.count, 2, outcome.errors)
      XCTAssertTrue(lines[0].contains(word), outcome.errors)
      XCTAssertTrue(lines[1].contains(" safe in \(run); "), outcome.errors)
      XCTAssertTrue(lines[1].contains("'colonnade train \(data!) --out \(run) --resume'"), outcome.errors)
      try assertNothingPartial()
      // As it says.
      let safe = epochsDone
      let more = try RunningCommand(["train", data, "--out", run, "--resume"], in: folder)
      more.wait { epochsDone > safe }
      more.send(SIGTERM)
      XCTAssertEqual(try more.finish().code, -SIGTERM)
      try FileManager.default.removeItem(atPath: run)
    }
  }

  /// Nothing is promised of a folder that somebody has removed.
  func testAFolderThatIsGone() throws {
    let running = try endlessRun()
    try FileManager.default.moveItem(atPath: run, toPath: folder.path("elsewhere"))
    running.send(SIGTERM)
    let outcome = try running.finish()
    XCTAssertFalse(outcome.errors.contains(" safe in "), outcome.errors)
    XCTAssertTrue(outcome.errors.contains("checkpoint.safetensors is gone"), outcome.errors)
  }

  /// Weights that somebody has removed are not named as if they were there.
  func testWeightsThatAreGone() throws {
    XCTAssertEqual(try train("--epochs", "1").code, 0)
    try FileManager.default.removeItem(atPath: run + "/best.safetensors")
    let outcome = try train("--epochs", "1", resume: true)
    XCTAssertEqual(outcome.code, 0, outcome.errors)
    XCTAssertFalse(outcome.output.contains("best.safetensors"), outcome.output)
    XCTAssertTrue(outcome.output.contains("last.safetensors"), outcome.output)
  }

  /// What ignores the signal of a closed terminal goes on.
  func testNoHangingUp() throws {
    let outcome = try Command.shell(
      """
      trap '' HUP
      "$colonnade" train "$data" --out run --epochs 1000000 --network resnet20 --size 8 &
      more() { until [ $(cat run/log.jsonl 2>&- | wc -l) -gt $1 ]; do kill -0 $! || exit 1; sleep 0.05; done; }
      more 0; kill -HUP $!; more $(($(wc -l < run/log.jsonl) + 1)); kill -TERM $!; wait $!
      """, in: folder, environment: ["data": data])
    XCTAssertEqual(outcome.code, 128 + SIGTERM, outcome.errors)
  }

  /// The shell's next prompt stands on a line of its own.
  func testThePromptAfterwards() throws {
    let shown = try PseudoTerminal.show(
      ["train", data, "--out", run, "--epochs", "1000000"] + recipe,
      environment: ["TERM": "xterm", "NO_COLOR": ""], interruptedOnce: { self.epochsDone > 1 })
    let lines = shown.replacing("\r\n", with: "\n").components(separatedBy: "\n")
    XCTAssertEqual(lines.last, "", shown.suffix(300).debugDescription)
    let error = try XCTUnwrap(lines.firstIndex { $0.contains("interrupted") })
    XCTAssertFalse(lines[error].contains("pictures/s"), lines[error].debugDescription)
  }

  func testAClosedPipeAndAFullDevice() throws {
    for (command, reason) in [("| head -n 1 > /dev/null", "Broken pipe"), ("> /dev/full", "No space left")] {
      let outcome = try Command.shell(
        #"{ "$colonnade" train "$data" --out "$run" --epochs 1000000 --network resnet20 --size 8; echo $? > code; } "#
          + command, in: folder, environment: ["data": data, "run": run])
      XCTAssertEqual(try String(contentsOfFile: folder.path("code"), encoding: .utf8), "73\n")
      XCTAssertEqual(said(outcome).count, 2, outcome.errors)
      XCTAssertTrue(outcome.errors.contains("standard output cannot be written: \(reason)"), outcome.errors)
      try assertNothingPartial()
      try FileManager.default.removeItem(atPath: run)
    }
  }

  /// A limit of file sizes stands for every way in which a disk takes no more.
  func testADiskThatTakesNoMore() throws {
    XCTAssertEqual(try train("--epochs", "1").code, 0)
    let log = try Data(contentsOf: RunDirectory(URL(fileURLWithPath: run)).log)
    let outcome = try Command.shell(
      #"ulimit -f 8; "$colonnade" train "$data" --out "$run" --resume --epochs 3"#, in: folder,
      environment: ["data": data, "run": run])
    XCTAssertEqual(outcome.code, 73, outcome.errors)
    let lines = said(outcome)
    XCTAssertEqual(lines.count, 2, outcome.errors)
    XCTAssertTrue(lines[0].contains("last.safetensors: cannot be written: File too large"), outcome.errors)
    XCTAssertTrue(lines[1].contains("epoch 1 is safe"), outcome.errors)
    try assertNothingPartial()
    XCTAssertEqual(try Data(contentsOf: RunDirectory(URL(fileURLWithPath: run)).log), log)
    XCTAssertEqual(try train("--epochs", "2", resume: true).code, 0)
  }

  func testALossThatIsNoNumberAnyMore() throws {
    let outcome = try train("--learning-rate", "1e30", "--epochs", "3")
    XCTAssertEqual(outcome.code, 65, outcome.errors)
    let lines = said(outcome)
    XCTAssertEqual(lines.count, 2, outcome.errors)
    XCTAssertTrue(lines[0].contains("diverged"), outcome.errors)
    XCTAssertTrue(lines[1].contains("begin another run with a lower --learning-rate"), outcome.errors)
    XCTAssertFalse(lines[1].contains("--resume"), outcome.errors)
    try assertNothingPartial()
  }

  func testTwoRunsInOneFolder() throws {
    let running = try endlessRun()
    for resume in [true, false] {
      let second = try train(resume: resume)
      XCTAssertEqual(second.code, 73, second.errors)
      XCTAssertEqual(second.errorLines.count, 1, second.errors)
      XCTAssertTrue(second.errors.contains("another process is training there"), second.errors)
    }
    // The system lets go of the lock even where a process has no time to.
    running.send(SIGKILL)
    XCTAssertEqual(try running.finish().code, -SIGKILL)
    let third = try RunningCommand(["train", data, "--out", run, "--resume"], in: folder)
    let done = epochsDone
    third.wait { epochsDone > done }
    third.send(SIGTERM)
    XCTAssertEqual(try third.finish().code, -SIGTERM)
  }

  func testOtherPicturesAreNotGoneOnWith() throws {
    XCTAssertEqual(try train("--epochs", "1").code, 0)
    let before = try Data(contentsOf: RunDirectory(URL(fileURLWithPath: run)).checkpoint)
    let others = try WorkFolder()
    for part in ["train", "val"] {
      for (name, seed) in [("cat", 7), ("dog", 8)] {
        for index in 0..<3 {
          // As many, in classes of the same names; not the same.
          let grey = Image(width: 36, height: 36, repeating: UInt8(seed * 20 + index))
          try others.write("\(part)/\(name)/\(index).png", grey.pngData())
        }
      }
    }
    let refused = try Command.run(["train", others.url.path, "--out", run, "--resume", "--epochs", "2"])
    XCTAssertEqual(refused.code, 64, refused.errors)
    XCTAssertEqual(refused.errorLines.count, 1, refused.errors)
    XCTAssertTrue(refused.errors.contains("\(others.url.path): not what the run in"), refused.errors)
    XCTAssertEqual(try Data(contentsOf: RunDirectory(URL(fileURLWithPath: run)).checkpoint), before)
    try others.write("train/cat/3.png", Samples.png(36))
    let more = try Command.run(["train", others.url.path, "--out", run, "--resume", "--epochs", "2"])
    XCTAssertTrue(more.errors.contains("number of pictures"), more.errors)
    // The same pictures elsewhere are the same.
    try FileManager.default.moveItem(atPath: data, toPath: folder.path("moved"))
    data = folder.path("moved")
    XCTAssertEqual(try train("--epochs", "2", resume: true).code, 0)
  }

  /// A picture that is put into another class's folder is the same picture at the same place, with another label.
  func testOtherLabelsAreNotGoneOnWith() throws {
    XCTAssertEqual(try train("--epochs", "1").code, 0)
    let (before, after) = (data + "/train/cat/2.png", data + "/train/dog/!.png")
    try FileManager.default.moveItem(atPath: before, toPath: after)
    let refused = try train("--epochs", "2", resume: true)
    XCTAssertEqual(refused.code, 64, refused.errors)
    XCTAssertTrue(refused.errors.contains("other labels or names of the pictures"), refused.errors)
    try FileManager.default.moveItem(atPath: after, toPath: before)
    XCTAssertEqual(try train("--epochs", "2", resume: true).code, 0)
  }

  func testOptionsThatTheRunHasNot() throws {
    XCTAssertEqual(try train("--epochs", "2").code, 0)
    for (options, texts) in [
      (["--epochs", "1"], ["--epochs 1: ", "has done 2 epochs"]), (["--batch", "2"], ["--batch: "]),
      (["--learning-rate", "1", "--clip", "1"], ["--learning-rate, --clip: "]),
      (["--schedule", "constant"], ["--schedule: "]), (["--network", "resnet32"], ["--network resnet32: "]),
    ] {
      let outcome = try Command.run(["train", data, "--out", run, "--resume"] + options)
      XCTAssertEqual(outcome.code, 64, outcome.errors)
      XCTAssertEqual(outcome.errorLines.count, 1, outcome.errors)
      for text in texts { XCTAssertTrue(outcome.errors.contains(text), outcome.errors) }
    }
    // Said again as it was it is no change; and there is nothing left to do.
    let again = try train("--epochs", "2", "--batch", "64", "--schedule", "cosine", resume: true)
    XCTAssertEqual(again.code, 0, again.errors)
    XCTAssertTrue(again.output.contains("nothing is left to do"), again.output)
  }

  /// A cosine over more epochs has another course where the run stands.
  func testACourseThatIsStretchedIsExplained() throws {
    XCTAssertEqual(try train("--epochs", "2", "--batch", "2").code, 0)
    let longer = try train("--epochs", "4", resume: true)
    XCTAssertEqual(longer.code, 0, longer.errors)
    XCTAssertTrue(
      longer.errors.contains(
        "now spans 4 epochs and not 2: the learning rate was 0.0033 and goes on at 0.025"),
      longer.errors)
    let same = try train("--epochs", "4", resume: true)
    XCTAssertFalse(same.errors.contains("spans"), same.errors)
    try FileManager.default.removeItem(atPath: run)
    XCTAssertEqual(try train("--epochs", "2", "--schedule", "step:1:0.5").code, 0)
    let step = try train("--epochs", "3", resume: true)
    XCTAssertFalse(step.errors.contains("spans"), step.errors)
  }
}
