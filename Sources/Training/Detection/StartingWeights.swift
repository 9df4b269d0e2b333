import Engine
import Models

/// Weights that a detector's training begins with: what of a file was loaded, and what was not.
public struct StartingWeights: Hashable, Sendable {
  /// What the file was found to be, by its content.
  public enum Source: Hashable, Sendable {
    /// The weights of a whole detector.
    case detector
    /// The weights of the detector's trunk, a classifier of this name.
    case trunk(String)
  }

  /// What the file was found to be.
  public let source: Source
  /// Layers for other classes, of which the rows of the detector's classes were taken by name.
  public let chosenRows: [String]
  /// What keeps its first values.
  public let notLoaded: [String]
  /// How many of the file's tensors have no use here, such as those of a classifier behind its trunk.
  public let unused: Int
  /// What people should know of how the file was read, `WeightFile.notes`, and of what was kept for its sake.
  public internal(set) var notes: [String]

  /// Loads a file into a detector: what it is, its keys say. Of weights for other classes the layers of classes take the rows of
  /// the detector's where the file's card knows them all by name; otherwise they keep their first values. All else must fit.
  /// - Parameters:
  ///   - path: darknet's `.weights`, safetensors or a PyTorch checkpoint.
  ///   - key: where in a checkpoint of several state dicts the weights are, as `WeightFile` takes it.
  ///   - detector: whose weights are set.
  ///   - card: the detector's.
  /// - Throws: `WeightFileError`.
  @discardableResult
  public static func load(
    _ path: String, key: String? = nil, into detector: any LoadableDetector, _ card: DetectorCard
  ) throws -> StartingWeights {
    if try DarknetWeightFile.isOne(path) {
      guard let network = (detector as? YOLODetector)?.network.body as? DarknetNetwork else {
        throw WeightFileError.otherFormat(
          file: path, format: "a darknet weight file",
          advice: "\(card.name) takes \(card.weightFormats)")
      }
      let fresh = try network.loadFitting(DarknetWeightFile(path: path))
      return StartingWeights(source: .detector, chosenRows: [], notLoaded: fresh, unused: 0, notes: [])
    }
    try PublishedWeights.check(path)
    let file = try WeightFile(path: path, key: key)
    let names = detector.store.all.map(\.name)
    let whole = file.aligned(with: names.map { detector.fileKey(of: $0, in: file) })
    if let trunk = card.trunk {
      let (wanted, keys) = (detector.trunkKeys, Set(names.map { detector.fileKey(of: $0, in: whole) }))
      let aligned = file.aligned(with: wanted)
      if aligned.keys.count(where: wanted.contains) > whole.keys.count(where: keys.contains) {
        let (unused, others) = try detector.loadTrunk(from: aligned)
        return StartingWeights(
          source: .trunk(trunk), chosenRows: [],
          notLoaded: others.filter { $0.role != .counter }.map(\.name), unused: unused.count,
          notes: file.notes)
      }
    }
    return try load(whole, into: detector, card)
  }

  /// A whole detector's, perhaps for other classes.
  private static func load(
    _ file: WeightFile, into detector: any LoadableDetector, _ card: DetectorCard
  ) throws -> StartingWeights {
    let store = detector.store
    func key(_ name: String) -> String { detector.fileKey(of: name, in: file) }
    let classNames = detector.classes
    var layers: [String: ClassLayer] = [:]
    for layer in detector.classLayers { for name in layer.names { layers[name] = layer } }
    let named = try WeightCard.read(from: file)?.classNames
    // Files of other programs name no classes: as many as the published weights have are theirs.
    let known = named ?? card.classes
    let others = store.all.filter { parameter in
      guard layers[parameter.name] != nil, let found = file.shape(of: key(parameter.name)) else {
        return false
      }
      let own = parameter.layout.fileShape(parameter.shape)
      let isOfOtherClasses =
        found.rank == own.rank && found.rank > 0
        && found.dimensions.dropFirst() == own.dimensions.dropFirst()
      return isOfOtherClasses && (found[0] != own[0] || named ?? classNames != classNames)
    }
    var chosen: [(parameter: Parameter, value: Tensor)] = []
    var fresh: [String] = []
    for parameter in others {
      let (layer, tensor) = (layers[parameter.name]!, try file.tensor(key(parameter.name)))
      let labels = classNames.compactMap { known.firstIndex(of: $0) }
      guard layer.isOrdered, labels.count == classNames.count,
        tensor.shape[0] == layer.rows(classes: known.count)
      else {
        fresh.append(parameter.name)
        continue
      }
      let rows = layer.rows(of: labels, classes: known.count)
      let taken = concat(rows.map { tensor.slice(axis: 0, $0..<$0 + 1) }, axis: 0)
      chosen.append((parameter, parameter.layout.fromFile(taken)))
    }
    let names = others.map(\.name)
    try store.load(file, ignoring: names.map(key), allowingMissing: names, key: key)
    for (parameter, value) in chosen { parameter.value = value }
    return StartingWeights(
      source: .detector, chosenRows: chosen.map(\.parameter.name), notLoaded: fresh, unused: 0,
      notes: file.notes)
  }
}
