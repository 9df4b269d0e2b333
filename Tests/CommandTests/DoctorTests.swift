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
        "concurrent products", "convolutions", "JPEG", "PNG", "resources",
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
    XCTAssertTrue(outcome.output.contains("All is well"), outcome.output)
    for line in outcome.output.split(separator: "\n").dropLast() {
      XCTAssertTrue(line.hasPrefix("ok    ") || line.hasPrefix("warn  "), "\(line)")
    }
  }

  /// OpenBLAS does not know processors that are newer than it is: `doctor` says what to set, with which all is well, and training
  /// says so too.
  func testASlowKernelIsToldWithWhatToSet() throws {
    let flags = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    try XCTSkipUnless(flags.contains(" avx2 ") && flags.contains(" fma "), "no AVX2, or not Linux")
    let kernel = flags.contains(" avx512vl ") && flags.contains(" avx512bw ") ? "SkylakeX" : "Haswell"
    func library(_ kernel: String) throws -> String {
      let outcome = try Command.run(["doctor", "--threads", "1"], environment: ["OPENBLAS_CORETYPE": kernel])
      XCTAssertEqual(outcome.code, 0, outcome.errors)
      return String(try XCTUnwrap(outcome.output.split(separator: "\n").first))
    }
    let slow = try library("Prescott")
    XCTAssertTrue(slow.hasPrefix("warn  BLAS"), slow)
    XCTAssertTrue(slow.contains("kernel Prescott: it does not know this processor; update it, or set"), slow)
    XCTAssertTrue(slow.hasSuffix("OPENBLAS_CORETYPE=\(kernel) in the environment"), slow)
    XCTAssertTrue(try library(kernel).hasPrefix("ok    BLAS"))

    let folder = try WorkFolder()
    for (kernel, isTold) in [("Prescott", true), (kernel, false)] {
      let outcome = try Command.run(
        ["train", "digits", "--network", "resnet20", "--epochs", "1", "--out", folder.path(kernel)],
        environment: ["OPENBLAS_CORETYPE": kernel])
      XCTAssertEqual(outcome.code, 0, outcome.errors)
      let told = outcome.output.contains("does not know this processor and is slow")
      XCTAssertEqual(told, isTold, outcome.output)
    }
  }

  func testHelpHasExamples() throws {
    for command in ["classify", "explain", "run", "train", "evaluate", "summary", "report", "doctor"] {
      let help = try Command.succeed(command, "--help").output
      XCTAssertTrue(help.contains("EXAMPLES:") && help.contains("colonnade \(command)"), command)
    }
  }
}
