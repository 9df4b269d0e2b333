import Datasets
import Engine
import Foundation
import Models
import TestSupport
import Training
import XCTest

/// Runs that go on from within an epoch: to the bits of a run that was not disturbed.
final class PositionTests: XCTestCase {
  /// Ends a run within an epoch as a kill would: what is on disk at that moment is all that is left.
  private final class Killer: TrainingObserver {
    struct Killed: Error {}
    let folder, copy: URL
    let epoch, batch: Int
    var written: [(epoch: Int, batch: Int)] = []

    init(_ folder: URL, copyingTo copy: URL, epoch: Int, batch: Int) {
      (self.folder, self.copy, self.epoch, self.batch) = (folder, copy, epoch, batch)
    }

    func didWriteCheckpoint(epoch: Int, batch: Int) {
      written.append((epoch, batch))
      if (epoch, batch) == (self.epoch, self.batch) {
        try? FileManager.default.copyItem(at: folder, to: copy)
      }
    }
  }

  private func small(_ change: (inout TrainingConfiguration) -> Void = { _ in }) throws -> SmallRun {
    var run = try SmallRun()
    run.configuration.epochs = 3
    run.configuration.batchSize = 20
    change(&run.configuration)
    return run
  }

  private func text(_ records: [EpochRecord]) throws -> [String] {
    // Times are of the day.
    try records.map { record in
      var object =
        try JSONSerialization.jsonObject(with: JSONEncoder().encode(record)) as? [String: Any] ?? [:]
      for key in ["seconds", "validationSeconds", "picturesPerSecond"] { object[key] = nil }
      return String(
        decoding: try JSONSerialization.data(withJSONObject: object, options: .sortedKeys), as: UTF8.self)
    }
  }

  /// 130 pictures are seven batches, the last one of ten.
  func testAnyMomentOfAnEpoch() throws {
    let recipes: [(String, (inout TrainingConfiguration) -> Void)] = [
      ("momentum", { _ in }),
      (
        "everything",
        {
          $0.optimizer = .adamw
          $0.learningRate = 1e-3
          $0.averageDecay = 0.9
          $0.accumulationSteps = 2
          $0.schedule = .plateau(gamma: 0.5, patience: 0)
          $0.sampling = .balanced
          $0.unfreezing = [Unfreezing("layer1.*", at: 2)]
        }
      ),
    ]
    for (name, recipe) in recipes {
      let whole = try small(recipe)
      let folder = temporaryFolder()
      let expected = try whole.trainer(output: folder).run()
      let step = whole.configuration.accumulationSteps
      for (epoch, batch) in [(1, 2), (2, 6), (3, 4)] {
        let (other, copy) = (temporaryFolder(), temporaryFolder())
        let killer = Killer(other, copyingTo: copy, epoch: epoch, batch: batch)
        let first = try small(recipe)
        let trainer = try first.trainer(output: other, observer: killer)
        trainer.checkpointInterval = .steps(1)
        try trainer.run(until: epoch)
        XCTAssertEqual(
          killer.written.map(\.batch),
          (1...epoch).flatMap { _ in Array(stride(from: step, to: 7, by: step)) }, "\(name)")

        let second = try small(recipe)
        let records = try second.trainer(output: copy).run(resuming: true)
        assertSameBits(second.network, whole.network)
        XCTAssertEqual(try text(records), try text(expected), "\(name), epoch \(epoch), batch \(batch)")
        let (found, wanted) = (RunDirectory(copy), RunDirectory(folder))
        for (a, b) in [(found.best, wanted.best), (found.last, wanted.last)] {
          XCTAssertEqual(try Data(contentsOf: a), try Data(contentsOf: b), "\(name) \(a.lastPathComponent)")
        }
        XCTAssertEqual(try text(found.readLog()), try text(expected))
      }
    }
  }

  /// Within an epoch there is a checkpoint after so many steps, or so much time, or none.
  func testWhenCheckpointsAreWritten() throws {
    for (interval, expected) in [
      (CheckpointInterval.steps(3), [3, 6]), (.never, []), (.seconds(0), [1, 2, 3, 4, 5, 6]), (.standard, []),
    ] {
      let folder = temporaryFolder()
      let killer = Killer(folder, copyingTo: temporaryFolder(), epoch: 0, batch: 0)
      let trainer = try small().trainer(output: folder, observer: killer)
      trainer.checkpointInterval = interval
      try trainer.run(until: 1)
      XCTAssertEqual(killer.written.map(\.batch), expected, "\(interval)")
      let written = try RunDirectory(folder).readDescription().checkpointInterval
      XCTAssertEqual(written, interval == .standard ? nil : interval)
    }
  }

  /// A position that no run of this recipe can have is refused, and so is a meter's state that is none.
  func testAPositionThatCannotBe() throws {
    let (folder, copy) = (temporaryFolder(), temporaryFolder())
    let killer = Killer(folder, copyingTo: copy, epoch: 1, batch: 2)
    let trainer = try small().trainer(output: folder, observer: killer)
    trainer.checkpointInterval = .steps(1)
    try trainer.run(until: 1)
    let file = RunDirectory(copy).checkpoint
    let content = try SafetensorsFile(path: file.path)
    let text = try XCTUnwrap(content.metadata["training"])
    XCTAssertTrue(text.contains(#""batches":2"#), text)
    let counters = content.keys.filter { content.type(of: $0) == .int64 }
    let tensors = try content.keys.filter { !counters.contains($0) }.map { ($0, try content.tensor($0)) }
    let integers = try counters.map { ($0, content.shape(of: $0)!, try content.integers($0)) }
    for batches in ["0", "-1", "7", "9223372036854775807"] {
      let changed = text.replacingOccurrences(of: #""batches":2"#, with: #""batches":\#(batches)"#)
      try Safetensors.write(tensors, integers: integers, metadata: ["training": changed], to: file.path)
      XCTAssertThrowsError(try small().trainer(output: copy).run(resuming: true)) { error in
        XCTAssertTrue("\(error)".contains("batch \(batches) of an epoch of 7"), "\(error)")
      }
    }
  }

  /// What a kill between the first files of a run leaves is no run yet: another begins there.
  func testARunThatWasKilledAtItsBeginning() throws {
    let folder = temporaryFolder()
    let whole = try small()
    try whole.trainer(output: folder).run(until: 0)
    let directory = RunDirectory(folder)
    for file in [directory.configuration, directory.log] { try FileManager.default.removeItem(at: file) }
    // No process has this number: Linux gives none above 2²².
    let partial = folder.appending(path: "colonnade-1073741824-7.partial")
    try Data("half".utf8).write(to: partial)
    let again = try small()
    try again.trainer(output: folder).run(until: 1)
    XCTAssertEqual(try directory.readLog().count, 1)
    XCTAssertFalse(FileManager.default.fileExists(atPath: partial.path), "what was left behind is removed")

    // A checkpoint of something that was trained is not overwritten.
    for file in try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    where file.lastPathComponent != directory.checkpoint.lastPathComponent {
      try FileManager.default.removeItem(at: file)
    }
    assertThrows(TrainingError.outputNotEmpty(folder: folder.path)) {
      try small().trainer(output: folder).run()
    }
  }
}
