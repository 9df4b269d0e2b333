import Colonnade

/// What a study found, for people: paragraphs, tables, and in what it is not the published experiment.
struct StudyListing {
  private let result: StudyResult
  private let terminal: Terminal

  init(_ result: StudyResult, on terminal: Terminal) {
    self.result = result
    self.terminal = terminal
  }

  func print() {
    terminal.print()
    terminal.print(terminal.styled(printable("\(result.study): \(result.question)"), .bold))
    if let failure = result.failure {
      terminal.print("not done: " + printable(failure))
      return
    }
    for paragraph in result.paragraphs { terminal.print(printable(paragraph)) }
    for table in result.tables { print(table) }
    if !result.differences.isEmpty {
      terminal.print()
      terminal.print("what differs from the published experiments")
      for difference in result.differences { terminal.print("  " + printable(difference)) }
    }
    let facts = result.facts.map { "\($0.name) \($0.value)" }
    terminal.print(terminal.styled(printable(facts.joined(separator: "; ")), .dim))
  }

  private func print(_ table: StudyTable) {
    var lines = TextTable(
      table.columns.map { $0.unit == .text ? .left : .right }, header: table.columns.map(\.head))
    for row in table.rows { lines.add(zip(table.columns, row).map { $0.text($1) }) }
    terminal.print()
    terminal.print(printable(table.title))
    for (place, line) in lines.lines.enumerated() {
      terminal.print(place == 0 ? terminal.styled(line, .dim) : line)
    }
    if let note = table.note { terminal.print(terminal.styled(printable(note), .dim)) }
  }
}
