import Colonnade
import Foundation
import XCTest

/// Folders of IDX files, found by their content.
final class IDXCommandTests: XCTestCase {
  private var folder: WorkFolder!
  private var weights: String!

  override func setUpWithError() throws {
    folder = try WorkFolder()
    let network = try Network("resnet20", classes: 10, seed: 4)
    let card = WeightCard(
      network: "resnet20", classNames: (0..<10).map(String.init), inputChannels: 3, inputHeight: 8,
      inputWidth: 8,
      preprocessing: network.card.preprocessing)
    weights = folder.path("ten.safetensors")
    try network.store.save(to: weights, metadata: card.metadata)
  }

  override func tearDown() { folder = nil }

  private static let names = [
    "train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte",
  ]

  /// Pictures of 8×8 with these labels.
  private func write(_ root: String, train: [UInt8], test: [UInt8], names: [String] = IDXCommandTests.names)
    throws
  {
    for (labels, names) in [(train, names.prefix(2)), (test, names.suffix(2))] {
      let count = UInt8(labels.count)
      let pixels = (0..<labels.count * 64).map { UInt8(truncatingIfNeeded: $0 * 7) }
      try folder.write(
        "\(root)/\(names.first!)", Data([0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, 8, 0, 0, 0, 8] + pixels))
      try folder.write("\(root)/\(names.last!)", Data([0, 0, 8, 1, 0, 0, 0, count] + labels))
    }
  }

  private func evaluate(_ root: String) throws -> (count: Int?, errors: [String]) {
    let outcome = try Command.run(["evaluate", folder.path(root), "--weights", weights, "--json"])
    return ((try outcome.json() as? [String: Any])?["count"] as? Int, outcome.errorLines)
  }

  /// Fashion-MNIST's names would be unknown to these weights.
  func testAFolderWithFashionInItsName() throws {
    try write("my-fashion-photos", train: [0, 1, 2, 1], test: [0, 1, 2])
    let (count, errors) = try evaluate("my-fashion-photos")
    XCTAssertEqual(count, 3)
    XCTAssertEqual(errors, [])
  }

  func testOtherNames() throws {
    for (root, names) in [
      ("dots", Self.names.map { $0.replacing("-idx", with: ".idx") }),
      (
        "emnist",
        ["emnist-train-pictures", "emnist-train-labels", "emnist-test-pictures", "emnist-test-labels"]
      ),
    ] {
      try write(root, train: [0, 1, 2], test: [0, 1, 2, 2], names: names)
      XCTAssertEqual(try evaluate(root).count, 4, root)
    }
  }

  /// What several gzips wrote one after another.
  func testMembersOfGzip() throws {
    let labels = (0..<10).map { UInt8($0) }
    try write("members", train: labels, test: labels)
    let outcome = try Command.shell(
      """
      for file in members/*; do
        { head -c 11 "$file" | gzip; tail -c +12 "$file" | gzip; } > "$file.gz" && rm "$file"
      done
      """, in: folder)
    XCTAssertEqual(outcome.code, 0, outcome.errors)
    XCTAssertEqual(try evaluate("members").count, 10)
  }

  func testTheSecondPartMayLackAClass() throws {
    try write("lacks", train: (0..<10).map { UInt8($0) }, test: [0, 1, 2, 3, 4, 5, 6, 7, 8, 8])
    let line = "colonnade: note: \(folder.path("lacks")): no pictures in validation of 9"
    let (count, errors) = try evaluate("lacks")
    XCTAssertEqual(count, 10)
    XCTAssertEqual(errors, [line])
    let trained = try Command.run([
      "train", folder.path("lacks"), "--network", "resnet20", "--epochs", "1", "--out", folder.path("run"),
    ])
    XCTAssertEqual(trained.code, 0, trained.errors)
    XCTAssertEqual(trained.errorLines.first, line)
    XCTAssertEqual(try WeightCard.read(from: folder.path("run/last.safetensors"))?.classNames.count, 10)
  }

  func testFilesThatContradictEachOther() throws {
    try write("short", train: [0, 1], test: [0, 1])
    try folder.write("short/t10k-labels-idx1-ubyte", Data([0, 0, 8, 1, 0, 0, 0, 9, 0]))
    try Command.fail(
      65, "t10k-labels-idx1-ubyte", "1 element where", arguments: "evaluate", folder.path("short"),
      "--weights",
      weights)
    try folder.write("short/copy-of-t10k-labels", Data([0, 0, 8, 1, 0, 0, 0, 1, 0]))
    try Command.fail(
      65, "2 files", "labels", arguments: "evaluate", folder.path("short"), "--weights", weights)
  }
}
