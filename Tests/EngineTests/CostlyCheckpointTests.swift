import Engine
import Foundation
import XCTest

/// Small checkpoints that would cost much more than they are.
final class CostlyCheckpointTests: XCTestCase {
  /// In the legacy format: magic number, version, properties of the machine, and this pickle.
  private func checkpoint(_ pickle: [UInt8]) throws -> String {
    let magic: [UInt8] = [0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19]
    let key = Array("little_endian".utf8)
    var bytes: [UInt8] = [0x80, 2, 0x8A, 10] + magic + [0x2E, 0x80, 2, 0x4D, 0xE9, 3, 0x2E]
    bytes += [0x80, 2, 0x7D, 0x58, UInt8(key.count), 0, 0, 0] + key + [0x88, 0x73, 0x2E]
    let url = FileManager.default.temporaryDirectory.appending(path: "colonnade-\(UUID().uuidString).pth")
    addTeardownBlock { try? FileManager.default.removeItem(at: url) }
    try Data(bytes + [0x80, 2] + pickle + [0x2E]).write(to: url)
    return url.path
  }

  /// Calls that share a long tuple go through it each time: a file of a megabyte could ask for 10¹¹ steps.
  func testCallsThatShareALongTupleAreCounted() throws {
    let tuple =
      [0x28] + Array(repeating: [0x4B, 1] as [UInt8], count: 1 << 16).joined() + [0x74, 0x71, 0, 0x30]
    let function: [UInt8] = Array("ctorch\nSize\n".utf8) + [0x71, 1, 0x30]
    let call: [UInt8] = [0x68, 1, 0x68, 0, 0x85, 0x52, 0x30]
    for (calls, reason) in [(10, "no list of the storages' keys"), (100, "more than 4194304 values")] {
      let pickle: [UInt8] = tuple + function + Array(repeating: call, count: calls).joined() + [0x4E]
      // Behind a pickle that is read comes the list of keys.
      let file = try checkpoint(pickle + [0x2E, 0x80, 2, 0x4E])
      XCTAssertThrowsError(try WeightFile(path: file)) { error in
        XCTAssertTrue("\(error)".contains(reason), "\(error)")
      }
    }
  }
}
