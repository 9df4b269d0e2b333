import Foundation
import XCTest

/// Where outputs go: through links, into files with modes and further names, to devices and pipes.
final class OutputTests: NothingLostTestCase {
  private var input: String { Fixture.checkpoint("state.pth") }

  /// What `convert` writes into a new file.
  private func expected() throws -> Data {
    let path = folder.path("expected")
    if !FileManager.default.fileExists(atPath: path) { try Command.succeed("convert", input, path) }
    return try Data(contentsOf: URL(fileURLWithPath: path))
  }

  private func assertConverted(_ path: String, file: StaticString = #filePath, line: UInt = #line) throws {
    XCTAssertEqual(try Data(contentsOf: URL(fileURLWithPath: path)), try expected(), file: file, line: line)
  }

  private func attributes(_ path: String) throws -> [FileAttributeKey: Any] {
    try FileManager.default.attributesOfItem(atPath: path)
  }

  func testLinksAreFollowed() throws {
    let target = try folder.write("deep/target", Data("old".utf8))
    let manager = FileManager.default
    try manager.createSymbolicLink(atPath: folder.path("link"), withDestinationPath: "deep/target")
    // A link to a link, and one that leads to nothing yet.
    try manager.createSymbolicLink(atPath: folder.path("second"), withDestinationPath: folder.path("link"))
    try manager.createSymbolicLink(atPath: folder.path("hanging"), withDestinationPath: "deep/new")
    for (link, target) in [("link", target), ("second", target), ("hanging", folder.path("deep/new"))] {
      try Data("old".utf8).write(to: URL(fileURLWithPath: target))
      if link == "hanging" { try manager.removeItem(atPath: target) }
      try Command.succeed("convert", input, folder.path(link))
      try assertConverted(target)
      XCTAssertNoThrow(try manager.destinationOfSymbolicLink(atPath: folder.path(link)), link)
    }
    XCTAssertEqual(try manager.contentsOfDirectory(atPath: folder.path("deep")).sorted(), ["new", "target"])
    try manager.createSymbolicLink(atPath: folder.path("nowhere"), withDestinationPath: "gone/new")
    try Command.fail(73, "nowhere", "gone", arguments: "convert", input, folder.path("nowhere"))
    try manager.createSymbolicLink(atPath: folder.path("circle"), withDestinationPath: "circle")
    try Command.fail(73, "circle", arguments: "convert", input, folder.path("circle"))
  }

  func testModesAreKept() throws {
    for mode in [0o600, 0o640, 0o755] {
      let output = try folder.write("private", Data("old".utf8))
      try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: output)
      try Command.succeed("convert", input, output)
      try assertConverted(output)
      XCTAssertEqual(try attributes(output)[.posixPermissions] as? Int, mode)
    }
    let outcome = try Command.shell(
      #"umask 027; "$colonnade" convert "$input" new"#, in: folder, environment: ["input": input])
    XCTAssertEqual(outcome.code, 0, outcome.errors)
    XCTAssertEqual(try attributes(folder.path("new"))[.posixPermissions] as? Int, 0o640)
  }

  /// Shorter and longer than what stood there.
  func testFurtherNamesSeeTheNewFile() throws {
    for size in [1, 1 << 20] {
      let output = try folder.write("one", Data(repeating: 7, count: size))
      let other = folder.path("other")
      try FileManager.default.linkItem(atPath: output, toPath: other)
      try Command.succeed("convert", input, output)
      try assertConverted(output)
      try assertConverted(other)
      XCTAssertEqual(try attributes(output)[.referenceCount] as? Int, 2)
      for path in [output, other] { try FileManager.default.removeItem(atPath: path) }
    }
  }

  func testADeviceStaysADevice() throws {
    var device = "/dev/null"
    if getuid() == 0 {
      device = folder.path("null")
      let made = try Command.shell("mknod null c 1 3", in: folder)
      // Some containers forbid it.
      if made.code != 0 { throw XCTSkip("no device can be made: \(made.errors)") }
    }
    try Command.succeed("convert", input, device)
    let weights = try Samples.weights(of: "resnet20", in: folder)
    let tensor = try Samples.tensor([1, 3, 8, 8], in: folder)
    try Command.succeed(
      "run", "--network", "resnet20", "--weights", weights, "--input", tensor, "--output", device)
    XCTAssertEqual(try attributes(device)[.type] as? FileAttributeType, .typeCharacterSpecial)
  }

  func testPipesAreWrittenTo() throws {
    for script in [
      #"mkfifo pipe; cat pipe > got & "$colonnade" convert "$input" pipe && wait; test -p pipe && rm pipe"#,
      #""$colonnade" convert "$input" >(cat > got) && for i in {1..100}; do cmp got expected && break; sleep 0.1; done"#,
      #""$colonnade" convert "$input" /dev/stdout | cat > got"#,
      #""$colonnade" convert "$input" /dev/stdout --json > got"#,
      #""$colonnade" convert "$input" got > got"#,
    ] {
      _ = try expected()
      try? FileManager.default.removeItem(atPath: folder.path("got"))
      let outcome = try Command.shell(script, in: folder, environment: ["input": input])
      XCTAssertEqual(outcome.code, 0, "\(script): \(outcome.errors)")
      try assertConverted(folder.path("got"))
      // What else it says is not among the bytes.
      let isApart = outcome.errors.contains("written to") || outcome.errors.contains("\"tensors\"")
      XCTAssertEqual(isApart, script.contains("stdout") || script.contains("got > got"), script)
    }
  }

