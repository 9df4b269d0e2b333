import Colonnade
import Foundation
import XCTest

/// An ordinary day of `detect` and `propose`: outputs, texts, numbers, pipes, other people's files.
final class DetectionDayTests: NothingLostTestCase {
  /// A bright rectangle on a dark ground.
  private var picture: Image {
    var image = Image(width: 64, height: 48, repeating: 25)
    image.paste(Image(width: 20, height: 16, repeating: 210), x: 30, y: 20)
    return image
  }

  private func detector() throws -> [String] { try SmallDetector.arguments(in: folder) }

  private func entries(_ arguments: [String], input: Data? = nil) throws -> [[String: Any]] {
    try XCTUnwrap(Command.run(arguments + ["--json"], input: input).json() as? [[String: Any]])
  }

  private func boxes(_ entry: [String: Any]) throws -> [[Double]] {
    if let proposals = entry["proposals"] { return try XCTUnwrap(proposals as? [[Double]]) }
    return try XCTUnwrap(entry["detections"] as? [[String: Any]]).map {
      try XCTUnwrap($0["box"] as? [Double])
    }
  }

  // MARK: Outputs

  func testPicturesThatAreReadAreNotReplaced() throws {
    let data = picture.pngData()
    let path = try folder.write("photos/a.png", data)
    try folder.write("photos/b.jpg", Samples.jpeg)
    try FileManager.default.createSymbolicLink(
      atPath: folder.path("link.png"), withDestinationPath: "photos/a.png")
    try FileManager.default.linkItem(atPath: path, toPath: folder.path("other.png"))
    for out in [path, folder.path("link.png"), folder.path("other.png")] {
      try Command.fail(73, out, "would be lost", arguments: "propose", path, "--out", out)
    }
    let outcome = try Command.run(
      ["detect", folder.path("photos"), "--out", folder.path("photos")] + detector())
    XCTAssertEqual(outcome.code, 73)
    XCTAssertTrue(
      outcome.errors.contains("photos/a.png: is read, and would be lost"), outcome.errors)
    XCTAssertEqual(try Data(contentsOf: URL(fileURLWithPath: path)), data)
    XCTAssertEqual(
      try FileManager.default.contentsOfDirectory(atPath: folder.path("photos")).sorted(), ["a.png", "b.jpg"])
  }

  func testDrawingsGoThroughLinksAndKeepModes() throws {
    let path = try folder.write("a.png", picture.pngData())
    let target = try folder.write("boxed/target", Data("old".utf8))
    let manager = FileManager.default
    try manager.setAttributes([.posixPermissions: 0o600], ofItemAtPath: target)
    try manager.createSymbolicLink(atPath: folder.path("boxed/a.png"), withDestinationPath: "target")
    for arguments in [
      ["detect", path, "--out", folder.path("boxed")] + (try detector()),
      ["propose", path, "--max", "2", "--out", folder.path("boxed/a.png")],
    ] {
      try Data("old".utf8).write(to: URL(fileURLWithPath: target))
      let outcome = try Command.run(arguments)
      XCTAssertEqual(outcome.code, 0, outcome.errors)
      XCTAssertEqual(try Image(contentsOfFile: target).size, picture.size)
      XCTAssertEqual(try manager.attributesOfItem(atPath: target)[.posixPermissions] as? Int, 0o600)
      XCTAssertEqual(try manager.destinationOfSymbolicLink(atPath: folder.path("boxed/a.png")), "target")
    }
  }

