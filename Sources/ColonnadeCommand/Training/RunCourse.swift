import Colonnade
import Foundation

extension TrainingDisplay {
  /// Runs what is ready, says how it went, and puts what can go wrong in the words of the options.
  /// - Parameters:
  ///   - run: whose observer this is.
  ///   - resuming: whether it goes on with what is in its folder.
  ///   - writesEvents: whether TensorBoard's files are written too.
  /// - Throws: ``Failure``, and what the run throws.
  func follow(_ run: any TrainingRun, resuming: Bool, events writesEvents: Bool) throws {
    if writesEvents { events = TensorBoardLog(in: URL(fileURLWithPath: folder)) }
    do {
      conclude(try run.run(resuming: resuming, until: nil) { try events?.write($0) })
    } catch TrainingError.differentRun(_, let differences) {
      let list = TrainingError.inOptions(differences).joined(separator: ", ")
      throw Failure(.usage, "\(data): not what the run in \(folder) was trained on: other \(list)")
    } catch TrainingError.fewerEpochs(_, let done, let asked) {
      throw Failure(
        .usage,
        "--epochs \(asked): the run in \(folder) has done \(counted(done, "epoch")); ask for as many, or more"
      )
    } catch TrainingError.diverged(let epoch, let step, let what) {
      explainDivergence()
      throw TrainingError.diverged(epoch: epoch, step: step, what: what)
    }
  }

  private var data: String { ending.data }
  private var folder: String { ending.folder }
}
