import Datasets
import Engine
import Foundation
import Images
import TestSupport
import Training
import XCTest

/// The studies of transfer and of learning without labels, at the least size.
final class TransferStudyTests: XCTestCase {
  /// Four classes that are told by where the light is.
  private func pictures(perClass count: Int, seed: UInt64) -> InMemoryDataset {
    var generator = RandomStream(seed: seed)
    let labels = (0..<4 * count).map { $0 % 4 }
    let pixels = labels.flatMap { label in
      (0..<64).map { place -> UInt8 in
        let isLight = (place % 8 < 4) == (label % 2 == 0) && (place / 8 < 4) == (label / 2 == 0)
        return UInt8(generator.uniform(isLight ? 128 : 0, isLight ? 255 : 127))
      }
    }
    return InMemoryDataset(
      width: 8, height: 8, channels: 1, pixels: pixels, labels: labels, classNames: ["a", "b", "c", "d"])
  }

  private func context(_ folder: URL, say: @escaping (String) -> Void = { _ in }) -> StudyContext {
    var options = StudyOptions()
    (options.epochs, options.seeds) = (1, [1, 2])
    return StudyContext(
      data: DataSource(
        name: "lights", train: pictures(perClass: 8, seed: 1), validation: pictures(perClass: 3, seed: 2)),
      options: options, folder: folder, say: say)
  }

  private func check(_ result: StudyResult, series: [String], points: Int) throws {
    XCTAssertEqual(result.figures.first?.series.map(\.name), series)
    for line in result.figures.flatMap(\.series) {
      XCTAssertEqual(line.points.count, points)
      XCTAssertEqual(line.points.map(\.x), line.points.map(\.x).sorted())
      for point in line.points {
        let (low, high) = (try XCTUnwrap(point.low), try XCTUnwrap(point.high))
        XCTAssertTrue(0 <= low && low <= point.y && point.y <= high && high <= 1, "\(point)")
      }
    }
    XCTAssertEqual(result.tables.first?.rows.count, series.count * points)
    XCTAssertFalse(result.paragraphs.isEmpty || result.differences.isEmpty)
    XCTAssertFalse(result.paragraphs.joined().contains("nan"), result.paragraphs.joined())
    XCTAssertEqual(
      try JSONDecoder().decode(StudyResult.self, from: JSONEncoder().encode(result)), result)
  }

  /// Run once more, nothing is trained, and the same comes out.
  func testTransfer() throws {
    let folder = temporaryFolder()
    let study = try XCTUnwrap(Studies.study(named: "transfer"))
    let result = try study.run(context(folder))
    try check(result, series: ["from scratch", "frozen trunk", "fine-tuned"], points: 3)
    XCTAssertTrue(result.paragraphs[0].contains("a, c") && result.paragraphs[0].contains("b, d"))
    let again = try study.run(context(folder))
    XCTAssertEqual(again.tables, result.tables)
    // Two of the four classes.
    XCTAssertEqual(result.figures[0].series[0].points.map(\.x), [2, 4, 16])
  }

  func testSelfSupervision() throws {
    let folder = temporaryFolder()
    let study = try XCTUnwrap(Studies.study(named: "selfsupervision"))
    let result = try study.run(context(folder))
    try check(result, series: ["random", "rotation", "simclr", "supervised"], points: 4)
    let probes = folder.appending(path: "probes.json")
    let known = try JSONDecoder().decode([String: Double].self, from: Data(contentsOf: probes))
    let written = try Data(contentsOf: probes)
    // Of eight pictures a class, two and ten per cent are one: these probes are the same.
    XCTAssertEqual(known.count, 4 * 3 * 2)
    XCTAssertEqual(try study.run(context(folder)).tables, result.tables)
    XCTAssertEqual(try Data(contentsOf: probes), written)
  }

  /// Of every class as many, smaller shares within larger ones, other pictures with another seed.
  func testSharesOfLabels() throws {
    let data = pictures(perClass: 20, seed: 3)
    let (few, more) = (try data.labelled(share: 0.1, seed: 5), try data.labelled(share: 0.5, seed: 5))
    for (part, count) in [(few, 2), (more, 10)] {
      for label in 0..<4 {
        XCTAssertEqual(try (0..<part.count).count { try part.target(at: $0) == label }, count)
      }
    }
    XCTAssertTrue(Set(few.indices).isSubset(of: more.indices))
    XCTAssertNotEqual(try data.labelled(share: 0.5, seed: 6).indices, more.indices)
    XCTAssertEqual(try data.labelled(share: 1, seed: 5).indices, Array(0..<80))
    XCTAssertEqual(try data.labelled(share: 0.001, seed: 5).count, 4)
    let half = try DataSource(name: "lights", train: data, validation: data).choosing(classes: [3, 1])
    XCTAssertEqual(half.train.classNames, ["d", "b"])
    XCTAssertEqual(half.train.count, 40)
    XCTAssertEqual(try half.train.example(at: 0), Example(image: data.example(at: 1).image, label: 1))
    XCTAssertEqual(try half.train.example(at: 1), Example(image: data.example(at: 3).image, label: 0))
  }
}
