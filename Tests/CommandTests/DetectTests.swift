import Colonnade
import Foundation
import XCTest

final class DetectTests: XCTestCase {
  private var folder: WorkFolder!

  override func setUpWithError() throws { folder = try WorkFolder() }
  override func tearDown() { folder = nil }

  private func weights() throws -> String { try SmallDetector.weights(in: folder) }
  private func arguments() throws -> [String] { try SmallDetector.arguments(in: folder) }

  private func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

  /// A picture of 64×32 in a network of 32×32: twice as large, without the rows above and below.
  func testJSON() throws {
    let picture = try folder.write(
      "wide.png", Image(width: 64, height: 32, repeating: 40).pngData())
    let outcome = try Command.run(["detect", picture, "--json"] + arguments())
    let results = try XCTUnwrap(outcome.json() as? [[String: Any]])
    XCTAssertEqual(outcome.errorLines.count, 1, outcome.errors)
    XCTAssertTrue(outcome.errors.contains("[net] learning_rate (line 4)"), outcome.errors)
    XCTAssertEqual(results.count, 1)
    XCTAssertEqual(Set(results[0].keys), ["file", "detections"])
    XCTAssertEqual(results[0]["file"] as? String, picture)
    let objects = try XCTUnwrap(results[0]["detections"] as? [[String: Any]])
    XCTAssertEqual(objects.map { $0["label"] as? String }, ["dog", "bird"])
    XCTAssertEqual(objects.map { $0["class"] as? Int }, [1, 2])
    for (object, logit) in zip(objects, [3.0, 2.0]) {
      XCTAssertEqual(Set(object.keys), ["class", "label", "score", "box"])
      XCTAssertEqual(try XCTUnwrap(object["score"] as? Double), sigmoid(4) * sigmoid(logit), accuracy: 1e-5)
      // In the network 8 to 24 and 12 to 20; the picture's rows are 8 to 24 there.
      XCTAssertEqual(object["box"] as? [Double], [16, 8, 48, 24])
    }
  }

  func testOptions() throws {
    let picture = try folder.write("a.png", Samples.png())
    func labels(_ options: String...) throws -> [String?] {
      let outcome = try Command.run(["detect", picture, "--json"] + arguments() + options)
      let results = try XCTUnwrap(outcome.json() as? [[String: Any]])
      return try XCTUnwrap(results[0]["detections"] as? [[String: Any]]).map { $0["label"] as? String }
    }
    XCTAssertEqual(try labels("--max", "1"), ["dog"])
    XCTAssertEqual(try labels("--score", "0.9"), ["dog"])
    XCTAssertEqual(try labels("--score", "0.99"), [])
    XCTAssertEqual(try labels("--nms", "0"), ["dog", "bird"])
    XCTAssertEqual(try labels("--threads", "1"), ["dog", "bird"])
  }

  /// Of a folder its pictures, in the order of their names, in lines for people, and drawn.
  func testFolderAndDrawnBoxes() throws {
    let pictures = try folder.makeFolder("pictures")
    try folder.write("pictures/b.png", Samples.png(60, seed: 2))
    try folder.write("pictures/a.jpg", Samples.jpeg)
    try folder.write("pictures/a.png", Samples.png(50, seed: 3))
    try folder.write("pictures/notes.txt", Data("notes".utf8))
    let boxed = folder.path("boxed")
    let outcome = try Command.run(["detect", pictures, "--out", boxed] + arguments())
    XCTAssertEqual(outcome.code, 0, outcome.errors)
    let lines = outcome.output.split(separator: "\n").map(String.init)
    XCTAssertEqual(lines.count, 6)
    for (line, name) in zip(lines, ["a.jpg", "a.jpg", "a.png", "a.png", "b.png", "b.png"]) {
      XCTAssertTrue(line.hasPrefix("\(pictures)/\(name)"), line)
    }
    XCTAssertTrue(lines[0].contains("dog   0.9354  4.0 6.0 12.0 10.0"), lines[0])
    XCTAssertEqual(
      try FileManager.default.contentsOfDirectory(atPath: boxed).sorted(), ["a-2.png", "a.png", "b.png"])
    let drawn = try Image(contentsOfFile: boxed + "/b.png")
    let original = try Image(contentsOfFile: pictures + "/b.png")
    XCTAssertEqual(drawn.size, original.size)
    XCTAssertNotEqual(drawn, original)
  }

