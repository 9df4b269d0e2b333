import Foundation
import XCTest

extension Command {
  /// Runs a script of the shell's in a folder; `$colonnade` is the command. What the script writes is the outcome.
  /// - Parameter arguments: the script's `$@`.
  static func shell(
    _ script: String, in folder: WorkFolder, environment: [String: String] = [:], arguments: [String] = []
  ) throws -> Outcome {
    let running = try RunningCommand(
      "/bin/bash", ["-c", script, "bash"] + arguments, in: folder,
      environment: environment.merging(["colonnade": executable.path]) { $1 })
    return try running.finish()
  }
}

/// The command while it runs.
final class RunningCommand {
  private let process = Process()
  private let files: WorkFolder

  /// - Parameters:
  ///   - folder: where it runs.
  ///   - output: takes the standard output in place of a file.
  init(
    _ program: String, _ arguments: [String], in folder: WorkFolder, environment: [String: String] = [:],
    output: FileHandle? = nil
  ) throws {
    files = try WorkFolder()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.currentDirectoryURL = folder.url
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try output ?? FileHandle(forWritingTo: files.create("output"))
    process.standardError = try FileHandle(forWritingTo: files.create("errors"))
    try process.run()
  }

  /// Of the command itself. Signals that whoever runs the tests has it ignore are not ignored.
  convenience init(
    _ arguments: [String], in folder: WorkFolder, environment: [String: String] = [:],
    output: FileHandle? = nil
  ) throws {
    #if os(Linux)
      let program = ("/usr/bin/env", ["--default-signal=INT,TERM,HUP,PIPE", Command.executable.path])
    #else
      let program = ("/usr/bin/env", [Command.executable.path])
    #endif
    try self.init(program.0, program.1 + arguments, in: folder, environment: environment, output: output)
  }

  /// Waits until something holds; two minutes at most.
  func wait(for condition: () -> Bool, file: StaticString = #filePath, line: UInt = #line) {
    let end = Date(timeIntervalSinceNow: 120)
    while !condition() {
      guard process.isRunning, Date() < end else {
        return XCTFail("what was waited for did not come", file: file, line: line)
      }
      Thread.sleep(forTimeInterval: 0.02)
    }
  }

  func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

  func finish() throws -> Command.Outcome {
    process.waitUntilExit()
    return Command.Outcome(
      code: process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus,
      output: (try? String(contentsOfFile: files.path("output"), encoding: .utf8)) ?? "",
      errors: try String(contentsOfFile: files.path("errors"), encoding: .utf8))
  }
}
