import Colonnade

extension NetworkSummary {
  func print(json: Bool) throws {
    if json { return try Output.json(self) }
    let terminal = Terminal.standardOutput
    let title = "\(network), \(counted(classes, "class")), input \(extents(input))"
    terminal.print(terminal.styled(title, .bold) + (note.map { " (\($0))" } ?? ""))
    var table = TextTable(
      [.left, .left, .right, .right, .right, .right],
      header: ["layer", "kind", "output", "parameters", "MACs", "memory"])
    for layer in layers {
      table.add([
        layer.name, layer.kind, extents(layer.output),
        layer.parameters > 0 ? grouped(layer.parameters) : "",
        layer.macs > 0 ? scaled(Double(layer.macs)) : "", bytes(layer.activationBytes),
      ])
    }
    table.add([
      "total", "", "", grouped(totals.parameters), scaled(Double(totals.macs)),
      bytes(totals.activationBytes),
    ])
    let lines = table.lines
    terminal.print(terminal.styled(lines.first!, .dim))
    for line in lines.dropFirst().dropLast() { terminal.print(line) }
    terminal.print(terminal.styled(lines.last!, .bold))
    terminal.print("The parameters take \(bytes(totals.parameterBytes)).")
  }
}
