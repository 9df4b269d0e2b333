import Engine
import Foundation
import TestSupport
import Training
import XCTest

/// Event files against those that TensorBoard's own package writes (scripts/goldens/topics/tensorboard_events.py), byte by byte.
final class TensorBoardTests: XCTestCase {
  private struct Golden: Decodable {
    struct Event: Decodable {
      let time: Double
      let step: Int
      let kind: String
      let scalars: [Scalar]
      let hex: String
    }
    struct Scalar: Decodable {
      let tag: String
      let value: Double
    }
    struct Sum: Decodable {
      let text: String
      let masked: UInt32
    }
    let events: [Event]
    let checksums: [Sum]
  }

  private func golden() throws -> Golden {
    let file = Bundle.module.bundleURL.appending(path: "Fixtures/tensorboard_events.json")
    return try JSONDecoder().decode(Golden.self, from: Data(contentsOf: file))
  }

  private func hex(_ data: Data) -> String { data.map { String(format: "%02x", $0) }.joined() }

  func testEveryEventsBytes() throws {
    let golden = try golden()
    XCTAssertEqual(Set(golden.events.map(\.kind)), ["version", "start", "scalars"])
    for event in golden.events {
      let content: EventRecord.Content =
        switch event.kind {
        case "version": .fileVersion
        case "start": .start
        default: .scalars(event.scalars.map { ($0.tag, $0.value) })
        }
      let record = EventRecord(time: event.time, step: event.step, content: content)
      XCTAssertEqual(hex(record.framed), event.hex, "\(event.kind) at \(event.step)")
    }
  }

  func testChecksums() throws {
    for sum in try golden().checksums {
      XCTAssertEqual(CRC32C.masked(Data(sum.text.utf8)), sum.masked, sum.text)
    }
    // RFC 3720, appendix B.4: 32 bytes of zeros, of ones, rising and falling.
    for (bytes, sum) in [
      ([UInt8](repeating: 0, count: 32), 0x8A91_36AA), ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
      (Array(0...31), 0x46DD_794E), (Array((0...31).reversed()), 0x113F_DB5C),
    ] as [([UInt8], UInt32)] {
      XCTAssertEqual(CRC32C.checksum(Data(bytes)), sum)
    }
  }

  /// A run's file by a reader of plain bytes: framing, steps, tags, values.
  func testARunsFile() throws {
    let folder = temporaryFolder()
    let run = try SmallRun()
    final class Steps: TrainingObserver {
      let log: TensorBoardLog
      init(_ log: TensorBoardLog) { self.log = log }
      func didTakeStep(_ progress: StepProgress) { log.add(progress) }
    }
    let log = TensorBoardLog(in: folder) { 1000 }
    let steps = Steps(log)
    XCTAssertFalse(TensorBoardLog.isIn(folder))
    let records = try run.trainer(output: folder, observer: steps).run(until: 1) { try log.write($0) }
    XCTAssertTrue(TensorBoardLog.isIn(folder))
    let later = TensorBoardLog(in: folder) { 2000 }
    let more = Steps(later)
    let all = try run.trainer(output: folder, observer: more).run(resuming: true) { try later.write($0) }

    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter {
      $0.hasPrefix("events.out.tfevents.")
    }.sorted()
    XCTAssertEqual(
      files,
      [1000, 2000].map { "events.out.tfevents.\($0).colonnade.\(ProcessInfo.processInfo.processIdentifier)" })
    func expected(_ record: EpochRecord) -> [(tag: String, value: Double)] {
      [
        ("loss/training", record.trainLoss), ("accuracy/training", record.trainAccuracy),
        ("loss/validation", record.validationLoss), ("accuracy/validation", record.validationAccuracy),
        ("top5/validation", record.validationTop5), ("epoch/learning rate", record.learningRate),
        ("epoch/pictures a second", record.picturesPerSecond),
      ]
    }
    // Five steps an epoch: the tenth is the second epoch's last.
    let first = try Data(contentsOf: folder.appending(path: files[0]))
    XCTAssertEqual(
      first,
      EventRecord(time: 1000, step: 0, content: .fileVersion).framed
        + EventRecord(time: 1000, step: 5, content: .scalars(expected(records[0]))).framed
    )
    let second = try Data(contentsOf: folder.appending(path: files[1]))
    let beginning =
      EventRecord(time: 2000, step: 0, content: .fileVersion).framed
      + EventRecord(time: 2000, step: 6, content: .start).framed
    XCTAssertEqual(second.prefix(beginning.count), beginning)
    let end = EventRecord(time: 2000, step: 10, content: .scalars(expected(all[1]))).framed
    XCTAssertEqual(second.suffix(end.count), end)
    XCTAssertNotNil(second.range(of: Data("step/loss".utf8)))
    XCTAssertNil(first.range(of: Data("step/loss".utf8)))
  }

  /// The file is there before anything is measured, and is the same afterwards.
  func testTheFileIsThereFromTheBeginning() throws {
    let folder = temporaryFolder()
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let log = TensorBoardLog(in: folder) { 1000 }
    log.begin()
    XCTAssertTrue(TensorBoardLog.isIn(folder))
    log.begin()
    let name = try XCTUnwrap(FileManager.default.contentsOfDirectory(atPath: folder.path).first)
    XCTAssertEqual(
      try Data(contentsOf: folder.appending(path: name)),
      EventRecord(time: 1000, step: 0, content: .fileVersion).framed)
    let records = try SmallRun().trainer().run(until: 1) { try log.write($0) }
    let content = try Data(contentsOf: folder.appending(path: name))
    XCTAssertNotNil(content.range(of: Data("loss/validation".utf8)))
    XCTAssertEqual(records.count, 1)
    // What went wrong then is said when it can be.
    let nowhere = TensorBoardLog(in: temporaryFolder())
    nowhere.begin()
    XCTAssertThrowsError(try nowhere.write(records[0]))
  }

  func testAFolderThatTakesNoFileIsAnError() throws {
    let record = try JSONDecoder().decode(
      EpochRecord.self,
      from: Data(
        """
        {"epoch":1,"isBest":true,"learningRate":1,"picturesPerSecond":1,"seconds":1,"steps":1,"trainLoss":1,\
        "validationLoss":1,"validationSeconds":1}
        """.utf8))
    XCTAssertThrowsError(try TensorBoardLog(in: temporaryFolder()).write(record)) { error in
      guard case .unwritable? = error as? WeightFileError else { return XCTFail("\(error)") }
    }
  }
}