  func testADrawingOnTheStandardOutputIsAlone() throws {
    let path = try folder.write("a.png", picture.pngData())
    for options in ["", "--json"] {
      let outcome = try Command.shell(
        #""$colonnade" propose a.png --max 2 --out /dev/stdout \#(options) > drawn.png"#, in: folder)
      XCTAssertEqual(outcome.code, 0, outcome.errors)
      let boxes = SelectiveSearch.fast(picture, maximum: 2)
      XCTAssertEqual(
        try Image(contentsOfFile: folder.path("drawn.png")),
        picture.drawing(boxes.enumerated().map { (box: $1, text: "", color: $0) }))
      XCTAssertTrue(outcome.errors.contains("a.png"), outcome.errors)
    }
    try Command.fail(
      73, "/dev/full", "No space left", arguments: "propose", path, "--max", "2", "--out", "/dev/full")
  }

  func testStandardOutputsThatTakeNothing() throws {
    let path = try folder.write("a.png", picture.pngData())
    for arguments in [["detect", path] + (try detector()), ["propose", path], ["propose", path, "--json"]] {
      let full = try XCTUnwrap(FileHandle(forWritingAtPath: "/dev/full"))
      let outcome = try Command.run(arguments, output: full)
      XCTAssertEqual(outcome.code, 73, outcome.errors)
      XCTAssertTrue(outcome.errors.contains("the standard output cannot be written"), outcome.errors)
      let pipe = Pipe()
      try pipe.fileHandleForReading.close()
      let closed = try RunningCommand(arguments, in: folder, output: pipe.fileHandleForWriting).finish()
      XCTAssertEqual(closed.code, 73, closed.errors)
      XCTAssertTrue(closed.errors.contains("Broken pipe"), closed.errors)
    }
  }

  // MARK: What is read

  func testStandardInputAndPipes() throws {
    let data = picture.pngData()
    let path = try folder.write("a.png", data)
    for command in [["detect"] + (try detector()), ["propose", "--max", "3"]] {
      let expected = try boxes(entries([command[0], path] + command.dropFirst())[0])
      XCTAssertFalse(expected.isEmpty)
      let entry = try entries([command[0], "-"] + command.dropFirst(), input: data)[0]
      XCTAssertEqual(entry["file"] as? String, "-")
      XCTAssertEqual(try boxes(entry), expected)
      let pipe = folder.path("pipe")
      XCTAssertEqual(mkfifo(pipe, 0o600), 0)
      Thread { FileHandle(forWritingAtPath: pipe)!.write(data) }.start()
      XCTAssertEqual(try boxes(entries([command[0], pipe] + command.dropFirst())[0]), expected)
      try FileManager.default.removeItem(atPath: pipe)
    }
  }

  func testOrientationAndTruncation() throws {
    let turned = try Fixture.picture("orientation_6.jpg")
    let cut = try Fixture.picture("early_cut_and_closed.jpg")
    let files = [try folder.write("turned.jpg", turned), try folder.write("cut.jpg", cut)]
    let upright = try folder.write(
      "upright.png", Image(decoding: turned, name: "", orientation: .upright).pngData())
    let mended = try folder.write(
      "mended.png", Image(decoding: cut, name: "", acceptsTruncated: true).pngData())
    for command in [["detect"] + (try detector()), ["propose", "--max", "3"]] {
      func boxes(_ picture: String, _ options: String...) throws -> [[Double]] {
        try self.boxes(entries([command[0], picture] + command.dropFirst() + options)[0])
      }
      XCTAssertEqual(try boxes(files[0], "--orientation", "exif"), try boxes(upright))
      XCTAssertEqual(try boxes(files[1], "--accept-truncated"), try boxes(mended))
      let refused = try Command.run([command[0], files[1]] + command.dropFirst())
      XCTAssertEqual(refused.code, 65)
      XCTAssertEqual(refused.errorLines.last, "colonnade: error: \(files[1]): the picture is truncated")
    }
    XCTAssertNotEqual(
      try boxes(entries(["detect", files[0]] + detector())[0]),
      try boxes(entries(["detect", files[0], "--orientation", "exif"] + detector())[0]))
  }

  func testWhatOfAFolderIsNotUsedIsSaid() throws {
    try folder.write("photos/deep/in/a.png", picture.pngData())
    try folder.write("photos/b.tif", Data("II*\0........".utf8))
    try folder.write("photos/notes.txt", Data("x".utf8))
    try folder.write("photos/.DS_Store", Data("x".utf8))
    let note = "colonnade: note: \(folder.path("photos")): not used: 1 TIFF, 1 txt, 1 .DS_Store"
    for command in [["detect"] + (try detector()), ["propose", "--max", "1"]] {
      let outcome = try Command.run([command[0], folder.path("photos")] + command.dropFirst() + ["--json"])
      XCTAssertTrue(outcome.errorLines.contains(note), outcome.errors)
      let found = try XCTUnwrap(outcome.json() as? [[String: Any]])
      XCTAssertEqual(found.map { $0["file"] as? String }, [folder.path("photos/deep/in/a.png")])
      let hollow = try folder.makeFolder("hollow")
      let nothing = try Command.run([command[0], hollow] + command.dropFirst())
      XCTAssertEqual(nothing.code, 65)
      XCTAssertTrue(nothing.errors.contains("\(hollow): the folder holds no pictures"), nothing.errors)
    }
  }

  // MARK: Texts and numbers

  func testControlCharactersInNames() throws {
    let path = try folder.write("c\u{1B}[2Jat.png", picture.pngData())
    let detector = try SmallDetector.arguments(in: folder, names: ["a", "\u{1B}[31mred", "x\u{202E}y"])
    let outcomes = [
      try Command.run(["detect", path] + detector), try Command.run(["detect", path, "--json"] + detector),
      try Command.run(["propose", path, "--max", "2"]),
      try Command.run(["propose", path, "--max", "2", "--json"]),
      try Command.run(["detect", folder.path("\u{1B}gone"), path] + detector),
    ]
    for (outcome, code) in zip(outcomes, [0, 0, 0, 0, 66] as [Int32]) {
      XCTAssertEqual(outcome.code, code, outcome.errors)
      let scalars = (outcome.output + outcome.errors).unicodeScalars
      XCTAssertFalse(scalars.contains { $0 == "\u{1B}" || $0 == "\u{202E}" }, outcome.output)
    }
    XCTAssertTrue(outcomes[0].output.contains(#"c\u{1B}[2Jat.png  \u{1B}[31mred  0."#), outcomes[0].output)
    XCTAssertTrue(outcomes[2].output.contains(#"c\u{1B}[2Jat.png"#), outcomes[2].output)
    let found = try XCTUnwrap(outcomes[1].json() as? [[String: Any]])
    XCTAssertEqual(
      (found[0]["detections"] as? [[String: Any]])?.map { $0["label"] as? String },
      ["\u{1B}[31mred", "x\u{202E}y"])
    let shown = try PseudoTerminal.show(
      ["detect", path] + detector, environment: ["TERM": "xterm", "NO_COLOR": ""])
    XCTAssertTrue(shown.contains(#"\u{1B}[31mred"#) && !shown.contains("\u{1B}[31m"), shown)
  }

  func testATildeIsAName() throws {
    try folder.write("~/a.png", picture.pngData())
    let home = try folder.makeFolder("home")
    _ = try detector()
    for script in [
      "detect '~/a.png' --cfg a.cfg --weights a.weights --names a.names --out '~boxed'",
      "detect '~' --cfg a.cfg --weights=a.weights",
      "propose '~/a.png' --max 1 --out='~/boxes.png'",
    ] {
      let outcome = try Command.shell("$colonnade \(script)", in: folder, environment: ["HOME": home])
      XCTAssertEqual(outcome.code, 0, "\(script): \(outcome.errors)")
    }
    XCTAssertEqual(try FileManager.default.contentsOfDirectory(atPath: home), [])
    XCTAssertEqual(try FileManager.default.contentsOfDirectory(atPath: folder.path("~boxed")), ["a.png"])
  }

  func testNumbers() throws {
    let path = try folder.write("a.png", picture.pngData())
    for (option, values) in [
      "--score": ["nan", "-0.1", "1.5", "inf"], "--nms": ["nan", "-1", "2", "inf"],
      "--max": ["0", "-3", "9223372036854775808"],
      "--threads": ["0", "-1", "9223372036854775807"],
    ] {
      for value in values {
        for command in [["detect"] + (try detector()), ["propose"]]
        where command[0] == "detect" || option == "--max" || option == "--threads" {
          let outcome = try Command.run([command[0], path] + command.dropFirst() + [option, value])
          XCTAssertEqual(outcome.code, 64, "\(option) \(value): \(outcome.errors)")
          XCTAssertEqual(outcome.errorLines.count, 1, outcome.errors)
          XCTAssertTrue(outcome.errors.contains(option), outcome.errors)
        }
      }
    }
    XCTAssertEqual(
      try boxes(entries(["propose", path, "--max", "1000000000000"])[0]).count,
      SelectiveSearch.fast(picture).count)
    XCTAssertEqual(
      try boxes(entries(["detect", path, "--max", "9223372036854775807"] + detector())[0]).count, 2)
  }

  func testNamesOfClasses() throws {
    let path = try folder.write("a.png", picture.pngData())
    func detect(_ names: String) throws -> Command.Outcome {
      let file = try folder.write("own.names", Data(names.utf8))
      return try Command.run([
        "detect", path, "--cfg", SmallDetector.configuration(in: folder), "--weights",
        SmallDetector.weights(in: folder), "--names", file, "--json",
      ])
    }
    for names in [
      "cat\ndog\nbird\n\n", #"["cat", "dog", "bird"]"#, #"{"2": "bird", "0": "cat", "1": "dog"}"#,
    ] {
      let found = try XCTUnwrap(detect(names).json() as? [[String: Any]])[0]
      let labels = (found["detections"] as? [[String: Any]])?.map { $0["label"] as? String }
      XCTAssertEqual(labels, ["dog", "bird"], names)
    }
    for (names, reason) in [
      ("cat\n\nbird\n", "own.names:2: an empty line"), ("cat\ndog\n", "2 names for 3 classes"),
      ("", "own.names: holds no names"),
      ("cat\n", "1 name for 3 classes"), ("[\"cat\",\n1]", "own.names:2: the name of class 1 is no text"),
    ] {
      let outcome = try detect(names)
      XCTAssertTrue([64, 65].contains(outcome.code), "\(outcome.code) \(outcome.errors)")
      XCTAssertEqual(outcome.errorLines.count, 1, outcome.errors)
      XCTAssertTrue(outcome.errors.contains(reason), outcome.errors)
    }
  }

  // MARK: Other people's files

  func testOtherFilesAsWeights() throws {
    let path = try folder.write("a.png", picture.pngData())
    let page = "<!DOCTYPE html><html><body>\(String(repeating: "x", count: 500))</body></html>"
    let pointer =
      "version https://git-lfs.github.com/spec/v1\noid sha256:\(String(repeating: "a", count: 64))\nsize 494\n"
    let whole = try Data(contentsOf: URL(fileURLWithPath: SmallDetector.weights(in: folder)))
    for (data, reason) in [
      (Data(page.utf8), "is a page of HTML or XML"),
      (Data(pointer.utf8), "is a Git LFS pointer to a file of 494 bytes"),
      (Data([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3]), "is compressed by gzip: unpack it first"),
      (Data(), "is empty"),
      (Samples.jpeg, "is a JPEG picture"),
    ] {
      let weights = try folder.write("other.weights", data)
      for network in [
        ["--cfg", try SmallDetector.configuration(in: folder)], ["--network", "yolov3-tiny"], [],
      ] {
        let outcome = try Command.run(["detect", path, "--weights", weights] + network)
        XCTAssertEqual(outcome.code, 65, outcome.errors)
        XCTAssertEqual(outcome.errorLines.count, 1, outcome.errors)
        XCTAssertTrue(outcome.errors.contains("\(weights): \(reason)"), outcome.errors)
      }
    }
    for count in [1, 12, 19, 21, whole.count - 4, whole.count - 1] {
      let weights = try folder.write("cut.weights", whole.prefix(count))
      let outcome = try Command.run([
        "detect", path, "--weights", weights, "--cfg", SmallDetector.configuration(in: folder),
      ])
      XCTAssertEqual(outcome.code, 65, "\(count): \(outcome.errors)")
      XCTAssertEqual(outcome.errorLines.count, 1, outcome.errors)
      XCTAssertTrue(outcome.errors.contains(weights), outcome.errors)
    }
  }
}
