import Engine
import Foundation
import Models
import TestSupport
import XCTest

/// Summaries from shapes against passes that were observed.
final class NetworkSummaryTests: XCTestCase {
  private final class Witness: PassObserver {
    var records: [LayerRecord] = []
    func didRun(_ record: LayerRecord) { records.append(record) }
  }

  func testEveryNetworkSummarizesToWhatAPassSays() throws {
    for card in Registry.all {
      // The largest are compared with weights of zero.
      let initializes = (card.parameterCount ?? 0) < 30_000_000
      let network = try Network(card, classes: 7, initializes: initializes)
      let input: Shape = [2, card.minimumSize + 1, card.minimumSize, 3]
      let witness = Witness()
      var generator = RandomStream(seed: 5)
      let pictures = generator.tensor(input)
      let before = try network.logits(pictures)
      _ = try network.logits(pictures, observer: witness)
      let summary = try NetworkSummary(network, input: input)
      XCTAssertEqual(summary.layers.map(\.name), witness.records.map(\.name), card.name)
      XCTAssertEqual(summary.layers.map(\.kind), witness.records.map(\.kind), card.name)
      XCTAssertEqual(summary.layers.map(\.output), witness.records.map(\.output.dimensions), card.name)
      XCTAssertEqual(summary.layers.map(\.parameters), witness.records.map(\.parameters), card.name)
      XCTAssertEqual(summary.layers.map(\.macs), witness.records.map(\.macs), card.name)
      XCTAssertEqual(summary.totals.parameters, network.store.parameterCount, card.name)
      // The network is what it was, and so is one that was summarized before its first pass.
      assertSameBits(try network.logits(pictures), before, card.name)
      let fresh = try Network(card, classes: 7, initializes: initializes)
      _ = try NetworkSummary(fresh, input: input)
      assertSameBits(try fresh.logits(pictures), before, card.name)
    }
  }

  func testCountsAreTheCards() throws {
    for card in Registry.all {
      let summary = try NetworkSummary(card)
      XCTAssertEqual(summary.totals.macs, card.macs, card.name)
      XCTAssertEqual(summary.totals.parameters, card.parameterCount, card.name)
    }
  }

  /// Inside a task of `Parallel` as well, where no helper would compute.
  func testSummariesInTasks() throws {
    let expected = try NetworkSummary(Registry.card(named: "resnet20"))
    Parallel.forEach(3) { _ in
      XCTAssertEqual(try? NetworkSummary(Registry.card(named: "resnet20")), expected)
    }
  }

  /// VGG-16's activations for a picture of 2,048 pixels are 5 GB, its weights half a gigabyte: neither is touched.
  func testASummaryTakesNoMemory() throws {
    func residentBytes() throws -> Int {
      guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8),
        let pages = text.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
      else { throw XCTSkip("only Linux says how much memory a process has") }
      return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
    }
    let before = try residentBytes()
    let summary = try NetworkSummary(Registry.card(named: "vgg16"), size: 2048)
    XCTAssertGreaterThan(summary.totals.activationBytes, 4 << 30)
    XCTAssertLessThan(try residentBytes() - before, 100 << 20)
  }

  func testWhatANetworkCannotTakeIsRefused() throws {
    let card = try Registry.card(named: "alexnet")
    XCTAssertThrowsError(try NetworkSummary(card, size: card.minimumSize - 1)) { error in
      XCTAssertTrue(error is NetworkError)
    }
  }
}
