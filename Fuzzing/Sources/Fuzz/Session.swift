import CFuzzing
import Colonnade
import Foundation

/// One reader's turn: reads input after input in a folder of its own.
final class Session: Sendable {
  let reader: Reader
  private let folder: URL
  /// Whether it says what became of each input.
  private let shows = CommandLine.arguments.contains("--show")

  init(_ reader: Reader) throws {
    self.reader = reader
    folder = FileManager.default.temporaryDirectory
      .appending(path: "fuzz-\(ProcessInfo.processInfo.processIdentifier)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  func end() { try? FileManager.default.removeItem(at: folder) }

  /// Reads an input; returns when it was read or refused.
  /// - Returns: -1 where the input is not worth keeping, 0 otherwise.
  func read(_ bytes: [UInt8]) -> Int32 {
    guard !reader.isSkipped(bytes) else { return -1 }
    var outcome = "read"
    allocations_begin(reader.allowance(bytes))
    do {
      try reader.read(Input(bytes: bytes, folder: folder))
    } catch {
      // What people would see of it is made too.
      outcome = "\(error)"
      guard !(error is DecodingError), !(error is CocoaError), !outcome.isEmpty else {
        fatalError("fuzz: an error that names no file: \(error)")
      }
    }
    let most = allocations_end()
    if shows { print("\(bytes.count) bytes, \(most) more held at most: \(outcome)") }
    return 0
  }
}
