import ArgumentParser
import Colonnade
import Foundation
import Timing

/// Milliseconds to list a folder of class folders.
@main
struct Command: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "listing",
    abstract:
      "Times how long a folder of class folders takes to list: Benchmarks/compare_listing.py calls it.")

  @Argument(help: "A folder with a folder a class.")
  var folder: String

  @Option(help: "How often it is listed.")
  var rounds = 5

  func validate() throws {
    guard rounds >= 1 else { throw ValidationError("--rounds must be positive") }
  }

  func run() throws {
    for _ in 0..<rounds {
      let start = ContinuousClock.now
      let dataset = try FolderDataset(URL(fileURLWithPath: folder))
      let milliseconds = (ContinuousClock.now - start) / .milliseconds(1)
      print(dataset.count, dataset.classNames.count, milliseconds)
    }
  }
}
