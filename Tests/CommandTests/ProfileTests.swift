import Colonnade
import Foundation
import XCTest

/// `run --profile`, `--trace` and `--algorithm`.
final class ProfileTests: XCTestCase {
  private var folder: WorkFolder!

  override func setUpWithError() throws { folder = try WorkFolder() }
  override func tearDown() { folder = nil }

  private func arguments(_ network: String, _ shape: Shape, _ more: String...) throws -> [String] {
    [
      "run", "--network", network, "--weights", try Samples.weights(of: network, classes: 10, in: folder),
      "--classes", "10", "--input", try Samples.tensor(shape, in: folder), "--output", folder.path("logits"),
    ] + more
  }

  private func run(_ arguments: [String]) throws -> [String: Any] {
    try XCTUnwrap(Command.run(arguments + ["--json"]).json() as? [String: Any])
  }

  private func cost(_ entry: [String: Any]) throws -> [String: Double] {
    try XCTUnwrap(entry["cost"] as? [String: Double])
  }

  func testLayersAndSums() throws {
    let report = try run(
      arguments("squeezenet1_1", [2, 3, 96, 96], "--profile", "--repeat", "3", "--threads", "1"))
    let profile = try XCTUnwrap(report["profile"] as? [String: Any])
    let layers = try XCTUnwrap(profile["layers"] as? [[String: Any]])
    let total = try XCTUnwrap(profile["total_ms"] as? Double)
    XCTAssertEqual(report["repeat"] as? Int, 3)

    // The same layers as the summary's, for a batch of 2.
    let summary = try XCTUnwrap(
      Command.run(["summary", "squeezenet1_1", "--classes", "10", "--size", "96", "--json"]).json()
        as? [String: Any])
    let expected = try XCTUnwrap(summary["layers"] as? [[String: Any]])
    XCTAssertEqual(layers.count, expected.count)
    for (layer, expected) in zip(layers, expected) {
      XCTAssertEqual(layer["name"] as? String, expected["name"] as? String)
      XCTAssertEqual(layer["kind"] as? String, expected["kind"] as? String)
      let output = try XCTUnwrap(expected["output"] as? [Int])
      XCTAssertEqual(layer["output"] as? [Int], [2] + output.dropFirst())
      XCTAssertEqual(layer["macs"] as? Int, 2 * (expected["macs"] as! Int))
      let kind = try XCTUnwrap(layer["kind"] as? String)
      XCTAssertEqual(layer["algorithm"] != nil, kind.hasPrefix("Conv2d"), kind)
    }

    // The rates follow from the times, and the times add up.
    let peak = profile["peak_gflops"] as? Double
    for layer in layers {
      let cost = try cost(layer)
      let (ms, macs) = (try XCTUnwrap(cost["ms"]), Double(layer["macs"] as! Int))
      XCTAssertGreaterThanOrEqual(ms, 0)
      guard macs > 0 else {
        XCTAssertNil(cost["gflops"])
        continue
      }
      let rate = try XCTUnwrap(cost["gflops"])
      XCTAssertEqual(rate, 2e-6 * macs / ms, accuracy: 1e-9 * rate)
      if let peak {
        XCTAssertEqual(try XCTUnwrap(cost["share_of_peak"]), rate / peak, accuracy: 1e-9 * rate / peak)
      }
    }
    let sum = try layers.reduce(0) { try $0 + cost($1)["ms"]! }
    let rest = try XCTUnwrap(profile["rest_ms"] as? Double)
    XCTAssertEqual(sum + rest, total, accuracy: 1e-6 * total)
    XCTAssertGreaterThan(rest, 0)
    XCTAssertLessThan(rest, 0.2 * total, "nearly all of the time is in layers")

    let kinds = try XCTUnwrap(profile["kinds"] as? [[String: Any]])
    XCTAssertEqual(kinds.reduce(0) { $0 + ($1["layers"] as! Int) }, layers.count)
    XCTAssertEqual(try kinds.reduce(0) { try $0 + cost($1)["ms"]! }, sum, accuracy: 1e-6 * sum)
    let names = kinds.map { "\($0["kind"]!), \($0["algorithm"] ?? "")" }
    XCTAssertEqual(Set(names).count, names.count)
    XCTAssertTrue(names.contains("Conv2d, pointwise"), "\(names)")
  }

  func testOneRunAddsUp() throws {
    let report = try run(arguments("resnet20", [1, 3, 32, 32], "--profile", "--repeat", "1"))
    let profile = try XCTUnwrap(report["profile"] as? [String: Any])
    let total = try XCTUnwrap(profile["total_ms"] as? Double)
    XCTAssertEqual(try XCTUnwrap(report["median_ms"] as? Double), total, accuracy: 1e-6 * total)
  }

