import Colonnade
import Foundation

/// Shows how a run goes: a bar on a terminal, elsewhere a line every so often, and in any case a line an epoch.
final class TrainingDisplay: TrainingObserver {
  private let terminal: Terminal
  private let progress: ProgressLine
  let ending: RunEnding
  /// Takes what is measured too, where that was asked for.
  var events: TensorBoardLog?
  private var announcement: [String] = []
  /// What is told apart: classes, of rotation positions; 0 where the loss of guessing is no one number.
  private var choices = 0
  private var isPretraining = false
  private var measures = MeasureWords(isClassification: true)
  private var epochs = 0
  private var epoch = 0
  private var isStuck = false
  private var change: (before: TrainingConfiguration, now: TrainingConfiguration)?

  /// - Parameters:
  ///   - terminal: where it is shown.
  ///   - data: as the command line names them.
  ///   - folder: the run's, as the command line names it.
  ///   - resumption: the command that goes on where this one ends early; nil is `train` with `--resume`.
  ///   - isOfStudies: whether the folder is that of the many runs of studies.
  init(
    _ terminal: Terminal, data: String, folder: String, resumption: String? = nil, isOfStudies: Bool = false
  ) {
    self.terminal = terminal
    progress = ProgressLine(terminal)
    ending = RunEnding(data: data, folder: folder, resumption: resumption, isOfStudies: isOfStudies)
  }

  /// Says what is trained on what, when training starts.
  /// - Parameters:
  ///   - card: the network's.
  ///   - data: what the data are called.
  ///   - attribution: what their licence asks to be said.
  func announce(_ card: WeightCard, data: String, attribution: String?) {
    var size = "of \(card.inputWidth)×\(card.inputHeight)×\(card.inputChannels)"
    if let side = card.detector?.shorterSide { size = "with a shorter side of \(side)" }
    if card.detector?.freezesBatchNorm == true { size += ", the trunk's batch norm frozen" }
    isPretraining = card.isPretrained
    choices =
      card.task == nil || card.task == PretrainingMethod.rotation.rawValue ? card.classes : 0
    measures = MeasureWords(isClassification: card.task == nil)
    let lesson = card.isPretrained ? "\(card.task ?? "")" : counted(card.classes, "class")
    announcement = [
      "\(terminal.styled(printable(card.network), .bold)) on \(printable(data)): \(lesson), pictures \(size)"
    ]
    if let attribution {
      announcement.append(terminal.styled(printable(attribution), .dim))
    }
    if BLASKernel.better != nil {
      announcement.append(
        "\(BLASKernel.library) does not know this processor and is slow: \(BLASKernel.remedy)")
    }
  }

  /// Says what was announced; of a run without epochs, which says no more of its beginning, at once.
  func printAnnouncement() {
    for line in announcement { terminal.print(line) }
  }

  /// The run goes on with a configuration that may have another number of epochs.
  func resumes(_ before: TrainingConfiguration, as now: TrainingConfiguration) { change = (before, now) }

  func trainingWillStart(_ plan: TrainingPlan) {
    epochs = plan.epochs
    epoch = plan.epochsDone
    ending.epochsDone = plan.epochsDone
    if plan.epochsDone < plan.epochs { events?.begin() }
    printAnnouncement()
    let frozen = plan.parameters - plan.trainedParameters
    terminal.print(
      "\(counted(plan.trainingPictures, "picture")) to train on, \(grouped(plan.validationPictures)) to validate;"
        + " \(counted(plan.trainedParameters, "parameter"))"
        + (frozen > 0 ? ", \(grouped(frozen)) more frozen" : ""))
    if plan.epochsDone == plan.epochs {
      terminal.print("\(counted(plan.epochs, "epoch")) done: nothing is left to do; --epochs asks for more")
    } else if plan.epochsDone > 0 || plan.batchesDone > 0 {
      let within = plan.batchesDone > 0 ? "batch \(plan.batchesDone) of epoch \(plan.epochsDone + 1)" : nil
      terminal.print("resuming after \(within ?? "epoch \(plan.epochsDone)")")
      ending.batchesDone = plan.batchesDone
      explainCourse(plan)
    }
  }

  /// A schedule over the whole run has another course where the run is longer: the learning rate jumps.
  private func explainCourse(_ plan: TrainingPlan) {
    guard let (before, now) = change, before.epochs != now.epochs, now.schedule.spansTheRun else { return }
    let (done, batches) = (plan.epochsDone, plan.batchesPerEpoch)
    let (old, new) = (
      before.learningRate(after: done, batches: batches, isNext: false),
      now.learningRate(after: done, batches: batches, isNext: true)
    )
    Diagnostics.warning(
      "the \(now.schedule) schedule now spans \(counted(now.epochs, "epoch")) and not \(before.epochs): the learning rate "
        + "was \(short(old)) and goes on at \(short(new)); for another course begin another run with --weights and "
        + "--schedule")
  }

