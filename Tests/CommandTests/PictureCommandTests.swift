import Colonnade
import Foundation
import XCTest

/// Pictures of an ordinary day, as the command takes them.
final class PictureCommandTests: XCTestCase {
  private var folder: WorkFolder!
  private var trained: [String]!

  override func setUpWithError() throws {
    folder = try WorkFolder()
    trained = ["--network", "resnet20", "--weights", try Samples.weights(of: "resnet20", in: folder)]
  }

  override func tearDown() { folder = nil }

  private func classify(
    _ arguments: [String], code: Int32 = 0, input: Data? = nil, file: StaticString = #filePath,
    line: UInt = #line
  ) throws -> [[String: Any]] {
    let outcome = try Command.run(["classify"] + arguments + trained + ["--json"], input: input)
    XCTAssertEqual(outcome.code, code, outcome.errors, file: file, line: line)
    return try XCTUnwrap(
      JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [[String: Any]], file: file,
      line: line)
  }

  /// Classes and probabilities, to compare.
  private func answer(_ entry: [String: Any]) throws -> [String] {
    try XCTUnwrap(entry["predictions"] as? [[String: Any]], "\(entry)").map {
      "\($0["class"]!) \($0["probability"]!)"
    }
  }

  private func answer(_ image: Image, _ arguments: String...) throws -> [String] {
    try answer(classify([folder.write("plain.png", image.pngData())] + arguments)[0])
  }

  func testStandardInputAndPipes() throws {
    let data = Samples.png()
    let expected = try answer(classify([folder.write("a.png", data)])[0])
    for name in ["-", "/dev/stdin"] {
      let entries = try classify([name], input: data)
      XCTAssertEqual(entries.map { $0["file"] as? String }, [name])
      XCTAssertEqual(try answer(entries[0]), expected, name)
    }
    let pipe = folder.path("pipe")
    XCTAssertEqual(mkfifo(pipe, 0o600), 0)
    let large = data + Data(count: 200_000)
    Thread { FileHandle(forWritingAtPath: pipe)!.write(large) }.start()
    XCTAssertEqual(try answer(classify([pipe])[0]), expected)
    let substituted = try Command.shell(
      #""$colonnade" classify <(cat a.png) --network resnet20 --weights "$weights" --json"#, in: folder,
      environment: ["weights": trained[3]])
    let entry = try XCTUnwrap(substituted.json() as? [[String: Any]])[0]
    XCTAssertTrue((entry["file"] as? String)?.hasPrefix("/dev/fd/") ?? false)
    XCTAssertEqual(try answer(entry), expected)
    let nothing = try classify(["-"], code: 65, input: Data())
    XCTAssertEqual(
      nothing.map { $0["error"] as? String }, ["-: not a picture (neither JPEG, PNG, WebP, GIF nor BMP)"])
  }

  func testAFolder() throws {
    try folder.write("photos/b.png", Samples.png())
    try folder.write("photos/a/1.jpg", Samples.jpeg)
    try folder.write("photos/notes.txt", Data("x".utf8))
    let single = try folder.write("z.png", Samples.png())
    let outcome = try Command.run(["classify", folder.path("photos"), single] + trained + ["--json"])
    XCTAssertEqual(outcome.errorLines, ["colonnade: note: \(folder.path("photos")): not used: 1 txt"])
    let entries = try XCTUnwrap(outcome.json() as? [[String: Any]])
    XCTAssertEqual(
      entries.map { $0["file"] as? String },
      [folder.path("photos/a/1.jpg"), folder.path("photos/b.png"), single])
    XCTAssertEqual(try answer(entries[1]), try answer(entries[2]))
  }

  func testFormatsByContent() throws {
    for name in ["webp_lossless.webp", "gif_colours.gif", "bmp_24.bmp"] {
      let data = try Fixture.picture(name)
      let expected = try answer(Image(decoding: data, name: name))
      XCTAssertEqual(try answer(classify([folder.write("really.jpg", data)])[0]), expected, name)
    }
    let tiff = try folder.write("tiff.jpg", Data("II*\0........".utf8))
    let good = try folder.write("good.png", Samples.png())
    let entries = try classify([tiff, folder.path("none.png"), good], code: 65)
    XCTAssertEqual(
      entries.map { $0["error"] as? String },
      [
        "\(tiff): TIFF, which is not read here: convert it to PNG (JPEG, PNG, WebP, GIF, BMP are read)",
        "\(folder.path("none.png")): cannot be read: no such file", nil,
      ])
    XCTAssertNotNil(entries[2]["predictions"])
  }

