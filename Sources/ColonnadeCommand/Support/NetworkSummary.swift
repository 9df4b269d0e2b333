import Colonnade

/// A network's layers with what they cost, found by running it once on a picture of zeros.
struct NetworkSummary: Encodable {
  let network: String
  let classes: Int
  /// `[1, H, W, C]`
  let input: [Int]
  /// What is not counted; nil where all is.
  let note: String?
  let layers: [Layer]
  let totals: Totals

  struct Layer: Encodable {
    let name: String
    let kind: String
    /// `[1, H, W, C]` or `[1, C]`
    let output: [Int]
    let parameters: Int
    let macs: Int
    /// Of the output.
    let activation_bytes: Int
  }

  struct Totals: Encodable {
    let parameters: Int
    let macs: Int
    /// Of all outputs together; inference reuses the memory, training keeps most of it.
    let activation_bytes: Int
    let parameter_bytes: Int
  }

  /// - Throws: `NetworkError` for what the network cannot be or take.
  init(_ card: NetworkCard, classes: Int?, size: Int?) throws {
    let network = try Network(card, classes: classes, initializes: false)
    let size = size ?? card.inputSize
    let input: Shape = [1, size, size, network.options.inputChannels]
    let recorder = Recorder()
    _ = try network.logits(Tensor(zeros: input), observer: recorder)

    self.network = network.name
    self.classes = network.classes
    self.input = input.dimensions
    note = card.hasAuxiliaryHeads ? "without auxiliary heads" : nil
    layers = recorder.layers
    totals = Totals(
      parameters: network.store.parameterCount, macs: layers.reduce(0) { $0 + $1.macs },
      activation_bytes: layers.reduce(0) { $0 + $1.activation_bytes },
      parameter_bytes: network.store.parameterCount * MemoryLayout<Float>.size)
  }

  private final class Recorder: PassObserver {
    var layers: [Layer] = []

    func didRun(_ record: LayerRecord) {
      layers.append(
        Layer(
          name: record.name, kind: record.kind, output: record.output.dimensions,
          parameters: record.parameters, macs: record.macs,
          activation_bytes: record.output.count * MemoryLayout<Float>.size))
    }
  }

  func print(json: Bool) throws {
    if json { return try Output.json(self) }
    let terminal = Terminal.standardOutput
    let title = "\(network), \(classes) classes, input \(extents(input))"
    terminal.print(terminal.styled(title, .bold) + (note.map { " (\($0))" } ?? ""))
    var table = TextTable(
      [.left, .left, .right, .right, .right, .right],
      header: ["layer", "kind", "output", "parameters", "MACs", "memory"])
    for layer in layers {
      table.add([
        layer.name, layer.kind, extents(layer.output),
        layer.parameters > 0 ? grouped(layer.parameters) : "",
        layer.macs > 0 ? scaled(Double(layer.macs)) : "", bytes(layer.activation_bytes),
      ])
    }
    table.add([
      "total", "", "", grouped(totals.parameters), scaled(Double(totals.macs)),
      bytes(totals.activation_bytes),
    ])
    let lines = table.lines
    terminal.print(terminal.styled(lines.first!, .dim))
    for line in lines.dropFirst().dropLast() { terminal.print(line) }
    terminal.print(terminal.styled(lines.last!, .bold))
    terminal.print("The parameters take \(bytes(totals.parameter_bytes)).")
  }
}