  /// A picture that fails has an entry with its error, and the code is its.
  func testABadPictureAmongGoodOnes() throws {
    let bad = try folder.write("bad.jpg", Data("text".utf8))
    let (first, last) = (try folder.write("a.jpg", Samples.jpeg), folder.path("gone.png"))
    let outcome = try Command.run(["detect", first, bad, last, "--json"] + arguments())
    XCTAssertEqual(outcome.code, 65)
    let results = try XCTUnwrap(
      JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [[String: Any]])
    XCTAssertEqual(results.map { $0["file"] as? String }, [first, bad, last])
    XCTAssertEqual(results.map { $0["error"] == nil }, [true, false, false])
    XCTAssertEqual(results.map { $0["detections"] == nil }, [false, true, true])
    XCTAssertTrue(try XCTUnwrap(results[1]["error"] as? String).contains("not a picture"))
  }

  /// Not the weights', where the number of their classes is known: by their card, or because they fit the detector's own.
  func testTheNumberOfNames() throws {
    let picture = try folder.write("a.jpg", Samples.jpeg)
    let names = try folder.write("two.names", Data("cat\ndog\n".utf8))
    let card = WeightCard(
      network: "yolov3-tiny", classNames: ["cat", "dog", "bird"], inputChannels: 3, inputHeight: 32,
      inputWidth: 32, preprocessing: try Registry.card(named: "resnet20").preprocessing, task: "yolo")
    let carded = folder.path("carded.safetensors")
    try Safetensors.write([("x", Tensor([1], shape: [1]))], metadata: card.metadata, to: carded)
    try Command.fail(
      65, "\(names): 2 names for 3 classes of yolov3-tiny", arguments: "detect", picture, "--weights",
      carded, "--names", names)
    // Version 0.2 of darknet's format, and as many numbers as the network has.
    let published = try folder.write(
      "published.weights", Data([0, 0, 0, 0, 2, 0, 0, 0]) + Data(count: 12 + 4 * 8_858_734))
    try Command.fail(
      65, "\(names): 2 names for 80 classes of yolov3-tiny", arguments: "detect", picture, "--network",
      "yolov3-tiny", "--weights", published, "--names", names)
    // Of no known number.
    try Command.fail(
      65, "a.weights: holds 32 numbers", arguments: "detect", picture, "--network", "yolov3-tiny",
      "--weights", weights(), "--names", names)
  }

  func testWrongUsage() throws {
    let picture = try folder.write("a.jpg", Samples.jpeg)
    let weights = try weights()
    try Command.fail(
      64, "'yolov3tiny'", "did you mean yolov3-tiny?", arguments: "detect", picture, "--network",
      "yolov3tiny",
      "--weights", weights)
    try Command.fail(
      64, "does not say of which network", arguments: "detect", picture, "--weights", weights)
    try Command.fail(
      65, "holds 32 numbers where the network has 8858734", arguments: "detect", picture, "--network",
      "yolov3-tiny", "--weights", weights)
    let outcome = try Command.run(["detect", picture, "--network", "yolov3-tiny"] + arguments())
    XCTAssertEqual(outcome.code, 64)
    XCTAssertTrue(outcome.errors.contains("--network yolov3-tiny: with --cfg the network is"), outcome.errors)
    try Command.fail(64, "--score 2", arguments: "detect", picture, "--weights", weights, "--score", "2")
    try Command.fail(
      64, "--compress-fc 0", arguments: "detect", picture, "--weights", weights, "--compress-fc", "0")
    let uncompressed = try Command.run(["detect", picture, "--compress-fc", "8"] + arguments())
    XCTAssertEqual(uncompressed.code, 64)
    XCTAssertTrue(
      uncompressed.errors.contains("a.cfg has no fully-connected layers over regions"), uncompressed.errors)
    try Command.fail(64, "--max 0", arguments: "detect", picture, "--weights", weights, "--max", "0")
    try Command.fail(
      66, folder.path("gone"), arguments: "detect", picture, "--network", "yolov3-tiny", "--weights",
      folder.path("gone"))
    try Command.fail(
      66, folder.path("gone.cfg"), arguments: "detect", picture, "--cfg", folder.path("gone.cfg"),
      "--weights",
      weights)
    // A comment in another encoding than UTF-8, and a pipe.
    let commented = try folder.write(
      "gbk.cfg",
      Data([0x23, 0xC4, 0xE3, 0xBA, 0xC3, 0x0A])
        + Data(contentsOf: URL(fileURLWithPath: SmallDetector.configuration(in: folder))))
    let small = try SmallDetector.weights(in: folder)
    XCTAssertEqual(
      try Command.run(["detect", picture, "--cfg", commented, "--weights", small]).code, 0)
    let piped = try Command.shell(
      #"cat gbk.cfg | "$colonnade" detect a.jpg --cfg /dev/stdin --weights "$weights""#, in: folder,
      environment: ["weights": small])
    XCTAssertEqual(piped.code, 0, piped.errors)
    let broken = try folder.write("broken.cfg", Data("[net]\nheight=32\nwidth=32\n[crop]\n".utf8))
    try Command.fail(
      65, "broken.cfg:4: [crop]", arguments: "detect", picture, "--cfg", broken, "--weights", weights)
  }
}
