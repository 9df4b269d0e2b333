import Colonnade
import Foundation
import XCTest

final class ProposeTests: XCTestCase {
  private var folder: WorkFolder!

  override func setUpWithError() throws { folder = try WorkFolder() }
  override func tearDown() { folder = nil }

  /// A bright rectangle on a dark ground.
  private var picture: Image {
    var image = Image(width: 64, height: 48, repeating: 25)
    image.paste(Image(width: 20, height: 16, repeating: 210), x: 30, y: 20)
    return image
  }

  func testJSON() throws {
    let image = picture
    let path = try folder.write("a.png", image.pngData())
    for (mode, search) in [("fast", SelectiveSearch.fast), ("quality", .quality)] {
      let results = try XCTUnwrap(
        Command.run(["propose", path, "--mode", mode, "--json"]).json() as? [[String: Any]])
      XCTAssertEqual(results.count, 1)
      XCTAssertEqual(Set(results[0].keys), ["file", "proposals"])
      XCTAssertEqual(results[0]["file"] as? String, path)
      XCTAssertEqual(
        results[0]["proposals"] as? [[Float]],
        search(image).map { [$0.left, $0.top, $0.right, $0.bottom] })
    }
  }

  func testLines() throws {
    let paths = [try folder.write("a.png", picture.pngData()), try folder.write("b.jpg", Samples.jpeg)]
    let outcome = try Command.run(["propose"] + paths + ["--max", "1", "--seed", "3"])
    XCTAssertEqual(outcome.code, 0, outcome.errors)
    var search = SelectiveSearch.fast
    search.seed = 3
    let images = [picture, try Image(decoding: Samples.jpeg, name: "b.jpg")]
    let expected = zip(paths, images).map { path, image in
      let box = search(image, maximum: 1)[0]
      return "\(path)  \(Int(box.left)) \(Int(box.top)) \(Int(box.right)) \(Int(box.bottom))"
    }
    XCTAssertEqual(outcome.output.split(separator: "\n").map(String.init), expected)
  }

  func testDrawing() throws {
    let path = try folder.write("a.png", picture.pngData())
    let out = folder.path("boxes.png")
    try Command.succeed("propose", path, "--max", "3", "--out", out)
    let boxes = SelectiveSearch.fast(picture, maximum: 3)
    XCTAssertEqual(
      try Image(contentsOf: URL(fileURLWithPath: out)),
      picture.drawing(boxes.enumerated().map { (box: $1, text: "", color: $0) }))
  }

  func testWhatCannotBe() throws {
    let path = try folder.write("a.png", picture.pngData())
    try Command.fail(64, "--out", arguments: "propose", path, path, "--out", folder.path("b.png"))
    try Command.fail(73, "no folder", arguments: "propose", path, "--out", folder.path("none/b.png"))
    try Command.fail(64, "--max 0", arguments: "propose", path, "--max", "0")
    try Command.fail(64, "--mode", arguments: "propose", path, "--mode", "slow")
    let outcome = try Command.run(["propose", folder.path("none.png"), path, "--max", "1"])
    XCTAssertEqual(outcome.code, 66)
    XCTAssertEqual(outcome.errorLines.count, 1)
    XCTAssertEqual(outcome.output.split(separator: "\n").count, 1)
  }
}
