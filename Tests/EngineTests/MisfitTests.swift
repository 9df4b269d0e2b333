import Engine
import XCTest

/// What does not fit is told in pairs: the missing key beside the one of the file that is meant.
final class MisfitTests: XCTestCase {
  private typealias Misfit = WeightFileError.Misfit

  /// "network's = file's" for each pair.
  private func pairs(_ missing: [(String, Shape)], _ unexpected: [(String, Shape)]) -> [String] {
    let misfits =
      missing.map { Misfit.missing(key: $0, shape: $1) }
      + unexpected.map { Misfit.unexpected(key: $0, shape: $1) }
    return Misfit.summary(misfits, limit: 100).components(separatedBy: "; ").compactMap { line in
      let parts = line.components(separatedBy: " is missing, where the file has ")
      return parts.count == 2 ? parts.map { $0.prefix { $0 != " " } }.joined(separator: " = ") : nil
    }
  }

  func testPairs() {
    // A prefix of a part of the keys, equal shapes everywhere.
    let names = ["layer1.0.conv1.weight", "layer1.0.conv2.weight", "layer1.1.conv1.weight"]
    XCTAssertEqual(
      pairs(names.map { ($0, [8, 8, 3, 3]) }, names.reversed().map { ("body." + $0, [8, 8, 3, 3]) }),
      names.map { "\($0) = body.\($0)" })
    // Renamed: by shape and what the tensor is.
    XCTAssertEqual(
      pairs(
        [("fc.weight", [10, 64]), ("fc.bias", [10])], [("head.bias", [10]), ("head.weight", [10, 64])]),
      ["fc.weight = head.weight", "fc.bias = head.bias"])
    // A letter: the nearer one, although both have the shape.
    XCTAssertEqual(
      pairs([("downsample.0.weight", [4])], [("up.0.weight", [4]), ("downsampel.0.weight", [4])]),
      ["downsample.0.weight = downsampel.0.weight"])
    // Another shape, nearly the same name; equal shapes first.
    XCTAssertEqual(pairs([("fc.weight", [10, 64])], [("fc_.weight", [5, 64])]), ["fc.weight = fc_.weight"])
    XCTAssertEqual(
      pairs([("fc.weight", [10, 64])], [("fc_.weight", [5, 64]), ("fd.weight", [10, 64])]),
      ["fc.weight = fd.weight"])
    // A bias is no running mean, and what has nothing in common is no pair.
    XCTAssertEqual(pairs([("bn1.bias", [64])], [("norm.running_mean", [64])]), [])
    XCTAssertEqual(pairs([("fc.weight", [10, 64])], [("extra.weight", [2])]), [])
    // Each is told once.
    XCTAssertEqual(
      pairs([("a.weight", [1]), ("b.weight", [1])], [("c.weight", [1])]), ["a.weight = c.weight"])
  }

  func testCountsAndBothShapes() {
    var misfits = (0..<7).map { Misfit.missing(key: "layer\($0).weight", shape: [3, 4]) }
    misfits += (0..<9).map { Misfit.unexpected(key: "stage\($0).weight", shape: [3, 4]) }
    misfits.append(.wrongShape(key: "fc.weight", file: [5, 2], network: [10, 2]))
    let text = Misfit.summary(misfits)
    XCTAssertTrue(text.hasPrefix("7 missing, 9 not expected, 1 of another shape: "), text)
    XCTAssertTrue(
      text.contains("layer0.weight [3, 4] is missing, where the file has stage0.weight [3, 4]"), text)
    XCTAssertTrue(text.contains("stage3.weight [3, 4] is not expected"), text)
    // Three pairs and two alone of 17.
    XCTAssertTrue(text.hasSuffix("; and 9 more"), text)
    XCTAssertEqual(Misfit.summary(Array(misfits.prefix(1))), "layer0.weight [3, 4] is missing")
    XCTAssertEqual(
      Misfit.summary([misfits[16]]), "fc.weight is [5, 2] in the file, [10, 2] in the network")
  }

  /// Keys of any length and number cost no time worth speaking of, and no more than a line.
  func testHostileKeys() {
    let long = String(repeating: "\u{1B}[31m", count: 2000)
    let misfits =
      (0..<1000).map { Misfit.missing(key: "\($0)\(long)", shape: [1]) }
      + (0..<1000).map { Misfit.unexpected(key: "\(long)\($0)", shape: [2]) }
    let text = Misfit.summary(misfits)
    XCTAssertLessThan(text.count, 2500)
    XCTAssertFalse(text.contains("\u{1B}"))
  }

  /// As a loss with weights of its own leaves a network beside it: the part that has all of the network is named.
  func testAPartThatHasAllThatIsMissing() {
    let names = ["conv1.weight", "fc.weight", "fc.bias"]
    let missing = names.map { Misfit.missing(key: $0, shape: [3]) }
    func summary(_ keys: [String]) -> String {
      Misfit.summary(missing + keys.map { Misfit.unexpected(key: $0, shape: [3]) })
    }
    XCTAssertTrue(
      summary(["criterion.weight"] + names.map { "model." + $0 }).hasSuffix(
        "all that is missing is there under model: choose that key"),
      summary(["criterion.weight"] + names.map { "model." + $0 }))
    XCTAssertFalse(summary(["model.conv1.weight", "model.fc.weight", "head.fc.bias"]).contains("choose"))
    // One part looks like it, another is it.
    XCTAssertTrue(
      summary(["a.conv1.weight"] + names.map { "b.c." + $0 }).contains("is there under b.c:"))
  }
}
