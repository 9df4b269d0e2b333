import Engine

/// A network's layers with what they cost, found from shapes alone: nothing is computed.
public struct NetworkSummary: Codable, Hashable, Sendable {
  /// The network's name.
  public let network: String
  /// How many there are.
  public let classes: Int
  /// `[N, H, W, C]`
  public let input: [Int]
  /// What is not counted; nil where all is.
  public let note: String?
  /// In the order in which they compute.
  public let layers: [Layer]
  /// Of all layers.
  public let totals: Totals

  /// What one layer makes and costs.
  public struct Layer: Codable, Hashable, Sendable {
    /// Where it is, such as `layer1.0.conv1`; empty for layers without parameters.
    public let name: String
    /// What it is, such as `Conv2d 3×3`.
    public let kind: String
    /// `[N, H, W, C]` or `[N, C]`
    public let output: [Int]
    /// Elements of weights and biases, frozen ones included; not of running statistics.
    public let parameters: Int
    /// Multiply-accumulates.
    public let macs: Int
    /// Of the output.
    public let activationBytes: Int

    private enum CodingKeys: String, CodingKey {
      case name, kind, output, parameters, macs
      case activationBytes = "activation_bytes"
    }
  }

  /// Sums over the layers.
  public struct Totals: Codable, Hashable, Sendable {
    /// Elements of weights and biases, frozen ones included; not of running statistics.
    public let parameters: Int
    /// Multiply-accumulates of one forward pass of the input's batch.
    public let macs: Int
    /// Of all outputs together; inference reuses the memory, training keeps most of it.
    public let activationBytes: Int
    /// As `Float`.
    public let parameterBytes: Int

    private enum CodingKeys: String, CodingKey {
      case parameters, macs
      case activationBytes = "activation_bytes"
      case parameterBytes = "parameter_bytes"
    }
  }

  /// - Parameters:
  ///   - network: its weights do not matter and are not read.
  ///   - input: the shape of a batch, `[N, H, W, C]`.
  /// - Throws: `NetworkError` where the network cannot take the input.
  public init(_ network: Network, input: Shape) throws {
    let recorder = Recorder()
    try Parallel.withoutComputing {
      _ = try network.logits(Tensor(uninitialized: input), observer: recorder)
    }
    self.network = network.name
    self.classes = network.classes
    self.input = input.dimensions
    note = network.card.hasAuxiliaryHeads ? "without auxiliary heads" : nil
    layers = recorder.layers
    totals = Totals(
      parameters: network.store.parameterCount, macs: layers.reduce(0) { $0 + $1.macs },
      activationBytes: layers.reduce(0) { $0 + $1.activationBytes },
      parameterBytes: network.store.parameterCount * MemoryLayout<Float>.size)
  }

  /// - Parameters:
  ///   - card: a network of the registry.
  ///   - classes: nil for the card's number.
  ///   - size: height and width of the one picture; nil for the card's.
  /// - Throws: `NetworkError` for what the network cannot be or take.
  public init(_ card: NetworkCard, classes: Int? = nil, size: Int? = nil) throws {
    let network = try Network(card, classes: classes, initializes: false)
    let size = size ?? card.inputSize
    try self.init(network, input: [1, size, size, network.options.inputChannels])
  }

  private final class Recorder: PassObserver {
    var layers: [Layer] = []

    func didRun(_ record: LayerRecord) {
      layers.append(
        Layer(
          name: record.name, kind: record.kind, output: record.output.dimensions,
          parameters: record.parameters, macs: record.macs,
          activationBytes: record.output.count * MemoryLayout<Float>.size))
    }
  }
}
