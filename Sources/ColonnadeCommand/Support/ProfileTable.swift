import Colonnade

extension Profile {
  /// Prints the layers in the order in which they compute, then the kinds.
  func print(on terminal: Terminal) {
    var table = TextTable(
      [.left, .left, .right, .right, .right, .right, .left],
      header: ["layer", "kind", "output", "ms", "GFLOP/s", "of peak", "algorithm"])
    for layer in layers {
      table.add(
        [layer.name, layer.kind, extents(layer.output), fixed(layer.cost.ms, 3)] + layer.cost.rates
          + [layer.algorithm ?? ""])
    }
    Self.print(table, on: terminal)
    terminal.print()

    var totals = TextTable(
      [.left, .right, .right, .right, .right, .right, .left],
      header: ["kind", "layers", "ms", "of time", "GFLOP/s", "of peak", "algorithm"])
    for kind in kinds {
      totals.add(
        [kind.kind, "\(kind.layers)", fixed(kind.cost.ms, 3), percent(kind.cost.shareOfTime, 1)]
          + kind.cost.rates + [kind.algorithm ?? ""])
    }
    totals.add([
      "rest", "", fixed(restMilliseconds, 3), percent(restMilliseconds / totalMilliseconds, 1), "", "", "",
    ])
    let all = Cost(
      ms: totalMilliseconds, of: totalMilliseconds, macs: layers.reduce(0) { $0 + $1.macs }, peak: peakGFLOPS)
    totals.add(
      ["total", "\(layers.count)", fixed(totalMilliseconds, 3), percent(1, 1)] + all.rates + [""])
    Self.print(totals, on: terminal)
    terminal.print(
      (peakGFLOPS.map { "The multiply-add peak is \(fixed($0, 0)) GFLOP/s. " } ?? "")
        + "GFLOP/s are effective: two for each multiply-accumulate of the direct sum; Winograd does fewer.")
  }

  private static func print(_ table: TextTable, on terminal: Terminal) {
    let lines = table.lines
    terminal.print(terminal.styled(lines[0], .dim))
    for line in lines.dropFirst() { terminal.print(line) }
  }
}

extension Profile.Cost {
  /// GFLOP/s and the share of the peak.
  fileprivate var rates: [String] {
    [gflops.map { fixed($0, 1) } ?? "", shareOfPeak.map { percent($0, 0) } ?? ""]
  }
}
