import Foundation
import XCTest

/// The built command, run as a process of its own.
enum Command {
  struct Outcome {
    let code: Int32
    let output: String
    let errors: String

    /// The lines of the standard error.
    var errorLines: [String] { errors.split(separator: "\n").map(String.init) }

    /// The standard output as JSON.
    func json(file: StaticString = #filePath, line: UInt = #line) throws -> Any {
      XCTAssertEqual(code, 0, errors, file: file, line: line)
      return try JSONSerialization.jsonObject(with: Data(output.utf8), options: .fragmentsAllowed)
    }
  }

  /// SwiftPM puts executables beside the tests.
  static var executable: URL {
    let bundle = Bundle(for: WorkFolder.self).bundleURL
    #if os(macOS)
      return bundle.deletingLastPathComponent().appendingPathComponent("colonnade")
    #else
      return bundle.appendingPathComponent("colonnade")
    #endif
  }

  /// - Parameters:
  ///   - output: takes the standard output in place of a pipe; ``Outcome/output`` is then empty.
  ///   - addressSpace: KiB that the process may have at most.
  ///   - input: comes to the standard input through a pipe; at most as much as a pipe holds, 64 KiB.
  ///   - directory: where the process runs.
  static func run(
    _ arguments: [String], environment: [String: String] = [:], output: FileHandle? = nil,
    addressSpace: Int? = nil, input: Data? = nil, directory: URL? = nil
  ) throws -> Outcome {
    let process = Process()
    process.executableURL = executable
    process.arguments = arguments
    if let addressSpace {
      process.executableURL = URL(fileURLWithPath: "/bin/sh")
      let script = #"ulimit -v "$0" && exec "$@""#
      process.arguments = ["-c", script, "\(addressSpace)", executable.path] + arguments
    }
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    if let input {
      let pipe = Pipe()
      pipe.fileHandleForWriting.write(input)
      try pipe.fileHandleForWriting.close()
      process.standardInput = pipe
    }
    if let directory { process.currentDirectoryURL = directory }
    // Files cannot fill up as pipes do while the other one is read.
    let folder = try WorkFolder()
    let (outputFile, errorFile) = (try folder.create("output"), try folder.create("errors"))
    process.standardOutput = try output ?? FileHandle(forWritingTo: outputFile)
    process.standardError = try FileHandle(forWritingTo: errorFile)
    try process.run()
    process.waitUntilExit()
    return Outcome(
      code: process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus,
      output: try String(contentsOf: outputFile, encoding: .utf8),
      errors: try String(contentsOf: errorFile, encoding: .utf8))
  }

  /// Runs what must succeed.
  @discardableResult
  static func succeed(
    _ arguments: String..., file: StaticString = #filePath, line: UInt = #line
  ) throws -> Outcome {
    let outcome = try run(arguments)
    XCTAssertEqual(outcome.code, 0, outcome.errors, file: file, line: line)
    return outcome
  }

  /// Runs what must fail with `code`, nothing on the standard output, and one line on the standard error that holds
  /// each of `texts`.
  static func fail(
    _ code: Int32, _ texts: String..., arguments: String..., file: StaticString = #filePath,
    line: UInt = #line
  ) throws {
    let outcome = try run(arguments)
    XCTAssertEqual(outcome.code, code, outcome.errors, file: file, line: line)
    XCTAssertEqual(outcome.output, "", file: file, line: line)
    XCTAssertEqual(outcome.errorLines.count, 1, outcome.errors, file: file, line: line)
    XCTAssertTrue(outcome.errors.hasPrefix("colonnade: error: "), outcome.errors, file: file, line: line)
    for text in texts {
      XCTAssertTrue(
        outcome.errors.contains(text), "'\(text)' is not in: \(outcome.errors)", file: file, line: line)
    }
  }
}

/// A folder that is gone when the object is.
final class WorkFolder {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent("colonnade-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func path(_ name: String) -> String { url.appendingPathComponent(name).path }

  /// An empty file.
  func create(_ name: String) throws -> URL {
    URL(fileURLWithPath: try write(name, Data()))
  }

  /// Writes a file and the folders it is in.
  /// - Returns: its path.
  @discardableResult
  func write(_ name: String, _ data: Data) throws -> String {
    let file = url.appendingPathComponent(name)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try data.write(to: file)
    return file.path
  }

  /// Makes an empty folder.
  /// - Returns: its path.
  func makeFolder(_ name: String) throws -> String {
    try FileManager.default.createDirectory(
      at: url.appendingPathComponent(name), withIntermediateDirectories: true)
    return path(name)
  }
}
