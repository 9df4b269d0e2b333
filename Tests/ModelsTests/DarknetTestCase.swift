import Engine
import Foundation
import Models
import XCTest

/// Small networks, and weight files for them in a folder that is gone after the test.
class DarknetTestCase: XCTestCase {
  private(set) var folder: URL!

  override func setUpWithError() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "darknet-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  override func tearDown() { try? FileManager.default.removeItem(at: folder) }

  /// A weight file: version, pictures seen (64 bits where `isWide`), numbers, and bytes after them.
  func file(
    _ numbers: [Float], version: [Int32] = [0, 2, 0], seen: UInt64 = 7, isWide: Bool = true, tail: Int = 0
  ) throws -> String {
    var data = Data()
    for number in version { withUnsafeBytes(of: number.littleEndian) { data.append(contentsOf: $0) } }
    withUnsafeBytes(of: seen.littleEndian) { data.append(contentsOf: $0.prefix(isWide ? 8 : 4)) }
    for number in numbers {
      withUnsafeBytes(of: number.bitPattern.littleEndian) { data.append(contentsOf: $0) }
    }
    data.append(Data(repeating: 0, count: tail))
    let url = folder.appending(path: "\(UUID().uuidString).weights")
    try data.write(to: url)
    return url.path
  }

  func network(_ text: String) throws -> DarknetNetwork {
    let architecture = try DarknetArchitecture(DarknetConfiguration(text, file: "a.cfg"))
    return DarknetNetwork(ParameterStore(initializes: false).scope, architecture)
  }

  /// Positive, so that they may be variances.
  func numbers(_ count: Int, seed: UInt64) -> [Float] {
    var generator = RandomStream(seed: seed)
    return (0..<count).map { _ in generator.uniform(0.05, 0.6) }
  }
}
