import Colonnade

/// What was found in a data set, for people.
struct InspectionListing {
  private let inspection: DataInspection
  private let terminal: Terminal

  /// Of lists that may be long.
  private static let shown = 10

  init(_ inspection: DataInspection, _ terminal: Terminal) {
    self.inspection = inspection
    self.terminal = terminal
  }

  func print() {
    terminal.print(
      "\(printable(inspection.name)): \(counted(inspection.count, "picture")),"
        + " \(counted(inspection.classNames.count, "class"))")
    terminal.print()
    printClasses()
    terminal.print()
    printNumbers()
    printBroken()
    printGroups("duplicate", inspection.duplicates)
    printGroups("near duplicate", inspection.nearDuplicates)
    if inspection.notCompared > 0 {
      terminal.print()
      terminal.print(
        "not searched for near duplicates, being below 32 pixels or of one tone:"
          + " \(counted(inspection.notCompared, "picture"))")
    }
  }

  private func printClasses() {
    let parts = inspection.parts
    let what = inspection.countsObjects ? "class of objects" : "class"
    var table = TextTable([.left] + parts.map { _ in .right }, header: [what] + parts.map(\.name))
    for (label, name) in inspection.classNames.enumerated() {
      table.add([ClassNames.readable(name)] + parts.map { grouped($0.classCounts[label]) })
    }
    if inspection.countsObjects {
      table.add(["pictures"] + parts.map { grouped($0.pictures) })
    } else {
      table.add(["all"] + parts.map { grouped($0.classCounts.reduce(0, +)) })
    }
    terminal.print(terminal.styled(table.lines[0], .dim))
    for line in table.lines.dropFirst() { terminal.print(line) }
  }

  private func printNumbers() {
    let balance = inspection.balance
    func spread(_ spread: DataInspection.Spread) -> String {
      "\(spread.least) – \(spread.median) – \(spread.greatest)"
    }
    func numbers(_ values: [Double]) -> String { values.map { fixed($0, 4) }.joined(separator: " ") }
    let common = inspection.commonSizes.prefix(3).map {
      "\($0.width)×\($0.height) (\(grouped($0.pictures)))"
    }
    var table = TextTable([.left, .left])
    table.add(["largest to smallest class", balance.ratio.map { fixed($0, 2) } ?? "–"])
    table.add([
      "entropy", "\(fixed(balance.entropy, 3)) bits: \(fixed(balance.effectiveClasses, 2)) effective classes",
    ])
    if balance.emptyClasses > 0 { table.add(["classes without any", grouped(balance.emptyClasses)]) }
    table.add(["width, least to greatest", spread(inspection.widths)])
    table.add(["height", spread(inspection.heights)])
    table.add([
      "sizes", "\(grouped(inspection.differentSizes)), most often \(common.joined(separator: ", "))",
    ])
    table.add(["mean", numbers(inspection.mean)])
    table.add(["standard deviation", numbers(inspection.standardDeviation)])
    for line in table.lines { terminal.print(line) }
  }

  private func printBroken() {
    let broken = inspection.parts.flatMap(\.broken)
    guard !broken.isEmpty else { return }
    terminal.print()
    terminal.print(terminal.styled(counted(broken.count, "broken picture"), .bold))
    for reason in broken.prefix(Self.shown) { terminal.print("  \(printable(reason))") }
    printRest(broken.count)
  }

  private func printGroups(_ noun: String, _ groups: [DataInspection.Group]) {
    guard !groups.isEmpty else { return }
    let crossing = groups.count(where: \.crossesParts)
    let differing = groups.count(where: \.classesDiffer)
    terminal.print()
    let more = groups.reduce(0) { $0 + $1.pictures.count - 1 }
    var head = "\(counted(more, noun)) in \(counted(groups.count, "group"))"
    if crossing > 0 { head += ", \(grouped(crossing)) across parts" }
    if differing > 0 { head += ", \(grouped(differing)) of different classes" }
    terminal.print(terminal.styled(head, .bold))
    let ordered = groups.filter(\.crossesParts) + groups.filter { !$0.crossesParts }
    for group in ordered.prefix(Self.shown) {
      let names = group.pictures.prefix(3).map { "\($0.part): \(printable($0.name))" }
      let rest = group.pictures.count - names.count
      terminal.print("  \(names.joined(separator: "  "))\(rest > 0 ? "  and \(rest) more" : "")")
    }
    printRest(groups.count)
  }

  private func printRest(_ count: Int) {
    if count > Self.shown {
      terminal.print("  and \(grouped(count - Self.shown)) more (--json or --report has more of them)")
    }
  }
}
