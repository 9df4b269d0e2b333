import Engine
import Images

/// The module of a darknet configuration.
///
/// Keys are `layers.3.conv.weight`, `layers.3.bn.weight` and so on, `linear` of a connected layer. Numbers between
/// layers are `[N, H, W, C]`, `[N, 1, 1, C]` where they are flat.
public final class DarknetNetwork: DetectionBody {
  /// What it was built of.
  public let architecture: DarknetArchitecture
  public let children: [any Module]
  /// In the order of a `.weights` file.
  let weights: [DarknetWeight]
  private let steps: [DarknetStep]
  /// By layer, the last one that reads its output later than the next.
  private let lastReaders: [Int: Int]

  /// - Parameters:
  ///   - scope: where its parameters' keys begin.
  ///   - architecture: the layers.
  public init(_ scope: Scope, _ architecture: DarknetArchitecture) {
    var builder = DarknetBuilder(scope: scope["layers"])
    var previous: Shape = [architecture.input.height, architecture.input.width, architecture.inputChannels]
    for layer in architecture.layers {
      builder.add(layer, input: previous)
      previous = layer.output
    }
    self.architecture = architecture
    steps = builder.steps
    weights = builder.weights
    children = builder.steps.compactMap { step -> (any Module)? in
      if case .module(let module) = step { return module }
      return nil
    }
    var readers: [Int: Int] = [:]
    for (index, layer) in architecture.layers.enumerated() {
      for source in layer.sources { readers[source] = index }
    }
    lastReaders = readers
  }

  public var heads: [DetectionHead] { architecture.heads }

  public func check(_ input: Shape) throws {
    let size = Image.Size(width: input[2], height: input[1])
    guard size != architecture.input else { return }
    let resized = try architecture.resized(to: size)
    if architecture.hasFixedSize {
      throw DarknetError.misfit(
        .init(file: resized.configuration.file, line: 0),
        reason: "it has connected layers for pictures of \(architecture.input) and takes none of \(size)")
    }
  }

  /// The last layer's output: `[N, C]` where it is flat, else `[N, H, W, C]`.
  public func forward(_ x: consuming Tensor, _ pass: Pass) -> Tensor {
    let y = run(x, pass) { _, _ in }
    return y.shape[1] == 1 && y.shape[2] == 1 ? y.flattened() : y
  }

  public func maps(_ x: consuming Tensor, _ pass: Pass) -> [Tensor] {
    var maps: [Tensor] = []
    _ = run(x, pass) { index, output in
      switch architecture.layers[index].head {
      case .anchors?: maps.append(output)
      // Darknet's order of numbers is C, H, W.
      case .grid?: maps.append(output.permuted([0, 3, 1, 2]).flattened())
      case nil: break
      }
    }
    return maps
  }

  /// - Parameter receive: is given each layer's place and its output.
  private func run(
    _ x: consuming Tensor, _ pass: Pass, _ receive: (Int, Tensor) -> Void
  ) -> Tensor {
    var current: Tensor? = x
    var kept: [Int: Tensor] = [:]
    for (index, step) in steps.enumerated() {
      switch step {
      case .module(let module): current = module(current.take()!, pass)
      case .route(let sources, let groups, let group):
        current = route(sources.map { kept[$0]! }, groups, group)
      case .shortcut(let source, let activation): current = activation(current.take()! + kept[source]!)
      case .same: break
      }
      receive(index, current!)
      if lastReaders[index] != nil { kept[index] = current }
      for source in architecture.layers[index].sources where lastReaders[source] == index {
        kept[source] = nil
      }
    }
    return current!
  }

  private func route(_ parts: [Tensor], _ groups: Int, _ group: Int) -> Tensor {
    let parts =
      groups == 1
      ? parts
      : parts.map { part in
        let width = part.shape[3] / groups
        return part.slice(axis: 3, group * width..<(group + 1) * width)
      }
    return parts.count == 1 ? parts[0] : concat(parts, axis: 3)
  }
}

/// What a layer does in the forward pass.
enum DarknetStep: Sendable {
  case module(any Module)
  case route([Int], groups: Int, group: Int)
  case shortcut(Int, DarknetActivation)
  /// Nothing: heads, a loss.
  case same
}
