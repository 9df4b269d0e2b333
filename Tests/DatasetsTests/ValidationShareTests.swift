import Datasets
import Foundation
import XCTest

final class ValidationShareTests: XCTestCase {
  /// Labels alone.
  private struct Labels: Dataset {
    let labels: [Int]
    var count: Int { labels.count }
    var classNames: [String] { (0...labels.max()!).map(String.init) }
    func target(at index: Int) -> Int { labels[index] }
    func example(at index: Int) -> Example<Int> {
      Example(image: Image(width: 1, height: 1, repeating: 0), label: labels[index])
    }
  }

  private func counts(_ labels: [Int], of indices: [Int]) -> [Int] {
    (0...labels.max()!).map { label in indices.count { labels[$0] == label } }
  }

  func testEveryClassGivesItsShare() throws {
    // 50 of class 0, 11 of class 1, 2 of class 2, 1 of class 3.
    let labels = (0..<64).map { $0 < 50 ? 0 : $0 < 61 ? 1 : $0 < 63 ? 2 : 3 }.shuffledByStride()
    let data = Labels(labels: labels)
    let (train, validation) = try data.split(share: 0.2, seed: 1)
    XCTAssertEqual(counts(labels, of: validation), [10, 2, 1, 0])
    XCTAssertEqual((train + validation).sorted(), Array(0..<64))
    XCTAssertEqual(train, train.sorted())
    XCTAssertEqual(validation, validation.sorted())
    let most = try data.split(share: 0.99, seed: 1)
    XCTAssertEqual(counts(labels, of: most.train), [1, 1, 1, 1], "of each class one stays to train on")
  }

  func testTheSeedDecides() throws {
    let data = Labels(labels: (0..<400).map { $0 % 4 })
    let first = try data.split(share: 0.25, seed: 7).validation
    XCTAssertEqual(try data.split(share: 0.25, seed: 7).validation, first)
    XCTAssertNotEqual(try data.split(share: 0.25, seed: 8).validation, first)
    XCTAssertNotEqual(first.filter { $0 % 4 == 0 }, first.filter { $0 % 4 == 1 }.map { $0 - 1 })
  }

  func testFolders() throws {
    let folder = try TemporaryFolder()
    for name in ["a", "b"] {
      for index in 0..<10 {
        try folder.writePictures("plain/\(name)/\(index).png", "parts/train/\(name)/\(index).png")
      }
    }
    var options = DataOptions()
    options.validationShare = 0.3
    for name in ["plain", "parts"] {
      let source = try DataSource.open(folder.path(name), options)
      XCTAssertEqual([source.train.count, source.validation.count], [14, 6], name)
      XCTAssertEqual(source.validation.classNames, ["a", "b"])
      XCTAssertEqual(try (0..<6).map { try source.validation.target(at: $0) }, [0, 0, 0, 1, 1, 1])
      let alone = try DataSource<Int>.pictures(of: .validation, in: folder.path(name), options).pictures
      XCTAssertEqual(alone.count, 6, name)
    }
    try folder.writePictures("parts/val/a/1.png")
    XCTAssertThrowsError(try DataSource.open(folder.path("parts"), options)) { error in
      XCTAssertEqual(error as? DatasetError, .hasValidation(path: folder.path("parts")))
    }
    XCTAssertThrowsError(try DataSource.open("builtin:digits", options)) { error in
      XCTAssertEqual(error as? DatasetError, .hasValidation(path: "digits"))
    }
  }
}

extension [Int] {
  /// In another order, always the same.
  fileprivate func shuffledByStride() -> [Int] { indices.map { self[$0 * 13 % count] } }
}