  /// A bare container may lack the links in /dev: the names mean the same, and no file is made there.
  func testTheStandardOutputNeedsNoDevice() throws {
    _ = try expected()
    let bare = #"mount -t tmpfs none /dev && "$@" && test -z "$(ls -A /dev)""#
    guard try Command.shell("unshare -m sh -c '\(bare)' sh true", in: folder).code == 0 else {
      throw XCTSkip("no bare /dev can be mounted")
    }
    for (name, redirection) in [("/dev/stdout", "> got"), ("/dev/stderr", "2> got")] {
      let outcome = try Command.shell(
        #"unshare -m sh -c '\#(bare)' sh "$colonnade" convert "$input" \#(name) \#(redirection)"#, in: folder,
        environment: ["input": input])
      XCTAssertEqual(outcome.code, 0, outcome.errors)
      try assertConverted(folder.path("got"))
    }
  }

  func testAFullDeviceIsAnError() throws {
    let weights = try Samples.weights(of: "resnet20", in: folder)
    let tensor = try Samples.tensor([1, 3, 8, 8], in: folder)
    let picture = try folder.write("a.png", Samples.png(8))
    let network = ["--network", "resnet20", "--weights", weights]
    for arguments in [
      ["summary", "--json"], ["summary", "resnet20"], ["--help"], ["--version"], ["help", "train"],
      ["inspect", input, "--json"], ["convert", input, folder.path("new")], ["classify", picture] + network,
      ["classify", picture, "--json"] + network, ["run", "--input", tensor, "--repeat", "1"] + network,
      ["--generate-completion-script", "bash"],
    ] {
      let full = try XCTUnwrap(FileHandle(forWritingAtPath: "/dev/full"))
      let outcome = try Command.run(arguments, output: full)
      XCTAssertEqual(outcome.code, 73, "\(arguments): \(outcome.errors)")
      XCTAssertEqual(outcome.errorLines.count, 1, outcome.errors)
      XCTAssertTrue(outcome.errors.contains("the standard output cannot be written"), outcome.errors)
    }
    try Command.fail(73, "/dev/full", "No space left", arguments: "convert", input, "/dev/full")
  }

  func testAClosedStandardOutputIsAnError() throws {
    for arguments in [["summary", "resnet20"], ["summary", "--json"], ["--help"]] {
      let pipe = Pipe()
      try pipe.fileHandleForReading.close()
      let running = try RunningCommand(arguments, in: folder, output: pipe.fileHandleForWriting)
      let outcome = try running.finish()
      XCTAssertEqual(outcome.code, 73, outcome.errors)
      XCTAssertEqual(outcome.errorLines.count, 1, outcome.errors)
      XCTAssertTrue(outcome.errors.contains("Broken pipe"), outcome.errors)
    }
    // The first file that is opened must not become the standard output.
    _ = try expected()
    let outcome = try Command.shell(
      #""$colonnade" convert "$input" new >&-; code=$?; cmp new expected && exit $code"#, in: folder,
      environment: ["input": input])
    XCTAssertEqual(outcome.code, 73, outcome.errors)
    XCTAssertEqual(outcome.errorLines.count, 1, outcome.errors)
  }

  /// The limit's signal would kill, and leave half a file.
  func testALimitOfFileSizesIsAnError() throws {
    let weights = try Samples.weights(of: "resnet20", in: folder)
    for command in ["convert \(weights) new", "convert \(weights) precious --to bf16"] {
      let outcome = try Command.shell("ulimit -f 100; $colonnade \(command)", in: folder)
      XCTAssertEqual(outcome.code, 73, outcome.errors)
      XCTAssertEqual(outcome.errorLines.count, 1, outcome.errors)
      XCTAssertTrue(outcome.errors.contains("File too large"), outcome.errors)
    }
    XCTAssertFalse(FileManager.default.fileExists(atPath: folder.path("new")))
  }

  func testAFullDiskIsAnError() throws {
    let weights = try Samples.weights(of: "resnet20", in: folder)
    let disk = try folder.makeFolder("disk")
    guard try Command.shell("mount -t tmpfs -o size=1600k none disk", in: folder).code == 0 else {
      throw XCTSkip("no small file system can be mounted")
    }
    defer { _ = try? Command.shell("umount disk", in: folder) }
    // There is room for the new file, of a megabyte, but not twice, as a file with further names needs it.
    try Data("precious".utf8).write(to: URL(fileURLWithPath: disk + "/one"))
    try FileManager.default.linkItem(atPath: disk + "/one", toPath: disk + "/other")
    try Command.fail(73, "No space left", arguments: "convert", weights, disk + "/one")
    XCTAssertEqual(try String(contentsOfFile: disk + "/other", encoding: .utf8), "precious")
    XCTAssertEqual(try FileManager.default.contentsOfDirectory(atPath: disk).sorted(), ["one", "other"])
    try FileManager.default.removeItem(atPath: disk + "/other")
    try Command.succeed("convert", weights, disk + "/one")
    try Command.fail(73, "No space left", arguments: "convert", weights, disk + "/new")
    XCTAssertEqual(try FileManager.default.contentsOfDirectory(atPath: disk), ["one"])
  }

  /// A file that may not be written to is not replaced, though its folder would allow it.
  func testAReadOnlyFileIsRefused() throws {
    try XCTSkipIf(getuid() == 0, "root may write to every file")
    try FileManager.default.setAttributes([.posixPermissions: 0o444], ofItemAtPath: precious)
    try Command.fail(73, precious, "Permission denied", arguments: "convert", input, precious)
  }
}
