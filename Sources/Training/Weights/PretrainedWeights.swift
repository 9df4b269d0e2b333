import Engine
import Models

/// Weights of one task as the start of another: what was loaded, and what was not.
public struct PretrainedWeights: Hashable, Sendable {
  /// Layers for other classes, of which the rows of the network's classes were taken by name.
  public let chosenRows: [String]
  /// What keeps its first values: output layers for other classes, and auxiliary heads that the file lacks.
  public let notLoaded: [String]
  /// What people should know of how the file was read, `WeightFile.notes`.
  public let notes: [String]

  /// Loads a file into a network. Where the file's output layer is for another number of classes, its rows of the
  /// data's classes are taken if it knows them all by name; otherwise the network's keeps its first values.
  /// Auxiliary heads may be missing or unused. All else must fit. Of weights that were trained without labels
  /// (``WeightCard/isPretrained``) all but the classifier is taken.
  /// - Parameters:
  ///   - path: a safetensors file or a PyTorch checkpoint.
  ///   - network: whose weights are set.
  ///   - classNames: the data's, in the order of the network's outputs.
  /// - Throws: `WeightFileError`, ``TrainedNetworkError/detector(file:name:)``.
  @discardableResult
  public static func load(
    _ path: String, into network: Network, classNames: [String]
  ) throws -> PretrainedWeights {
    try load(WeightFile(path: path), into: network, classNames: classNames)
  }

  /// As ``load(_:into:classNames:)``, from a file that is open.
  /// - Parameters:
  ///   - file: which tensors of a checkpoint are meant was said when it was opened.
  ///   - network: whose weights are set.
  ///   - classNames: the data's, in the order of the network's outputs.
  /// - Throws: `WeightFileError`, ``TrainedNetworkError/detector(file:name:)``.
  @discardableResult
  public static func load(
    _ file: WeightFile, into network: Network, classNames: [String]
  ) throws -> PretrainedWeights {
    try PublishedWeights.check(file)
    if let detector = TrainedDetector.name(of: file) {
      throw TrainedNetworkError.detector(file: file.path, name: detector)
    }
    let file = file.aligned(with: network.store.all.map(\.name))
    let card = try WeightCard.read(from: file)
    if card?.isPretrained == true { return try loadTrunk(of: file, into: network) }
    let others = network.store.all.filter { parameter in
      guard let found = file.shape(of: parameter.name) else { return false }
      return isForOtherClasses(found, parameter.layout.fileShape(parameter.shape), network.classes)
    }
    var known: [(parameter: Parameter, value: Tensor)] = []
    var fresh: [String] = []
    for parameter in others {
      let layer = try file.tensor(parameter.name)
      guard let rows = rows(of: classNames, in: layer.shape[0], card) else {
        fresh.append(parameter.name)
        continue
      }
      let chosen = concat(rows.map { layer.slice(axis: 0, $0..<$0 + 1) }, axis: 0)
      known.append((parameter, parameter.layout.fromFile(chosen)))
    }
    let otherKeys = others.map(\.name)
    let auxiliary = network.card.auxiliaryKeys
    try network.store.load(
      file, ignoring: otherKeys + network.ignorableKeys, allowingMissing: otherKeys + auxiliary)
    for (parameter, value) in known { parameter.value = value }
    let missing = network.store.all.filter {
      $0.role != .counter && Glob.matches(auxiliary, $0.name) && file.shape(of: $0.name) == nil
    }
    return PretrainedWeights(
      chosenRows: known.map(\.parameter.name), notLoaded: fresh + missing.map(\.name), notes: file.notes)
  }

  /// Where an output layer of so many classes has these; nil where it is not known to have them all.
  private static func rows(of classNames: [String], in classes: Int, _ card: WeightCard?) -> [Int]? {
    guard let names = TrainedNetwork.classNames(classes, card), names.count == classes else { return nil }
    let rows = classNames.compactMap { names.firstIndex(of: $0) }
    return rows.count == classNames.count ? rows : nil
  }

  /// Whether two shapes differ only in their first extent, which is the network's number of classes.
  private static func isForOtherClasses(_ file: Shape, _ network: Shape, _ classes: Int) -> Bool {
    file.rank == network.rank && file.rank > 0 && network[0] == classes && file[0] != classes
      && file.dimensions.dropFirst() == network.dimensions.dropFirst()
  }
}
