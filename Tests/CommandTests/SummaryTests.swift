import Colonnade
import XCTest

final class SummaryTests: XCTestCase {
  private func summary(_ arguments: String...) throws -> [String: Any] {
    try XCTUnwrap(Command.run(["summary"] + arguments + ["--json"]).json() as? [String: Any])
  }

  func testCountsOfTheFourNetworks() throws {
    for (network, parameters, macs) in [
      ("alexnet", 61_100_840, 0.71e9), ("vgg16", 138_357_544, 15.47e9), ("googlenet", 6_624_904, 1.50e9),
      ("resnet50", 25_557_032, 4.09e9),
    ] {
      let summary = try summary(network)
      let totals = try XCTUnwrap(summary["totals"] as? [String: Any])
      let layers = try XCTUnwrap(summary["layers"] as? [[String: Any]])
      XCTAssertEqual(totals["parameters"] as? Int, parameters, network)
      XCTAssertEqual(totals["parameter_bytes"] as? Int, parameters * 4, network)
      XCTAssertEqual(try XCTUnwrap(totals["macs"] as? Double), macs, accuracy: 0.01 * macs, network)
      XCTAssertEqual(layers.reduce(0) { $0 + ($1["parameters"] as! Int) }, parameters, network)
      XCTAssertEqual(layers.reduce(0) { $0 + ($1["macs"] as! Int) }, totals["macs"] as? Int, network)
      XCTAssertEqual(layers.last?["output"] as? [Int], [1, 1000], network)
      let note = summary["note"] as? String
      XCTAssertEqual(note, network == "googlenet" ? "without auxiliary heads" : nil)
    }
  }

  func testClassesAndSize() throws {
    let summary = try summary("resnet18", "--classes", "7", "--size", "64")
    XCTAssertEqual(summary["classes"] as? Int, 7)
    XCTAssertEqual(summary["input"] as? [Int], [1, 64, 64, 3])
    let layers = try XCTUnwrap(summary["layers"] as? [[String: Any]])
    XCTAssertEqual(layers.first?["output"] as? [Int], [1, 32, 32, 64])
    XCTAssertEqual(layers.last?["output"] as? [Int], [1, 7])
    XCTAssertEqual(layers.first?["activation_bytes"] as? Int, 32 * 32 * 64 * 4)
  }

  /// Counted, not computed: that would take many more seconds of a processor than there are.
  func testLargePicturesAreCounted() throws {
    let outcome = try Command.shell(
      #"ulimit -t 8; "$colonnade" summary vgg16 --size 2048 --json"#, in: WorkFolder())
    let summary = try XCTUnwrap(outcome.json() as? [String: Any])
    let layers = try XCTUnwrap(summary["layers"] as? [[String: Any]])
    XCTAssertEqual(layers.first?["output"] as? [Int], [1, 2048, 2048, 64])
    // Of a 3×3 kernel, three channels to 64.
    XCTAssertEqual(layers.first?["macs"] as? Int, 2048 * 2048 * 27 * 64)
    XCTAssertEqual(layers.last?["output"] as? [Int], [1, 1000])
  }

  func testTableIsAligned() throws {
    let lines = try Command.succeed("summary", "squeezenet1_1").output.split(separator: "\n")
    XCTAssertTrue(lines.contains { $0.hasPrefix("total") && $0.contains("1,235,496") })
    let columns = lines[1].count
    XCTAssertTrue(
      lines[1...].dropLast().allSatisfy { $0.count == columns }, "every line ends with the memory")
  }

  func testListNamesAllNetworks() throws {
    let rows = try XCTUnwrap(Command.run(["summary", "--json"]).json() as? [[String: Any]])
    XCTAssertEqual(rows.map { $0["network"] as? String }, Registry.names)
    let listed = try Command.succeed("summary", "--list").output
    for name in Registry.names { XCTAssertTrue(listed.contains("\n\(name) "), name) }
  }
}
