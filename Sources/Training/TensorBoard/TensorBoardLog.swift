import Engine
import Foundation

/// What is measured of a run as an event file, which TensorBoard and what reads its files show while the run goes on
/// (`tensorboard --logdir runs`).
///
/// Of every tenth step the loss and the learning rate; of every epoch the losses with their parts, the metrics, the learning rate
/// and the speed, at the number of steps done. A run that goes on begins another file, and what an earlier one has of steps that
/// are taken again is no more shown.
///
///     let log = TensorBoardLog(in: folder)
///     try trainer.run { record in try log.write(record) }
public final class TensorBoardLog {
  private let folder: URL
  private var file: AppendedFile?
  private var pending = Data()
  private var hasVersion = false
  private var lastStep = -1
  private var lastFlush = ContinuousClock.now
  /// What could not be written while no one could be told.
  private var failure: (any Error)?
  private let clock: () -> Double

  private static let prefix = "events.out.tfevents."
  /// Steps of which one is logged.
  private static let interval = 10

  /// Creates nothing yet: the file comes with ``begin()``, or the first step or epoch.
  /// - Parameters:
  ///   - folder: where the file is put: the run's.
  public convenience init(in folder: URL) { self.init(in: folder) { Date().timeIntervalSince1970 } }

  /// - Parameter clock: seconds since 1970.
  package init(in folder: URL, clock: @escaping () -> Double) { (self.folder, self.clock) = (folder, clock) }

  /// Whether a folder has event files.
  public static func isIn(_ folder: URL) -> Bool {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.contains { $0.hasPrefix(prefix) }
  }

  /// Makes the file, which tells whoever goes on with the run that there is to be one. What goes wrong is thrown by ``write(_:)``.
  public func begin() {
    addVersion()
    do { try flush() } catch { failure = failure ?? error }
  }

  /// Takes a step; it reaches the file within some seconds. What goes wrong then is thrown by ``write(_:)``.
  /// - Parameter step: as a ``TrainingObserver`` is told of it.
  public func add(_ step: StepProgress) {
    guard step.steps != lastStep else { return }
    begin(at: step.steps)
    lastStep = step.steps
    if step.steps % Self.interval == 0 {
      add(step.steps, [("step/loss", step.loss), ("step/learning rate", step.learningRate)])
    }
    guard ContinuousClock.now - lastFlush > .seconds(5) else { return }
    do { try flush() } catch { failure = failure ?? error }
  }

  /// Takes an epoch, and writes all that there is.
  /// - Throws: `WeightFileError/unwritable(file:reason:)`.
  public func write(_ record: EpochRecord) throws {
    begin(at: record.steps)
    lastStep = record.steps
    var scalars: [(tag: String, value: Double)] = []
    for (name, measures) in [("training", record.training), ("validation", record.validation)] {
      scalars.append(("loss/\(name)", measures.loss))
      for (part, value) in (measures.parts.merging(measures.metrics) { $1 }).sorted(by: { $0.key < $1.key }) {
        scalars.append(("\(part)/\(name)", value))
      }
    }
    scalars.append(("epoch/learning rate", record.learningRate))
    scalars.append(("epoch/pictures a second", record.picturesPerSecond))
    add(record.steps, scalars)
    if let failure { throw failure }
    try flush()
  }

  /// Before anything else in this file.
  private func addVersion() {
    guard !hasVersion else { return }
    pending += EventRecord(time: clock(), step: 0, content: .fileVersion).framed
    hasVersion = true
  }

  /// Before the first step or epoch.
  private func begin(at step: Int) {
    guard lastStep < 0 else { return }
    addVersion()
    if step > 1 { pending += EventRecord(time: clock(), step: step, content: .start).framed }
  }

  private func add(_ step: Int, _ scalars: [(tag: String, value: Double)]) {
    pending += EventRecord(time: clock(), step: step, content: .scalars(scalars)).framed
  }

  private func flush() throws {
    if file == nil {
      let name = "\(Self.prefix)\(Int(clock())).colonnade.\(getpid())"
      file = try AppendedFile(path: folder.appending(path: name).path)
    }
    try file!.write(pending)
    pending = Data()
    lastFlush = ContinuousClock.now
  }
}
