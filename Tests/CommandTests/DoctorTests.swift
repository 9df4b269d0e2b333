import XCTest

final class DoctorTests: XCTestCase {
  func testAllChecksPassHere() throws {
    let report = try XCTUnwrap(Command.run(["doctor", "--json"]).json() as? [String: Any])
    XCTAssertEqual(report["ok"] as? Bool, true)
    let checks = try XCTUnwrap(report["checks"] as? [[String: Any]])
    XCTAssertEqual(
      checks.map { $0["name"] as? String },
      [
        "BLAS", "threads", "hand-over", "memory", "multiply-add peak", "matrix product",
        "concurrent products", "JPEG", "PNG", "resources",
      ])
    for check in checks {
      XCTAssertNotEqual(check["verdict"] as? String, "failed", "\(check)")
    }
    let product = try XCTUnwrap(checks[5]["measured"] as? [String: Double])
    XCTAssertGreaterThan(try XCTUnwrap(product["one_thread_gflops"]), 0)
  }

  func testLinesForPeople() throws {
    let outcome = try Command.succeed("doctor", "--threads", "1")
    XCTAssertTrue(outcome.output.contains("OpenBLAS"), outcome.output)
    XCTAssertTrue(outcome.output.hasPrefix("ok") && outcome.output.contains("All is well"), outcome.output)
  }

  func testHelpHasExamples() throws {
    for command in ["classify", "explain", "run", "train", "evaluate", "summary", "report", "doctor"] {
      let help = try Command.succeed(command, "--help").output
      XCTAssertTrue(help.contains("EXAMPLES:") && help.contains("colonnade \(command)"), command)
    }
  }
}
