import Colonnade

/// An evaluation for people.
struct EvaluationListing {
  private let measurement: ClassifierMeasurement
  private let evaluation: Evaluation
  private let terminal: Terminal
  /// Classes that have pictures or were seen in some.
  private let present: [Int]
  private let names: [String]

  /// A matrix of more columns is read by nobody.
  private static let largestMatrix = 20
  private static let longestName = 24

  init(_ measurement: ClassifierMeasurement, on terminal: Terminal) {
    self.measurement = measurement
    self.terminal = terminal
    evaluation = measurement.evaluation
    let confusion = evaluation.confusion
    present = confusion.indices.filter { label in
      confusion[label].contains { $0 > 0 } || confusion.contains { $0[label] > 0 }
    }
    let digits = String((present.last ?? 0)).count
    names = evaluation.classNames.enumerated().map { label, name in
      let number = String(label)
      let readable = printable(ClassNames.readable(name))
      if readable == number { return readable }
      let space = String(repeating: " ", count: max(0, digits - number.count))
      return "\(space)\(number)  \(readable.prefix(Self.longestName))"
        + (readable.count > Self.longestName ? "…" : "")
    }
  }

  func print() {
    terminal.print("\(counted(evaluation.count, "picture")), mean loss \(fixed(evaluation.loss, 4))")
    terminal.print("top-1  \(terminal.styled(percent(evaluation.top1), .bold))")
    terminal.print("top-5  \(percent(evaluation.top5))")
    printMeasures()
    terminal.print()
    printClasses()
    terminal.print()
    if present.count <= Self.largestMatrix { printMatrix() } else { printMistakes() }
    if let robustness = measurement.robustness { printRobustness(robustness) }
  }

  private func printMeasures() {
    terminal.print("balanced accuracy  \(percent(evaluation.balancedAccuracy))")
    if measurement.views.count > 1 {
      terminal.print("mean of \(counted(measurement.views.count, "view")) of each picture")
    }
    if let calibration = measurement.calibration {
      var line = "calibration error  \(percent(calibration.error))"
      if let scaled = measurement.scaled, let part = measurement.temperaturePart {
        let bound = Calibration.bound(scaled.temperature).map { ", \($0)" } ?? ""
        line +=
          "; at a temperature of \(fixed(scaled.temperature, 3))\(bound), fitted on \(part), \(percent(scaled.error)), "
          + "loss \(fixed(scaled.loss, 4))"
      }
      terminal.print(line)
    }
    guard let frequency = measurement.frequency, let rarest = frequency.groups.first,
      let commonest = frequency.groups.last, rarest.fewest < commonest.most
    else { return }
    let groups = frequency.groups.map { "\(percent($0.accuracy, 1)) of \($0.fewest)–\($0.most)" }
    let rank = frequency.correlation.map { "; rank correlation \(fixed($0, 3))" } ?? ""
    terminal.print("by pictures in \(frequency.part)  \(groups.joined(separator: ", "))\(rank)")
  }

  private func printRobustness(_ robustness: Robustness) {
    terminal.print()
    let hasBaseline = robustness.meanCorruptionError != nil
    let strengths = (1...Corruption.severities).map(String.init)
    var table = TextTable(
      [.left] + Array(repeating: .right, count: strengths.count + (hasBaseline ? 3 : 1)),
      header: ["error at strength"] + strengths + ["mean"] + (hasBaseline ? ["CE", "relative CE"] : []))
    for row in robustness.rows {
      let ratios = [row.corruptionError, row.relativeCorruptionError].map { $0.map { percent($0, 1) } ?? "–" }
      table.add(
        [row.corruption.name] + row.errors.map { percent($0, 1) } + [percent(row.meanError, 1)]
          + (hasBaseline ? ratios : []))
    }
    printTable(table)
    var line =
      "mean error  \(percent(robustness.meanError)), \(percent(robustness.cleanError)) without corruption"
    if let error = robustness.meanCorruptionError {
      line += "; mCE \(percent(error))\(robustness.extent(\.corruptionError))"
    }
    if let error = robustness.meanRelativeCorruptionError {
      line += ", relative mCE \(percent(error))\(robustness.extent(\.relativeCorruptionError))"
    }
    terminal.print(line)
    terminal.print()
    let covered = robustness.coverage.map { "\(percent($0.accuracy, 1)) at \(percent($0.area, 0))" }
    terminal.print("accuracy under a grey square  \(covered.joined(separator: ", "))")
    terminal.print("accuracy by the place that is covered")
    for row in robustness.occlusion {
      terminal.print("  " + row.map { percent($0, 1) }.joined(separator: "  "))
    }
  }

  private func printClasses() {
    var table = TextTable([.left, .right, .right], header: ["class", "pictures", "right"])
    for (label, share) in evaluation.perClass.enumerated() {
      guard let share else { continue }
      table.add([names[label], grouped(evaluation.confusion[label].reduce(0, +)), percent(share)])
    }
    printTable(table)
  }

  /// Rows are what the pictures show, columns what they were taken for.
  private func printMatrix() {
    let numbers = present.map(String.init)
    var table = TextTable(
      [.left] + numbers.map { _ in .right }, header: ["shown ↓  taken for →"] + numbers)
    for label in present {
      let counts = present.map { evaluation.confusion[label][$0] }
      table.add([names[label]] + counts.map { $0 == 0 ? "·" : String($0) })
    }
    printTable(table)
  }

  private func printMistakes() {
    var table = TextTable([.left, .left, .right], header: ["shown", "taken for", "pictures"])
    for mistake in evaluation.worstConfusions(15) {
      table.add([names[mistake.truth], names[mistake.predicted], grouped(mistake.pictures)])
    }
    printTable(table)
  }

  private func printTable(_ table: TextTable) {
    terminal.print(terminal.styled(table.lines[0], .dim))
    for line in table.lines.dropFirst() { terminal.print(line) }
  }
}