  /// The high byte of sixteen bits, also where Pillow clips.
  func testSixteenBitsAreTheHighByte() throws {
    let samples = (0..<48 * 40).map { UInt16($0 * 13) }
    let high = samples.map { UInt8($0 >> 8) }
    let grey = Image(width: 48, height: 40, channels: 1, pixels: high).converted(toChannels: 3)
    let expected = try answer(grey)
    let dark = try folder.write("dark.png", PNG.grey16(width: 48, height: 40, samples))
    XCTAssertEqual(try answer(classify([dark])[0]), expected)
    // Clipped, most would be white.
    let clipped = samples.map { UInt8(min($0, 255)) }
    XCTAssertNotEqual(
      try answer(Image(width: 48, height: 40, channels: 1, pixels: clipped).converted(toChannels: 3)),
      expected)
  }

  func testOrientationIsAnOption() throws {
    let data = try Fixture.picture("orientation_6.jpg")
    let picture = try folder.write("turned.jpg", data)
    let stored = try answer(Image(decoding: data, name: ""))
    let upright = try answer(Image(decoding: data, name: "", orientation: .upright))
    XCTAssertNotEqual(stored, upright)
    XCTAssertEqual(try answer(classify([picture])[0]), stored)
    XCTAssertEqual(try answer(classify([picture, "--orientation", "ignore"])[0]), stored)
    XCTAssertEqual(try answer(classify([picture, "--orientation", "exif"])[0]), upright)
    for command in ["classify", "evaluate", "train", "report", "detect", "propose"] {
      let help = try Command.succeed(command, "--help").output
      XCTAssertTrue(help.contains("--orientation") && help.contains("--accept-truncated"), command)
    }
  }

  func testTruncatedPicturesAreAccepted() throws {
    let data = try Fixture.picture("early_cut_and_closed.jpg")
    let picture = try folder.write("cut.jpg", data)
    let refused = try classify([picture], code: 65)
    XCTAssertEqual(refused.map { $0["error"] as? String }, ["\(picture): the picture is truncated"])
    let expected = try answer(Image(decoding: data, name: "", acceptsTruncated: true))
    XCTAssertEqual(try answer(classify([picture, "--accept-truncated"])[0]), expected)
  }

  func testPreprocessingFromTheCommandLine() throws {
    let picture = try folder.write("a.png", Samples.png(60))
    let image = try Image(contentsOfFile: picture)
    let network = try Network("resnet20", seed: 3)
    func expected(_ preprocessing: Preprocessing) throws -> [String] {
      let predictions = try Classifier(network, preprocessing: preprocessing).classify(image)
      let data = try JSONEncoder().encode(predictions)
      let entries = try JSONSerialization.jsonObject(with: data)
      return try answer(["predictions": entries])
    }
    var own = network.card.preprocessing
    XCTAssertEqual(try answer(classify([picture])[0]), try expected(own))
    own.resize = .exact(width: 48, height: 40)
    own.crop = nil
    own.mean = [0.5, 0.5, 0.5]
    own.standardDeviation = [0.25, 0.5, 0.75]
    XCTAssertEqual(
      try answer(
        classify([picture, "--resize", "48x40", "--crop", "none", "--mean", "0.5", "--std", "0.25,0.5,0.75"])[
          0]),
      try expected(own))
    own = .review
    own.resize = .shorterSide(40)
    own.crop = 36
    XCTAssertEqual(
      try answer(classify([picture, "--preset", "review", "--resize", "40", "--crop", "36"])[0]),
      try expected(own))
    for options in [
      ["--resize", "0"], ["--resize", "9x"], ["--resize", "1x2x3"], ["--crop", "9000"], ["--mean", "1,2"],
      ["--mean", "nan"], ["--std", "0"], ["--std", "1,0,1"], ["--std", "inf"],
    ] {
      let outcome = try Command.run(["classify", picture] + trained + options)
      XCTAssertEqual(outcome.code, 64, "\(options): \(outcome.errors)")
      XCTAssertTrue(outcome.errors.contains(options[0]), outcome.errors)
    }
  }
}
