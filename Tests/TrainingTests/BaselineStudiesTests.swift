import Datasets
import Engine
import Foundation
import Images
import Models
import TestSupport
import Training
import XCTest

/// The studies of features made by hand, of imbalance and of robustness, from pictures to tables, at the least size.
final class BaselineStudiesTests: XCTestCase {
  private func data(training: Int = 40, validation: Int = 12, side: Int = 32) -> DataSource<Int> {
    DataSource(
      name: "stripes", train: ClassicalClassifierTests.stripes(training, seed: 1, side: side),
      validation: ClassicalClassifierTests.stripes(validation, seed: 2, side: side), attribution: "nobody")
  }

  private func context(
    _ data: DataSource<Int>, _ folder: URL, seeds: [UInt64] = [1], size: Int? = nil, weights: URL? = nil,
    said: @escaping (String) -> Void = { _ in }
  ) -> StudyContext {
    var options = StudyOptions()
    (options.seeds, options.epochs, options.size, options.weights) = (seeds, 1, size, weights)
    return StudyContext(data: data, options: options, folder: folder, say: said)
  }

  /// The numbers of a table's column, means where there are several.
  private func column(_ title: String, _ table: StudyTable) throws -> [Double?] {
    let place = try XCTUnwrap(table.columns.firstIndex { $0.title == title }, title)
    return table.rows.map { row in
      switch row[place] {
      case .number(let value), .spread(let value, _): value
      case .text, .none: nil
      }
    }
  }

  private func assertShares(
    _ table: StudyTable, file: StaticString = #filePath, line: UInt = #line
  ) throws {
    for (place, column) in table.columns.enumerated()
    where column.unit == .share && !column.title.contains("mCE") {
      for row in table.rows {
        switch row[place] {
        case .number(let value), .spread(let value, _):
          XCTAssertTrue(0...1 ~= value, "\(table.title), \(column.title): \(value)", file: file, line: line)
        case .text, .none: break
        }
      }
    }
  }

  func testStudiesHaveNames() {
    for name in ["baseline", "bias", "robustness"] {
      XCTAssertEqual(Studies.study(named: name)?.name, name)
    }
    XCTAssertNil(Studies.study(named: "nothing"))
  }

  func testBaselineThenAgainThenWithWeights() throws {
    let (folder, weights) = (temporaryFolder(), temporaryFolder())
    var study = BaselineStudy()
    (study.networks, study.options) = (["resnet20"], ClassicalClassifierTests.options)
    let data = data()
    var said: [String] = []
    let first = try study.run(context(data, folder, seeds: [1, 2], size: 16) { said.append($0) })
    XCTAssertEqual(first.study, "baseline")
    XCTAssertEqual(first.attribution, "nobody")
    let table = try XCTUnwrap(first.tables.first)
    XCTAssertEqual(
      table.rows.map { $0[0] },
      [
        .text("HOG"), .text("dense SIFT, bag of words"), .text("dense SIFT, Fisher vectors"),
        .text("resnet20, trained on these pictures"),
      ])
    let errors = try column("top-1 error", table)
    XCTAssertEqual(errors.prefix(3).map { $0 }, [0, 0, 0], "stripes are easy")
    // Enlarged to 64 pixels: 7×7 blocks.
    XCTAssertEqual(try column("numbers a picture", table), [49 * 36, 40, 24, 64])
    XCTAssertEqual(try column("parameters", table)[0], 3530)
    for row in table.rows {
      guard case .spread = row[3] else { return XCTFail("\(row[0]): \(row[3]) of two seeds") }
    }
    XCTAssertEqual(
      said.filter { $0.hasSuffix("describing and learning") }.map { $0.prefix { $0 != ":" } },
      [1, 2].flatMap { seed in ClassicalMethod.allCases.map { "\($0.name), seed \(seed)" } })
    for table in first.tables { try assertShares(table) }
    XCTAssertTrue(first.tables[1].columns.allSatisfy(\.isPublished))
    XCTAssertEqual(first.tables[2].rows.count, 2, "a row a class")
    XCTAssertEqual(first.figures.first?.series.map(\.points.count), [2, 2, 2, 2])

    // What was done is not done again; published weights are another row.
    let own = weights.appending(path: "resnet20")
    try FileManager.default.createDirectory(at: own, withIntermediateDirectories: true)
    let training = StudyTraining(
      "kept", on: data, preprocessing: .plain(channels: 1), configuration: TrainingConfiguration()
    ) { try Network("resnet20", classes: 2, inputChannels: 1, seed: $0) }
    let kept = try context(data, temporaryFolder()).train([training], wish: 1, keepsWeights: true).runs[0][0]
    try FileManager.default.copyItem(at: kept.directory.best, to: own.appending(path: "some.safetensors"))
    said = []
    let second = try study.run(
      context(data, folder, seeds: [1, 2], size: 16, weights: weights) { said.append($0) })
    XCTAssertFalse(said.contains { $0.contains("describing") }, "\(said)")
    XCTAssertEqual(Array(second.tables[0].rows.prefix(4)), table.rows)
    XCTAssertEqual(second.tables[0].rows.count, 5)
    XCTAssertEqual(second.tables[0].rows[4][0], .text("resnet20, published weights, linear SVM"))
    XCTAssertEqual(try column("numbers a picture", second.tables[0])[4], 64)
    XCTAssertEqual(try column("parameters", second.tables[0])[4], 2 * 65, "the machines', not the network's")
    guard case .spread = second.tables[0].rows[4][3] else { return XCTFail("machines of one seed") }
    // What is said follows from the table.
    XCTAssertTrue(
      second.paragraphs[1].hasPrefix("Of each kind the best: resnet20, trained on these pictures has "),
      second.paragraphs[1])
    XCTAssertTrue(second.paragraphs[1].contains("resnet20, published weights, linear SVM has "))
    for table in second.tables { try assertShares(table) }
  }

