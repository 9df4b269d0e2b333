import Datasets
import Engine
import Foundation
import Models

extension Trainer {
  private var parts: [any Dataset<Task.Target>] { [loaders.full.dataset, validation] }

  /// Puts into the first checkpoint what tells the data from others.
  func rememberData(in state: inout Checkpoint) {
    state.samples = PictureSample.samples(of: parts)
    state.labels = LabelDigest.digest(of: parts, sparesPictures: true)
  }

  /// Refuses other data than the run's; what a run of before does not remember of them is remembered from now on.
  private func checkData(_ state: inout Checkpoint, in folder: String) throws {
    let earlier = state
    rememberData(in: &state)
    if let samples = earlier.samples, let found = state.samples, !PictureSample.agree(samples, found) {
      throw TrainingError.differentRun(folder: folder, differences: [PictureSample.difference])
    }
    if let labels = earlier.labels, labels != state.labels {
      throw TrainingError.differentRun(folder: folder, differences: [LabelDigest.difference])
    }
  }

  /// The state of the run in the output folder, and what keeps other runs out of it.
  func resumed(_ parts: Parts) throws -> (state: Checkpoint, lock: FolderLock) {
    guard let directory else {
      throw TrainingError.invalidConfiguration("a run without an output folder cannot be resumed")
    }
    guard FileManager.default.fileExists(atPath: directory.checkpoint.path) else {
      throw TrainingError.nothingToResume(folder: directory.url.path)
    }
    let lock = try FolderLock(directory.url.path)
    PartialFiles.removeLeftOvers(in: directory.url.path)
    let differences = description.differences(from: try directory.readDescription())
    guard differences.isEmpty else {
      throw TrainingError.differentRun(folder: directory.url.path, differences: differences)
    }
    var state = try Checkpoint.restore(
      from: directory.checkpoint, network.store, parts.optimizer, parts.average)
    if let position = state.position {
      let (batches, perStep) = (parts.epochTrainer.batches, configuration.accumulationSteps)
      guard position.isPossible(batches: batches, batchesPerStep: perStep) else {
        throw Checkpoint.malformed(
          directory.checkpoint, "batch \(position.batches) of an epoch of \(batches), \(perStep) a step")
      }
    }
    guard state.epochsDone <= configuration.epochs else {
      throw TrainingError.fewerEpochs(
        folder: directory.url.path, done: state.epochsDone, asked: configuration.epochs)
    }
    try checkData(&state, in: directory.url.path)
    return (state, lock)
  }

  func plan(_ state: Checkpoint, _ epochTrainer: EpochTrainer<Task>) -> TrainingPlan {
    TrainingPlan(
      epochs: configuration.epochs, epochsDone: state.epochsDone,
      batchesDone: state.position?.batches ?? 0, batchesPerEpoch: epochTrainer.batches,
      trainingPictures: loaders.full.exampleCount, validationPictures: validation.count,
      trainedParameters: network.store.trainable.reduce(0) { $0 + $1.value.count },
      parameters: network.store.parameterCount)
  }
}
