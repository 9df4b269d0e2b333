import Foundation
import XCTest

/// Files that other tests' scripts wrote.
enum Fixture {
  private static let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()

  /// Of `scripts/goldens/topics/torch_files.py`.
  static func checkpoint(_ name: String) -> String { checkpoints.appending(path: name).path }
  static let checkpoints = tests.appending(path: "EngineTests/Fixtures/checkpoints")

  /// Of `scripts/goldens/topics/numpy_files.py`.
  static func numpy(_ name: String) -> String {
    tests.appending(path: "DatasetsTests/Fixtures/numpy_\(name)").path
  }

  /// Of `scripts/goldens/topics/images.py`.
  static func picture(_ name: String) throws -> Data {
    try Data(contentsOf: tests.appending(path: "DatasetsTests/Fixtures/\(name)"))
  }

  /// Of `scripts/goldens/topics/safetensors_files.py`.
  static let safetensors = tests.appending(path: "EngineTests/Fixtures/types.safetensors").path
}

/// Weights and pictures that are not in the repository.
enum SharedData {
  private static let folder =
    (ProcessInfo.processInfo.environment["COLONNADE_DATA"].map { URL(filePath: $0) }
    ?? URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../shared/data"))
    .standardizedFileURL

  /// - Throws: `XCTSkip` where the file is absent.
  static func path(_ name: String) throws -> String {
    let file = folder.appending(path: name).path
    guard FileManager.default.fileExists(atPath: file) else {
      throw XCTSkip("\(file) is not there (set COLONNADE_DATA)")
    }
    return file
  }
}
