import Colonnade
import Foundation

/// What is said where a run ends before its last epoch: what is safe, and how to go on.
final class RunEnding {
  /// As the command line names them.
  let data, folder: String
  private let resumption: String
  private let isOfStudies: Bool
  /// Those that are whole on disk.
  var epochsDone = 0 {
    didSet { batchesDone = 0 }
  }
  /// Of the next epoch, at the last checkpoint within it.
  var batchesDone = 0 {
    didSet { advise() }
  }

  /// - Parameters:
  ///   - data: as the command line names them.
  ///   - folder: the run's.
  ///   - resumption: the command that goes on; nil is `train` with `--resume`.
  ///   - isOfStudies: whether the folder is that of many runs, of which this one is told of one after the other.
  init(data: String, folder: String, resumption: String? = nil, isOfStudies: Bool = false) {
    self.isOfStudies = isOfStudies
    self.resumption =
      resumption ?? "colonnade train \(Self.quoted(data)) --out \(Self.quoted(folder)) --resume"
    self.data = data
    self.folder = folder
  }

  /// Has said, wherever the process ends from now on, what is safe and how to go on.
  func advise() {
    let isAtBeginning = epochsDone == 0 && batchesDone == 0 && !isOfStudies
    Ending.advise(
      "\(safe); '\(resumption)' goes on \(isAtBeginning ? "from the beginning" : "from there")", of: promised)
  }

  /// What to say where a run that diverged would do so again.
  func explainDivergence() {
    let change = "a lower --learning-rate, --warm-up 1 or --clip 1"
    Ending.advise("\(safe); resumed it would go the same way: begin another run with \(change)", of: promised)
  }

  /// What must be there for anything to be safe.
  private var promised: String {
    if isOfStudies || (epochsDone == 0 && batchesDone == 0) { return folder }
    let checkpoint = RunDirectory(URL(fileURLWithPath: folder)).checkpoint.lastPathComponent
    return (folder as NSString).appendingPathComponent(checkpoint)
  }

  private var safe: String {
    if isOfStudies {
      return "all that was done is safe in \(folder), of the network under way up to its last checkpoint"
    }
    if batchesDone > 0 { return "batch \(batchesDone) of epoch \(epochsDone + 1) is safe in \(folder)" }
    return epochsDone == 0
      ? "no epoch was done"
      : epochsDone == 1 ? "epoch 1 is safe in \(folder)" : "\(epochsDone) epochs are safe in \(folder)"
  }

  /// The command of this process, as a shell takes it.
  static var command: String {
    (["colonnade"] + CommandLine.arguments.dropFirst()).map(quoted).joined(separator: " ")
  }

  /// As a shell takes it for one word.
  static func quoted(_ word: String) -> String {
    let isPlain =
      !word.isEmpty
      && word.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "/._-+,:=@%".contains($0)) }
    return isPlain ? word : "'" + word.replacing("'", with: "'\\''") + "'"
  }
}