  func didComputeFeatures(_ done: FeatureProgress) {
    draw(done.pictures, of: done.total, "features")
    guard done.pictures == done.total else { return }
    let place = done.file.map { (ending.folder as NSString).appendingPathComponent($0.lastPathComponent) }
    terminal.print(
      "features of \(counted(done.total, "picture")): \(bytes(done.bytes)) in memory"
        + (place.map { ", \(done.wereKept ? "found" : "kept") in \(printable($0))" } ?? ""))
  }

  func didTakeStep(_ step: StepProgress) {
    epoch = step.epoch
    events?.add(step)
    progress.draw(
      Double(step.batch) / Double(step.batches), before: "epoch \(step.epoch)/\(step.epochs)",
      after: measures.words(step.measures, lossDigits: 3, shareDigits: 1)
        + "  \(fixed(step.picturesPerSecond, measures.speedDigits)) pictures/s"
        + "  \(clock(step.secondsLeft)) left",
      isDue: step.batch == step.batches)
  }

  func didEvaluate(_ pictures: Int, of total: Int) {
    progress.draw(Double(pictures) / Double(total), before: "epoch \(epoch)/\(epochs)", after: "validating")
  }

  func didFinishEpoch(_ record: EpochRecord) {
    progress.clear()
    ending.epochsDone = record.epoch
    let width = String(epochs).count
    let number = String(repeating: " ", count: width - String(record.epoch).count) + String(record.epoch)
    let line =
      "epoch \(number)/\(epochs)  \(measures.words(record.training))  validation \(measures.words(record.validation))"
      + "  \(fixed(record.picturesPerSecond, measures.speedDigits)) pictures/s"
    terminal.print(line + (record.isBest ? terminal.styled("  best", .green) : ""))
    let isAtChance = record.isAtChance(ofClasses: choices)
    if isAtChance && !isStuck {
      let guessed = counted(choices, isPretraining ? "position" : "class")
      Diagnostics.warning(
        "the loss is \(fixed(record.validationLoss, 3)), that of guessing among \(guessed): nothing is learned so far; if it "
          + "stays there, try a tenth of the --learning-rate, --warm-up 1, --optimizer adam"
          + (isPretraining ? "" : ", or --weights to begin with"))
    }
    isStuck = isAtChance
  }

  func didWriteCheckpoint(epoch: Int, batch: Int) { ending.batchesDone = batch }

  func didStopEarly(_ record: EpochRecord) {
    terminal.print("stopped after epoch \(record.epoch): none was better for as long as --patience says")
  }

  /// Shows how many steps are taken of some that are no run's.
  func drawSteps(_ done: Int, of count: Int) {
    progress.draw(
      Double(done) / Double(count), before: "step \(done)/\(count)", after: "", isDue: done == count)
  }

  /// Shows how far something is that is done before or in place of steps.
  func draw(_ done: Int, of count: Int, _ what: String) {
    progress.draw(
      Double(done) / Double(max(count, 1)), before: "picture \(done)/\(count)", after: what,
      isDue: done == count)
    if done == count { progress.clear() }
  }

  /// Says a line.
  func print(_ line: String) {
    progress.clear()
    terminal.print(line)
  }

  /// Leaves the terminal in order, however the run ended.
  func end() { progress.clear() }

  /// A run that diverged would do so again.
  func explainDivergence() { ending.explainDivergence() }

  /// Says where everything is.
  func conclude(_ records: [EpochRecord]) {
    Ending.advise(nil)
    let directory = RunDirectory(URL(fileURLWithPath: ending.folder))
    var table = TextTable([.left, .left, .left])
    func add(_ what: String, _ file: URL, _ record: EpochRecord?) {
      guard FileManager.default.fileExists(atPath: file.path) else { return }
      let path = (ending.folder as NSString).appendingPathComponent(file.lastPathComponent)
      let detail = record.map { "epoch \($0.epoch), validation \(measures.score($0.validation))" }
      table.add([what, path, detail ?? ""])
    }
    add("best", directory.best, records.last(where: \.isBest))
    if !records.isEmpty {
      add("last", directory.last, records.last)
      add("log", directory.log, nil)
    }
    for line in table.lines { terminal.print(line) }
    if records.isEmpty, let found = try? directory.readEvaluation(as: DetectionEvaluation.self) {
      terminal.print("validation map50 \(found.vocArea.map { percent($0) } ?? "–")")
    }
    if !records.isEmpty && records.allSatisfy({ $0.isAtChance(ofClasses: choices) }) {
      Diagnostics.warning("these weights have learned nothing: the loss never left that of guessing")
    }
  }

  private func short(_ rate: Double) -> String { String(format: "%.2g", rate) }
}