  /// Where the budget is too small for features made by hand with all seeds, they have one, and the page says so.
  func testBaselineOfASmallBudget() throws {
    var study = BaselineStudy()
    (study.networks, study.options) = (["resnet20"], ClassicalClassifierTests.options)
    study.methods = [.hog]
    var options = StudyOptions()
    (options.seeds, options.budget) = ([1, 2], 1e-3)
    let context = StudyContext(data: data(), options: options, folder: temporaryFolder()) { _ in }
    let result = try study.run(context)
    let row = result.tables[0].rows[0]
    guard case .number = row[3] else { return XCTFail("\(row[3]) of one seed") }
    XCTAssertTrue(
      result.differences.contains {
        $0.contains("Features made by hand have 1 seed of the 2 that networks have")
      }, "\(result.differences)")
    XCTAssertTrue(
      result.paragraphs.last?.contains("for what else is computed") ?? false, "\(result.paragraphs)")
  }

  /// Features made by hand see photographs at 128 pixels, whatever networks see.
  func testBaselineOfPhotographs() throws {
    var study = BaselineStudy()
    (study.networks, study.options) = (["resnet20"], ClassicalClassifierTests.options)
    study.methods = [.hog]
    let result = try study.run(
      context(data(training: 8, validation: 4, side: 65), temporaryFolder(), size: 16))
    // 15×15 blocks.
    XCTAssertEqual(try column("numbers a picture", result.tables[0]), [225 * 36, 64])
    XCTAssertEqual(
      result.paragraphs.last,
      "Every run has 1 epoch, as was asked for. Of the pictures: resnet20 sees them at 16×16. "
        + "Features made by hand are taken of them at 128×128.")
  }

  func testBias() throws {
    struct Grouped: Dataset {
      let base: InMemoryDataset
      var count: Int { base.count }
      var classNames: [String] { base.classNames }
      func target(at index: Int) -> Int { base.target(at: index) }
      func example(at index: Int) -> Example<Int> { base.example(at: index) }
      func group(at index: Int) -> String? { index < 4 ? "first" : "others" }
    }
    var study = BiasStudy()
    (study.ratio, study.network) = (10, "resnet20")
    let plain = data(training: 60, side: 8)
    let grouped = DataSource<Int>(
      name: "stripes", train: plain.train,
      validation: Grouped(base: ClassicalClassifierTests.stripes(12, seed: 2, side: 8)), attribution: "nobody"
    )
    let folder = temporaryFolder()
    let result = try study.run(context(grouped, folder))
    XCTAssertEqual(result.tables.count, 2)
    let table = result.tables[0]
    XCTAssertEqual(
      table.rows.map { $0[0] },
      [.text("nothing"), .text("class weights"), .text("balanced sampling"), .text("focal loss")])
    for table in result.tables { try assertShares(table) }
    // Two classes, 30 and 3 pictures.
    XCTAssertTrue(
      result.paragraphs[1].contains("The remedy with the highest mean is ")
        && result.paragraphs[1].hasSuffix("one seed each says little."), result.paragraphs[1])
    XCTAssertEqual(table.columns[1].title, "classes (3 pictures a class)")
    XCTAssertEqual(table.columns[2].title, "classes (30 pictures a class)")
    for row in 0..<4 {
      let shares = try (1...2).map { try XCTUnwrap(try column(table.columns[$0].title, table)[row]) }
      let balanced = try XCTUnwrap(try column("balanced accuracy", table)[row])
      XCTAssertEqual(balanced, (shares[0] + shares[1]) / 2, accuracy: 1e-9)
    }
    let groups = result.tables[1]
    XCTAssertEqual(
      groups.rows.map { $0[0] }, [.text("first"), .text("others"), .text("best less worst group")])
    XCTAssertEqual(try column("pictures", groups), [4, 8, nil])
    let overall = try XCTUnwrap(try column("accuracy", table)[0])
    let byGroup = try column("nothing", groups).compactMap { $0 }
    XCTAssertEqual(overall, (byGroup[0] * 4 + byGroup[1] * 8) / 12, accuracy: 1e-9)
    XCTAssertEqual(byGroup[2], abs(byGroup[0] - byGroup[1]), accuracy: 1e-9)
    XCTAssertEqual(
      result.figures.first?.series.map { $0.points.map(\.x) }, [[Double]](repeating: [3, 30], count: 4))

    // Configurations are what they are called.
    func configuration(_ name: String) throws -> TrainingConfiguration {
      let run = RunDirectory(folder.appending(path: "\(name)/seed-1"))
      return try run.readDescription().configuration
    }
    XCTAssertEqual(try configuration("class-weights").classWeights, .balanced)
    XCTAssertEqual(try configuration("balanced-sampling").sampling, .balanced)
    XCTAssertEqual(try configuration("focal-loss").focalGamma, 2)
    XCTAssertNil(try configuration("nothing").focalGamma)
    XCTAssertEqual(
      try RunDirectory(folder.appending(path: "nothing/seed-1")).readDescription().trainingPictures, 33)
    let without = try study.run(context(plain, folder))
    XCTAssertEqual(without.tables.count, 1, "no groups, no table of them")
  }

