import ArgumentParser
import Colonnade
import Foundation
import Timing

/// Detectors, as compare/detection_worker.py times those of others.
@main
struct Command: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "detection", abstract: "Times detectors, and a step of their training.",
    subcommands: [
      FindCommand.self, TrainCommand.self, FamiliesCommand.self, PartsCommand.self, MetricsCommand.self,
    ])
}

/// What every subcommand is asked.
struct TimingOptions: ParsableArguments {
  @Option(help: "Threads; the default is the number of processors.")
  var threads: Int?

  @Option(name: .customLong("repeat"), help: "How often it is timed, after one time or two to warm up.")
  var repetitions = 5

  func validate() throws {
    guard repetitions >= 1, threads ?? 1 >= 1 else {
      throw ValidationError("--threads and --repeat must be positive")
    }
  }

  func apply() {
    if let threads { Parallel.threads = threads }
  }
}

extension Encodable {
  /// Prints one line of JSON.
  func printJSON() throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    print(String(decoding: try encoder.encode(self), as: UTF8.self))
  }
}

extension [DetectionTimes] {
  /// The median of each stage, in milliseconds.
  var stages: [String: Double] {
    Dictionary(
      uniqueKeysWithValues: DetectionStage.allCases.map { stage in
        (stage.rawValue, Summary(map { $0[stage] * 1e3 }).median)
      })
  }
}

extension Double {
  /// Rounded to thousandths.
  var thousandth: String { "\((self * 1e3).rounded() / 1e3)" }
}
