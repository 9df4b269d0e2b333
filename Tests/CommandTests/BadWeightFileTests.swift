import Colonnade
import Foundation
import XCTest

/// Broken and malicious weight files: `convert` and `inspect` say in one line which file is refused and why; nothing is
/// executed, written or overwritten.
final class BadWeightFileTests: NothingLostTestCase {
  /// Both commands.
  private func assertRefused(
    _ path: String, code: Int32 = 65, _ text: String = "", file: StaticString = #filePath, line: UInt = #line
  ) throws {
    for arguments in [["convert", path, precious!, "--to", "f16"], ["inspect", path, "--json"]] {
      let outcome = try Command.run(arguments)
      XCTAssertEqual(outcome.code, code, "\(arguments): \(outcome.errors)", file: file, line: line)
      XCTAssertEqual(outcome.output, "", file: file, line: line)
      XCTAssertEqual(outcome.errorLines.count, 1, outcome.errors, file: file, line: line)
      XCTAssertTrue(
        outcome.errors.hasPrefix("colonnade: error: \(path): "), outcome.errors, file: file, line: line)
      XCTAssertTrue(
        text.isEmpty || outcome.errors.contains(text), "'\(text)' is not in: \(outcome.errors)", file: file,
        line: line)
      XCTAssertLessThan(outcome.errors.count, 600, outcome.errors, file: file, line: line)
    }
  }

  /// All that `scripts/goldens/topics/torch_files.py` made up; the reasons are held by EngineTests.
  func testMaliciousCheckpoints() throws {
    let bad = try FileManager.default.contentsOfDirectory(atPath: Fixture.checkpoints.path).filter {
      $0.hasPrefix("bad_")
    }
    XCTAssertGreaterThan(bad.count, 40)
    for name in bad { try assertRefused(Fixture.checkpoint(name)) }
    for name in ["bad_system0.pth", "bad_system2.pth", "bad_system4.pth", "bad_system.th"] {
      try assertRefused(Fixture.checkpoint(name), "posix.system is refused")
    }
    XCTAssertFalse(FileManager.default.fileExists(atPath: "/tmp/owned"), "a checkpoint was executed")
  }

  func testArraysThatAreNotRead() throws {
    for (name, reason) in [
      ("bad_object.npy", "'|O' are not read"), ("bad_record.npy", "records of several fields"),
      ("bad_complex.npy", "'<c8' are not read"), ("lzma.npz", "compression method 14"),
      ("text.npz", "note: not a NumPy array"),
    ] {
      try assertRefused(Fixture.numpy(name), reason)
    }
  }

  func testTruncatedFiles() throws {
    for (path, ending) in [
      (Fixture.checkpoint("views.pt"), "pt"), (Fixture.checkpoint("views_legacy.th"), "th"),
      (Fixture.numpy("deflated.npz"), "npz"), (Fixture.numpy("version1.npy"), "npy"),
      (Fixture.safetensors, "safetensors"),
    ] {
      let whole = try Data(contentsOf: URL(filePath: path))
      for count in [1, 40, whole.count / 2, whole.count - 1] {
        try assertRefused(folder.write("cut.\(ending)", whole.prefix(count)))
      }
    }
    try assertRefused(folder.write("empty.pth", Data()))
    try assertRefused(folder.write("text.pth", Data("these are no weights".utf8)))
  }

  func testFilesThatAreNotThere() throws {
    try assertRefused(folder.path("gone.pth"), code: 66)
    try assertRefused(folder.url.path, code: 66, "not a regular file")
  }

  /// Elements are read last: a fault in them must not leave a file behind either.
  func testDamagedElements() throws {
    var data = try Data(contentsOf: URL(filePath: Fixture.numpy("deflated.npz")))
    let archive = try data.withUnsafeBytes { try ZipArchive($0, path: "") }
    let last = try XCTUnwrap(archive.entries.last { $0.bytes.count > 60 })
    data[last.bytes.upperBound - 10] ^= 0x55
    let damaged = try folder.write("damaged.npz", data)
    try assertRefused(damaged, "cannot be decompressed")
    let new = folder.path("new.safetensors")
    try Command.fail(65, damaged, arguments: "convert", damaged, new, "--json")

    data = try Data(contentsOf: URL(filePath: Fixture.checkpoint("state.pth")))
    let zip = try data.withUnsafeBytes { try ZipArchive($0, path: "") }
    data[try XCTUnwrap(zip.entries.first { $0.name.hasSuffix("/data/0") }).bytes.lowerBound] ^= 1
    try assertRefused(folder.write("damaged.pth", data), "0.weight: the elements are damaged")
    XCTAssertFalse(FileManager.default.fileExists(atPath: new))
  }

  func testOutputsThatCannotBeWritten() throws {
    let input = Fixture.checkpoint("state.pth")
    for output in [folder.path("gone/b.safetensors"), folder.url.path, precious + "/b.safetensors"] {
      try Command.fail(73, output, "cannot be written", arguments: "convert", input, output)
    }
  }

  /// Converted under its own name, torchvision's file must be torchvision's.
  func testAPublishedNameOnAnotherFile() throws {
    let named = try folder.write(
      "resnet18-f37072fd.pth", Data(contentsOf: URL(filePath: Fixture.checkpoint("state.pth"))))
    try Command.fail(
      65, named, "its SHA-256 begins with", "not with f37072fd", arguments: "convert", named, precious)
  }

  func testWrongUsage() throws {
    let input = Fixture.checkpoint("state.pth")
    try Command.fail(64, "f8", "convert --help", arguments: "convert", input, precious, "--to", "f8")
    try Command.fail(64, "<out>", arguments: "convert", input)
    try Command.fail(64, "<file>", arguments: "inspect")
  }
}
