import Engine

/// Why a run cannot begin, or go on.
public enum TrainingError: Error, Equatable, CustomStringConvertible {
  /// The configuration makes no run.
  case invalidConfiguration(String)
  /// The output folder holds something, and the run was not to be resumed.
  case outputNotEmpty(folder: String)
  /// The output folder cannot be made, read or written.
  case output(file: String, reason: String)
  /// A file of a run, or a folder, cannot be read.
  case unreadable(file: String, reason: String)
  /// A file of a run is not what it should be, or not there yet.
  case malformed(file: String, reason: String)
  /// There is no checkpoint to go on from.
  case nothingToResume(folder: String)
  /// The run to be resumed was another one.
  case differentRun(folder: String, differences: [String])
  /// The run to be resumed has gone further than it now should.
  case fewerEpochs(folder: String, done: Int, asked: Int)
  /// Another run is under way in the output folder, in this process or another.
  case inUse(folder: String)
  /// The data have no pictures.
  case noPictures(set: String)
  /// The detector is trained in one go: no run of it is resumed.
  case noSteps(network: String)
  /// The data have no objects that a detector could be trained or measured by.
  case noObjects(set: String)
  /// The data's classes are not the network's.
  case classes(set: String, data: Int, network: Int)
  /// The loss, the gradients or the weights are no numbers any more; checkpoints are those of the epochs before.
  case diverged(epoch: Int, step: Int, what: String)

  /// One line.
  public var description: String {
    switch self {
    case .invalidConfiguration(let reason): "training: \(reason)"
    case .outputNotEmpty(let folder):
      "\(folder): not empty; resume the run there, or choose another folder (nothing was changed)"
    case .output(let file, let reason), .unreadable(let file, let reason), .malformed(let file, let reason):
      "\(file): \(reason)"
    case .nothingToResume(let folder): "\(folder): no checkpoint to resume from"
    case .differentRun(let folder, let differences):
      "\(folder): the run there was made otherwise: \(differences.joined(separator: ", "))"
    case .fewerEpochs(let folder, let done, let asked):
      "\(folder): \(counted(done, "epoch")) of the run there \(done == 1 ? "is" : "are") done, more than \(asked)"
    case .inUse(let folder):
      "\(folder): another process is training there; wait until it has ended, or choose another folder"
    case .noPictures(let set): "the \(set) set has no pictures"
    case .noSteps(let network):
      "\(network) is trained in one go, without epochs or checkpoints: there is nothing to resume; begin another run"
    case .noObjects(let set): "no picture of the \(set) set has an object that counts"
    case .classes(let set, let data, let network):
      "the \(set) set has \(counted(data, "class")), the network \(network)"
    case .diverged(let epoch, let step, let what):
      "training diverged in epoch \(epoch), step \(step): \(what); a lower learning rate or clipping may help"
    }
  }
}
