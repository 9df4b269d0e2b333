import Colonnade

/// The registry's networks with what is known of them.
struct NetworkList {
  private let rows: [Row]

  private struct Row: Encodable {
    let network: String
    let family: String
    let variant: String?
    let classes: Int
    let input_size: Int
    let parameters: Int?
    let macs: Int?
    /// Of published weights, in per cent.
    let top1_error: Double?
    let top5_error: Double?
    let error_source: String?
  }

  init(_ cards: [NetworkCard]) {
    rows = cards.map { card in
      Row(
        network: card.name, family: card.family, variant: card.variant?.rawValue, classes: card.classes,
        input_size: card.inputSize, parameters: card.parameterCount, macs: card.macs,
        top1_error: card.publishedError?.top1, top5_error: card.publishedError?.top5,
        error_source: card.publishedError?.source)
    }
  }

  func print(json: Bool) throws {
    if json { return try Output.json(rows) }
    let terminal = Terminal.standardOutput
    var table = TextTable(
      [.left, .left, .right, .right, .right, .right, .right, .right],
      header: ["network", "variant", "classes", "input", "parameters", "MACs", "top-1 error", "top-5 error"])
    for row in rows {
      table.add([
        row.network, row.variant ?? "–", String(row.classes), "\(row.input_size)×\(row.input_size)",
        row.parameters.map(grouped) ?? "–", row.macs.map { scaled(Double($0)) } ?? "–",
        row.top1_error.map { fixed($0, 2) + " %" } ?? "–",
        row.top5_error.map { fixed($0, 2) + " %" } ?? "–",
      ])
    }
    terminal.print(terminal.styled(table.lines[0], .dim))
    for line in table.lines.dropFirst() { terminal.print(line) }
    terminal.print(
      "Errors are published ones of one network on one crop; those of papers and torchvision differ in training."
    )
  }
}
