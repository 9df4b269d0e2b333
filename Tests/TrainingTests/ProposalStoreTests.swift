import Datasets
import Engine
import Foundation
import Images
import Training
import XCTest

final class ProposalStoreTests: XCTestCase {
  private struct Pictures: Dataset {
    let count: Int
    func example(at index: Int) -> Example<[LabelledBox]> {
      var image = Image(width: 40, height: 30, repeating: 20)
      image.paste(Image(width: 12, height: 10, repeating: 220), x: 2 * index, y: index)
      return Example(image: image, target: [])
    }
  }

  private func file() throws -> URL {
    let folder = temporaryFolder()
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder.appending(path: "proposals.safetensors")
  }

  /// What was saved is found again, in another order of the pictures too; no picture is searched twice.
  func testKeepsWhatWasSearched() throws {
    let (file, data) = (try file(), Pictures(count: 4))
    var done: [Int] = []
    let proposals = try ProposalStore(maximum: 50).proposals(of: data, savingTo: file) { done.append($0) }
    XCTAssertEqual(done, [1, 2, 3, 4])
    for index in 0..<4 {
      XCTAssertEqual(proposals[index], SelectiveSearch.fast(data.example(at: index).image, maximum: 50))
      XCTAssertFalse(proposals[index].isEmpty)
    }
    let before = try Data(contentsOf: file)
    let other = ProposalStore(maximum: 50)
    XCTAssertEqual(other.read(file), 4)
    let first = try other.proposals(of: Subset(data, indices: [2, 0]), savingTo: file)
    XCTAssertEqual(first, [proposals[2], proposals[0]])
    XCTAssertEqual(try Data(contentsOf: file), before)
    // A picture more: the file has it too.
    _ = try other.proposals(of: Pictures(count: 5), savingTo: file)
    XCTAssertEqual(ProposalStore(maximum: 50).read(file), 5)
  }

  /// What was searched before an error is in the file, and what is asked of a picture alone is not kept.
  func testKeepsWhatWasSearchedBeforeAnError() throws {
    struct Stop: Error {}
    let (file, data) = (try file(), Pictures(count: 4))
    XCTAssertThrowsError(
      try ProposalStore(maximum: 50).proposals(of: data, savingTo: file) { if $0 == 3 { throw Stop() } }
    ) { XCTAssert($0 is Stop) }
    let store = ProposalStore(maximum: 50)
    XCTAssertEqual(store.read(file), 3)
    let image = data.example(at: 3).image
    XCTAssertEqual(store(image), SelectiveSearch.fast(image, maximum: 50))
    try store.save(to: file)
    XCTAssertEqual(ProposalStore(maximum: 50).read(file), 3)
  }

  /// A file of another search, a cut one, and one that says what cannot be.
  func testTrustsNoFile() throws {
    let (file, data) = (try file(), Pictures(count: 2))
    let expected = try ProposalStore(maximum: 50).proposals(of: data, savingTo: file)
    XCTAssertEqual(ProposalStore(maximum: 40).read(file), 0)
    var search = SelectiveSearch.fast
    search.seed = 1
    XCTAssertEqual(ProposalStore(search: search, maximum: 50).read(file), 0)
    XCTAssertEqual(ProposalStore().read(file.deletingLastPathComponent()), 0)

    let whole = try SafetensorsFile(path: file.path)
    let (boxes, counts) = (try whole.tensor("boxes"), try whole.integers("counts"))
    func write(_ boxes: Tensor, _ counts: [Int64]) throws {
      try Safetensors.write(
        [("boxes", boxes)], integers: [("counts", [counts.count], counts)], metadata: whole.metadata,
        to: file.path)
    }
    for wrong in [[counts[0] + 1, counts[1]], [-1, counts[1]], [counts[0]], [.max, .max]] as [[Int64]] {
      try write(boxes, wrong)
      XCTAssertEqual(ProposalStore(maximum: 50).read(file), 0, "\(wrong)")
    }
    // Boxes outside the picture and without an area are searched for anew.
    for value in [Float.nan, -1, 1000, .infinity, 0] {
      try write(Tensor(repeating: value, shape: boxes.shape), counts)
      let store = ProposalStore(maximum: 50)
      XCTAssertEqual(store.read(file), 2)
      XCTAssertEqual(try store.proposals(of: data), expected, "\(value)")
    }
  }
}