  func testRobustnessOfTrainedNetworksThenOfFoundWeights() throws {
    let (folder, weights) = (temporaryFolder(), temporaryFolder())
    var study = RobustnessStudy()
    (study.networks, study.pictures) = (["resnet20"], 4)
    let data = data(training: 20, validation: 12, side: 8)
    let result = try study.run(context(data, folder))
    let table = result.tables[0]
    XCTAssertEqual(table.rows.count, 2)
    XCTAssertEqual(table.rows[0][0], .text("resnet20, no augmentation"))
    XCTAssertEqual(table.rows[1][0], .text("resnet20, augmentation (crop)"))
    for table in result.tables { try assertShares(table) }
    let mean = try XCTUnwrap(try column("mean error", table)[0])
    let all = try Corruption.allCases.map { try XCTUnwrap(try column($0.name, table)[0]) }
    XCTAssertEqual(mean, all.reduce(0, +) / 6, accuracy: 1e-9)
    // The first is the baseline of both: its own errors over themselves.
    if let own = try column("mCE", table)[0] { XCTAssertEqual(own, 1, accuracy: 1e-9) }
    XCTAssertFalse(table.columns.contains { $0.isPublished })
    XCTAssertEqual(result.figures.count, 8)
    XCTAssertEqual(result.figures[0].series.map(\.points.count), [6, 6])

    let file = weights.appending(path: "resnet20.safetensors")
    try FileManager.default.createDirectory(at: weights, withIntermediateDirectories: true)
    try FileManager.default.copyItem(
      at: folder.appending(path: "resnet20-augmented/seed-1/best.safetensors"), to: file)
    let published = try study.run(context(data, folder, weights: weights))
    XCTAssertEqual(published.tables[0].rows.map { $0[0] }, [.text("resnet20, published weights")])
    XCTAssertEqual(published.tables[0].columns.count { $0.isPublished }, 2)
    // The same network on the same pictures.
    XCTAssertEqual(try column("mean error", published.tables[0])[0], try column("mean error", table)[1])
    // Other weights under the same name are measured.
    try FileManager.default.removeItem(at: file)
    try FileManager.default.copyItem(
      at: folder.appending(path: "resnet20-plain/seed-1/best.safetensors"), to: file)
    var said: [String] = []
    _ = try study.run(context(data, folder, weights: weights) { said.append($0) })
    XCTAssertTrue(said.contains { $0.contains("passes over") }, "\(said)")

    // Of other classes it is said, and nothing is measured with it.
    let others = DataSource<Int>(
      name: "others", train: RelabelledDataset(data.train, classNames: ["rows", "columns", "third"]),
      validation: RelabelledDataset(data.validation, classNames: ["rows", "columns", "third"]))
    var options = StudyOptions()
    (options.seeds, options.epochs, options.weights, options.size) = ([1], 1, weights, 8)
    let third = try study.run(
      StudyContext(data: others, options: options, folder: temporaryFolder()) { _ in })
    XCTAssertEqual(third.tables[0].rows.count, 2)
    XCTAssertTrue(third.differences.contains { $0.contains("the network does not know the class third") })
  }
}