  /// The algorithms of the 3×3 convolutions in ResNet-20, and the logits.
  private func algorithms(_ choice: String...) throws -> (names: Set<String>, logits: Tensor) {
    let report = try run(arguments("resnet20", [2, 3, 32, 32], "--profile", "--repeat", "1") + choice)
    let profile = try XCTUnwrap(report["profile"] as? [String: Any])
    let layers = try XCTUnwrap(profile["layers"] as? [[String: Any]])
    return (
      Set(layers.dropFirst().compactMap { $0["algorithm"] as? String }),
      try SafetensorsFile(path: folder.path("logits")).tensor("output")
    )
  }

  func testAlgorithmIsOverridden() throws {
    let plain = try algorithms("--algorithm", "im2col")
    let winograd = try algorithms("--algorithm", "winograd")
    let auto = try algorithms()
    XCTAssertTrue(plain.names.allSatisfy { !$0.hasPrefix("Winograd") }, "\(plain.names)")
    XCTAssertTrue(winograd.names.contains { $0.hasPrefix("Winograd F(") }, "\(winograd.names)")
    // A convolution of stride 2 falls back.
    XCTAssertTrue(winograd.names.contains { $0.hasPrefix("im2col") }, "\(winograd.names)")
    XCTAssertEqual(auto.logits.scalars, try algorithms("--algorithm", "auto").logits.scalars)

    let scale = plain.logits.scalars.map(abs).max()!
    XCTAssertNotEqual(plain.logits.scalars, winograd.logits.scalars, "the override reached the kernels")
    for other in [winograd, auto] {
      for (a, b) in zip(plain.logits.scalars, other.logits.scalars) {
        XCTAssertEqual(a, b, accuracy: 1e-4 * scale)
      }
    }
  }

  func testTrace() throws {
    let trace = folder.path("trace.json")
    let report = try run(
      arguments("resnet20", [1, 3, 32, 32], "--profile", "--repeat", "2", "--trace", trace))
    let profile = try XCTUnwrap(report["profile"] as? [String: Any])
    let layers = try XCTUnwrap(profile["layers"] as? [[String: Any]])
    let document = try XCTUnwrap(
      JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: trace))) as? [String: Any])
    let events = try XCTUnwrap(document["traceEvents"] as? [[String: Any]])
    XCTAssertEqual(events.count, 2 * (layers.count + 1))

    func span(_ event: [String: Any]) throws -> ClosedRange<Double> {
      let start = try XCTUnwrap(event["ts"] as? Double), duration = try XCTUnwrap(event["dur"] as? Double)
      return start...(start + duration)
    }
    // Layers follow one another within their pass.
    var pass = 0.0...0.0, end = 0.0
    for event in events {
      XCTAssertEqual(event["ph"] as? String, "X")
      for key in ["pid", "tid"] { XCTAssertEqual(event[key] as? Int, 1) }
      XCTAssertFalse(try XCTUnwrap(event["name"] as? String).isEmpty)
      let span = try span(event)
      XCTAssertGreaterThanOrEqual(span.lowerBound, end)
      if event["cat"] as? String == "pass" {
        pass = span
        end = span.lowerBound
      } else {
        XCTAssertLessThanOrEqual(span.upperBound, pass.upperBound + 1e-3)
        end = span.upperBound - 1e-3  // of doubles that were added
      }
    }
    let medians = try layers.map { try cost($0)["ms"]! }
    let durations = events[1...layers.count].map { $0["dur"] as! Double / 1e3 }
    let later = events.suffix(layers.count).map { $0["dur"] as! Double / 1e3 }
    for (median, (a, b)) in zip(medians, zip(durations, later)) {
      XCTAssertEqual(median, (a + b) / 2, accuracy: 1e-6 * median + 1e-9)
    }
  }

  func testTable() throws {
    let lines = try Command.run(arguments("resnet20", [1, 3, 32, 32], "--profile", "--repeat", "1")).output
      .split(separator: "\n")
    XCTAssertTrue(lines.contains { $0.hasPrefix("layer1.0.conv1") && $0.contains("32×32×16") })
    XCTAssertTrue(lines.contains { $0.hasPrefix("total") && $0.contains("100.0 %") })
    XCTAssertTrue(lines.last?.hasPrefix("median ") ?? false)
  }

  func testRefusals() throws {
    let plain = try arguments("resnet20", [1, 3, 32, 32])
    let outcome = try Command.run(plain + ["--trace", folder.path("trace")])
    XCTAssertEqual(outcome.code, 64)
    XCTAssertTrue(outcome.errors.contains("--profile"), outcome.errors)
    XCTAssertEqual(try Command.run(plain + ["--algorithm", "fft"]).code, 64)
    let missing = try Command.run(plain + ["--profile", "--trace", folder.path("none/trace")])
    XCTAssertEqual(missing.code, 73)
    XCTAssertTrue(missing.errors.contains("no folder"), missing.errors)
  }
}
