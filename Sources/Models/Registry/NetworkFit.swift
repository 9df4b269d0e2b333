import Engine

/// How a weight file's keys and shapes agree with a network of the registry.
public struct NetworkFit: Sendable {
  /// The network's name in the registry.
  public let network: String
  /// As the file's output layer says; the card's number where it has none.
  public let classes: Int
  /// As the file's first convolution says; 3 where it has none.
  public let inputChannels: Int
  /// Whether the file has tensors of auxiliary heads.
  public let hasAuxiliaryHeads: Bool
  /// Where file and network differ; none where the file loads.
  public let misfits: [WeightFileError.Misfit]
  /// Keys with equal shapes, as a share of all keys of the two: 1 where the file loads, and where types alone keep it from
  /// loading.
  public let agreement: Double

  /// Whether the file loads into the network without a misfit.
  public var isComplete: Bool { misfits.isEmpty }
}

extension Registry {
  /// The networks of the standard registry that a file of these tensors loads into, or the one that comes closest.
  /// - Parameter shapes: of the file's tensors, as the file has them.
  public static func fits(_ shapes: [String: Shape]) -> [NetworkFit] { standard.fits(shapes) }

  /// The networks that a file of these tensors loads into, or the one that comes closest.
  /// - Parameter shapes: of the file's tensors, as the file has them.
  public func fits(_ shapes: [String: Shape]) -> [NetworkFit] { fits(Tensors(shapes: shapes)) }

  /// The networks that a file loads into, or the one that comes closest: its types must be such as are loaded.
  package func fits(_ file: some TensorFile) -> [NetworkFit] { fits(Tensors(file)) }

  /// What a file holds.
  private struct Tensors {
    var shapes: [String: Shape]
    /// Empty where all types are taken.
    var types: [String: ElementType] = [:]
    /// Tensors of kinds that are not read.
    var unread: [ExactKey: String] = [:]

    init(shapes: [String: Shape]) { self.shapes = shapes }

    init(_ file: some TensorFile) {
      shapes = Dictionary(file.keys.map { ($0, file.shape(of: $0)!) }) { first, _ in first }
      types = Dictionary(file.keys.map { ($0, file.type(of: $0)!) }) { first, _ in first }
      unread = (file as? WeightFile)?.unread ?? [:]
    }
  }

  private func fits(_ tensors: Tensors) -> [NetworkFit] {
    let fits = cards.map { Self.fit(tensors, $0) }
    let complete = fits.filter(\.isComplete)
    return complete.isEmpty ? fits.max { $0.agreement < $1.agreement }.map { [$0] } ?? [] : complete
  }

  /// Stand for the number of classes and of input channels in a network's shapes; no layer is so wide.
  private static let (unknownClasses, unknownChannels) = (7919, 7907)

  private static func fit(_ tensors: Tensors, _ card: NetworkCard) -> NetworkFit {
    let shapes = tensors.shapes
    let store = ParameterStore(initializes: false)
    _ = card.build(
      store.scope,
      NetworkOptions(
        classes: unknownClasses, inputChannels: unknownChannels, auxiliary: card.hasAuxiliaryHeads,
        dropout: nil))
    let hasAuxiliaryHeads = shapes.keys.contains { Glob.matches(card.auxiliaryKeys, $0) }
    let parameters = store.all.filter { hasAuxiliaryHeads || !Glob.matches(card.auxiliaryKeys, $0.name) }
      .map { (key: $0.name, shape: $0.layout.fileShape($0.shape), parameter: $0) }

    /// What the file has in the place of the number that stands for it.
    func found(_ unknown: Int, axis: Int) -> Int? {
      for (key, shape, _) in parameters where shape.rank > axis && shape[axis] == unknown {
        if let shape = shapes[key], shape.rank > axis, shape[axis] > 0 { return shape[axis] }
      }
      return nil
    }
    let classes = found(unknownClasses, axis: 0) ?? card.classes
    let channels = found(unknownChannels, axis: 1) ?? 3
    var misfits: [WeightFileError.Misfit] = []
    // Of the agreeing ones, those of types that are not read are misfits too.
    var (agreeing, mistyped) = (0, 0)
    for (key, unknown, parameter) in parameters {
      let shape = Shape(
        unknown.dimensions.map { $0 == unknownClasses ? classes : $0 == unknownChannels ? channels : $0 })
      switch shapes[key] {
      case shape:
        agreeing += 1
        if let type = tensors.types[key], !parameter.takes(type) {
          mistyped += 1
          misfits.append(.wrongType(key: key, type: type.rawValue))
        }
      case let other?: misfits.append(.wrongShape(key: key, file: other, network: shape))
      case nil where parameter.role == .counter: break
      case nil:
        if let kind = tensors.unread[ExactKey(key)] {
          misfits.append(.wrongType(key: key, type: kind))
        } else {
          misfits.append(.missing(key: key, shape: shape))
        }
      }
    }
    let known = Set(parameters.map(\.key))
    for key in shapes.keys.sorted() where !known.contains(key) {
      misfits.append(.unexpected(key: key, shape: shapes[key]!))
    }
    return NetworkFit(
      network: card.name, classes: classes, inputChannels: channels, hasAuxiliaryHeads: hasAuxiliaryHeads,
      misfits: misfits, agreement: Double(agreeing) / Double(max(1, agreeing + misfits.count - mistyped)))
  }
}
