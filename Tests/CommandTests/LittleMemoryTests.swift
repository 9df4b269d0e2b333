import Foundation
import XCTest

/// Under limits of address space the command ends: in its result, or in one line.
final class LittleMemoryTests: XCTestCase {
  #if os(Linux)
    /// Runs `colonnade summary resnet50` with at most so many MiB of address space.
    private func summary(mebibytes: Int) throws -> Command.Outcome {
      try Command.run(
        ["summary", "resnet50", "--threads", "2"], environment: ["OPENBLAS_NUM_THREADS": "1"],
        addressSpace: mebibytes << 10)
    }

    func testTooLittleIsOneLine() throws {
      let outcome = try summary(mebibytes: 200)
      XCTAssertEqual(outcome.code, 71, outcome.errors)
      XCTAssertEqual(outcome.errorLines.count, 1, outcome.errors)
      XCTAssertTrue(outcome.errors.contains("address space"), outcome.errors)
    }

    /// A thread of OpenBLAS's own asks for a buffer without end from the start, and its library waits for that thread.
    func testTheProcessEndsWhereOpenBLASHasNoRoom() throws {
      let outcome = try Command.run(["--version"], addressSpace: 300_000)
      XCTAssertEqual(outcome.code, 0, outcome.errors)
      XCTAssertFalse(outcome.output.isEmpty)
    }

    /// OpenBLAS would ask for its buffers without end.
    func testNoLimitIsWaitedOut() throws {
      for mebibytes in [300, 450, 600] {
        let outcome = try summary(mebibytes: mebibytes)
        XCTAssertTrue([0, 71].contains(outcome.code), "\(mebibytes) MiB: \(outcome.code), \(outcome.errors)")
      }
    }
  #endif
}
