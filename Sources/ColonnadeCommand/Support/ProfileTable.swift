import Colonnade

extension Profile {
  /// Prints the layers in the order in which they compute, then the kinds.
  func print() {
    let terminal = Terminal.standardOutput
    var table = TextTable(
      [.left, .left, .right, .right, .right, .right, .left],
      header: ["layer", "kind", "output", "ms", "GFLOP/s", "of peak", "algorithm"])
    for layer in layers {
      table.add(
        [layer.name, layer.kind, extents(layer.output), fixed(layer.cost.ms, 3)] + layer.cost.rates
          + [layer.algorithm ?? ""])
    }
    Self.print(table)
    terminal.print()

    var totals = TextTable(
      [.left, .right, .right, .right, .right, .right, .left],
      header: ["kind", "layers", "ms", "of time", "GFLOP/s", "of peak", "algorithm"])
    for kind in kinds {
      totals.add(
        [kind.kind, "\(kind.layers)", fixed(kind.cost.ms, 3), percent(kind.cost.share_of_time, 1)]
          + kind.cost.rates + [kind.algorithm ?? ""])
    }
    totals.add(["rest", "", fixed(rest_ms, 3), percent(rest_ms / total_ms, 1), "", "", ""])
    let all = Cost(
      ms: total_ms, of: total_ms, macs: layers.reduce(0) { $0 + $1.macs }, peak: peak_gflops)
    totals.add(
      ["total", "\(layers.count)", fixed(total_ms, 3), percent(1, 1)] + all.rates + [""])
    Self.print(totals)
    terminal.print(
      (peak_gflops.map { "The multiply-add peak is \(fixed($0, 0)) GFLOP/s. " } ?? "")
        + "GFLOP/s are effective: two for each multiply-accumulate of the direct sum; Winograd does fewer.")
  }

  private static func print(_ table: TextTable) {
    let terminal = Terminal.standardOutput
    let lines = table.lines
    terminal.print(terminal.styled(lines[0], .dim))
    for line in lines.dropFirst() { terminal.print(line) }
  }
}

extension Profile.Cost {
  /// GFLOP/s and the share of the peak.
  fileprivate var rates: [String] {
    [gflops.map { fixed($0, 1) } ?? "", share_of_peak.map { percent($0, 0) } ?? ""]
  }
}
