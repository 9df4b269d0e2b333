import Colonnade
import Foundation

/// Shows how a run goes: a bar on a terminal, and in any case a line an epoch.
final class TrainingDisplay: TrainingObserver {
  private let terminal: Terminal
  private let progress: ProgressLine
  private var announcement: [String] = []
  private var epochs = 0
  private var epoch = 0

  init(_ terminal: Terminal) {
    self.terminal = terminal
    progress = ProgressLine(terminal)
  }

  /// Says what is trained on what, when training starts.
  func announce(_ card: WeightCard, _ source: DataSource<Int>) {
    let size = "\(card.inputWidth)×\(card.inputHeight)×\(card.inputChannels)"
    announcement = [
      "\(terminal.styled(card.network, .bold)) on \(source.name): \(card.classes) classes, pictures of \(size)"
    ]
    if let attribution = source.attribution { announcement.append(terminal.styled(attribution, .dim)) }
  }

  func trainingWillStart(_ plan: TrainingPlan) {
    epochs = plan.epochs
    epoch = plan.epochsDone
    for line in announcement { terminal.print(line) }
    let frozen = plan.parameters - plan.trainedParameters
    terminal.print(
      "\(grouped(plan.trainingPictures)) to train on, \(grouped(plan.validationPictures)) to validate;"
        + " \(grouped(plan.trainedParameters)) parameters"
        + (frozen > 0 ? ", \(grouped(frozen)) more frozen" : ""))
    if plan.epochsDone > 0 { terminal.print("resuming after epoch \(plan.epochsDone)") }
  }

  func didTakeStep(_ step: StepProgress) {
    epoch = step.epoch
    progress.draw(
      Double(step.batch) / Double(step.batches), before: "epoch \(step.epoch)/\(step.epochs)",
      after: "loss \(fixed(step.meanLoss, 3))  accuracy \(percent(step.accuracy, 1))"
        + "  \(fixed(step.picturesPerSecond, 0)) pictures/s  \(clock(step.secondsLeft)) left",
      isDue: step.batch == step.batches)
  }

  func didEvaluate(_ pictures: Int, of total: Int) {
    progress.draw(Double(pictures) / Double(total), before: "epoch \(epoch)/\(epochs)", after: "validating")
  }

  func didFinishEpoch(_ record: EpochRecord) {
    progress.clear()
    let width = String(epochs).count
    let number = String(repeating: " ", count: width - String(record.epoch).count) + String(record.epoch)
    let line =
      "epoch \(number)/\(epochs)  loss \(fixed(record.trainLoss, 4))  accuracy \(percent(record.trainAccuracy))"
      + "  validation loss \(fixed(record.validationLoss, 4))  accuracy \(percent(record.validationAccuracy))"
      + "  \(fixed(record.picturesPerSecond, 0)) pictures/s"
    terminal.print(line + (record.isBest ? terminal.styled("  best", .green) : ""))
  }

  /// Leaves the terminal in order, however the run ended.
  func end() { progress.clear() }

  /// Says where everything is.
  func conclude(_ records: [EpochRecord], folder: String) {
    let directory = RunDirectory(URL(fileURLWithPath: folder))
    var table = TextTable([.left, .left, .left])
    func add(_ what: String, _ file: URL, _ record: EpochRecord?) {
      let path = (folder as NSString).appendingPathComponent(file.lastPathComponent)
      let detail = record.map { "epoch \($0.epoch), validation accuracy \(percent($0.validationAccuracy))" }
      table.add([what, path, detail ?? ""])
    }
    add("best", directory.best, records.last(where: \.isBest))
    add("last", directory.last, records.last)
    add("log", directory.log, nil)
    for line in table.lines { terminal.print(line) }
  }
}
