import Colonnade

/// An evaluation for people.
struct EvaluationListing {
  private let evaluation: Evaluation
  private let terminal = Terminal.standardOutput
  /// Classes that have pictures or were seen in some.
  private let present: [Int]
  private let names: [String]

  /// A matrix of more columns is read by nobody.
  private static let largestMatrix = 20
  private static let longestName = 24

  init(_ evaluation: Evaluation) {
    self.evaluation = evaluation
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
    terminal.print()
    printClasses()
    terminal.print()
    if present.count <= Self.largestMatrix { printMatrix() } else { printMistakes() }
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
