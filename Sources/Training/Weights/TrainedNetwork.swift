import Datasets
import Engine
import Foundation
import Images
import Models

/// A network with its weights, and what the weight file says of itself.
///
///     let trained = try TrainedNetwork(weights: "runs/digits/best.safetensors")
///     let predictions = try Classifier(trained).classify(picture)
public struct TrainedNetwork: Sendable {
  /// With its weights.
  public let network: Network
  /// Nil where another program wrote the file.
  public let card: WeightCard?
  /// How many of the file's tensors, of auxiliary heads that were not built, are left unused.
  public let unusedTensors: Int
  /// What people should know of how the file was read, `WeightFile.notes`.
  public let notes: [String]

  /// Builds the network and loads its weights, held against their digest where the file is called like a published one.
  /// - Parameters:
  ///   - name: of the network; nil where the weights must say it.
  ///   - weights: a safetensors file or a PyTorch checkpoint.
  ///   - key: where in a checkpoint of several state dicts the weights are, as `WeightFile` takes it.
  ///   - classes: nil for as many as the weights say, else the network's own.
  ///   - registry: where the name, given or the weights', is looked for.
  /// - Throws: ``TrainedNetworkError``, `NetworkError`, `WeightFileError`.
  public init(
    _ name: String? = nil, weights: String, key: String? = nil, classes: Int? = nil,
    in registry: Registry = .standard
  ) throws {
    // First, for a misspelt name is cheaper to find than a misfit.
    let named = try name.map { try registry.card(named: $0) }
    let opened = try Self.open(weights, key: key, published: named?.publishedWeights)
    try PublishedWeights.check(opened)
    if let detector = TrainedDetector.name(of: opened) {
      throw TrainedNetworkError.detector(file: weights, name: detector)
    }
    card = try WeightCard.read(from: opened)
    if let named, let card, named.name != card.network {
      throw TrainedNetworkError.otherNetwork(file: weights, holds: card.network, asked: named.name)
    }
    guard let name = named?.name ?? card?.network else {
      throw TrainedNetworkError.unknownNetwork(file: weights)
    }
    if let card, card.isPretrained, card.classNames.isEmpty {
      throw TrainedNetworkError.trunkAlone(file: weights, network: card.network)
    }
    network = try Network(
      name, classes: classes ?? card?.classes, inputChannels: card?.inputChannels ?? 3, initializes: false,
      in: registry)
    let ignorable = network.ignorableKeys
    let file = opened.aligned(with: network.store.all.map(\.name))
    notes = file.notes
    try network.store.load(file, ignoring: ignorable)
    unusedTensors = file.keys.filter { Glob.matches(ignorable, $0) }.count
  }

  /// Opens the weights; where they are missing, the error says which file is published.
  private static func open(
    _ weights: String, key: String?, published: PublishedWeights?
  ) throws -> WeightFile {
    do {
      return try WeightFile(path: weights, key: key)
    } catch WeightFileError.unreadable(let file, let reason) {
      let isThere = FileManager.default.fileExists(atPath: file)
      let hint = isThere ? "" : published.map { "; torchvision's weights are \($0.url)" } ?? ""
      throw WeightFileError.unreadable(file: file, reason: reason + hint)
    }
  }

  /// What the weights expect.
  public var preprocessing: Preprocessing { card?.preprocessing ?? network.card.preprocessing }

  /// The names of the classes as the weights have them; ImageNet's WordNet identifiers where there are a thousand;
  /// nil where they are unknown.
  public var classNames: [String]? { Self.classNames(network.classes, card) }

  /// As ``classNames``, of weights for so many classes.
  static func classNames(_ classes: Int, _ card: WeightCard?) -> [String]? {
    card?.classNames ?? (classes == 1000 ? ClassNames.imageNetSynsets : nil)
  }

  /// Names for people; a class of unknown name is called by its number.
  public var labels: [String] {
    if card == nil && network.classes == 1000 { return ClassNames.imageNet }
    return classNames?.map(ClassNames.readable) ?? (0..<network.classes).map { "class \($0)" }
  }

  /// The classes that a person may mean: the one that is called so, letter by letter; the one of that number; those of that name
  /// as the weights have it or as people read it, upper and lower case being the same; else those with it among names that commas part ("tench" of "tench, Tinca tinca").
  /// - Parameter text: a class's number or name.
  /// - Returns: none where there is no such class, several where the name is ambiguous.
  public func classes(called text: String) -> [Int] {
    // Classes may be called by numbers that are not their places.
    if let exact = classNames?.firstIndex(of: text) { return [exact] }
    if let number = Int(text) { return 0..<network.classes ~= number ? [number] : [] }
    let wanted = text.lowercased()
    let (names, labels) = ((classNames ?? []).map { $0.lowercased() }, labels.map { $0.lowercased() })
    let all = 0..<network.classes
    let whole = all.filter { label in
      [names, labels].contains { label < $0.count && $0[label] == wanted }
    }
    if !whole.isEmpty { return whole }
    return all.filter { label in
      label < labels.count
        && labels[label].split(separator: ",").contains { $0.drop { $0 == " " } == wanted }
    }
  }

  /// Data with the network's classes: matched by name where the names are known, so that the data may lack some.
  /// - Parameters:
  ///   - dataset: whose class names are looked for among the network's.
  ///   - name: what errors call the data.
  /// - Throws: ``TrainedNetworkError`` where the network does not have the data's classes.
  public func matched(_ dataset: any Dataset<Int>, name: String) throws -> any Dataset<Int> {
    if let names = classNames, names != dataset.classNames {
      let unknown = dataset.classNames.filter { !names.contains($0) }
      guard unknown.isEmpty else { throw TrainedNetworkError.unknownClasses(data: name, unknown) }
      return RelabelledDataset(dataset, classNames: names)
    }
    guard dataset.classNames.count == network.classes else {
      throw TrainedNetworkError.classCount(data: name, dataset.classNames.count, network: network.classes)
    }
    return dataset
  }
}

/// Why weights make no network, or a network does not suit what it is to look at.
public enum TrainedNetworkError: Error, Equatable, CustomStringConvertible {
  /// The weights are of another network than the one asked for.
  case otherNetwork(file: String, holds: String, asked: String)
  /// The weights are a detector's, where a classifier's are asked for.
  case detector(file: String, name: String)
  /// The weights are a classifier's, where a detector's are asked for.
  case classifier(file: String, name: String)
  /// There are more or fewer names than the classes of a network.
  case nameCount(Int, classes: Int, network: String)
  /// Neither the file nor the caller says which network the weights are of.
  case unknownNetwork(file: String)
  /// The weights are a trunk's that was trained without labels: there is no classifier.
  case trunkAlone(file: String, network: String)
  /// The data have classes that the network does not know.
  case unknownClasses(data: String, [String])
  /// The data have another number of classes than the network.
  case classCount(data: String, Int, network: Int)
  /// The network cannot take a picture.
  case refused(picture: String, reason: String)

  /// One line that names the file, the data or the picture.
  public var description: String {
    switch self {
    case .otherNetwork(let file, let holds, let asked):
      "\(file): holds the weights of \(holds), not of \(asked)"
    case .detector(let file, let name):
      "\(file): holds the weights of the detector \(shown(name)), for 'colonnade detect'"
    case .classifier(let file, let name):
      "\(file): holds the weights of the classifier \(shown(name)), for 'colonnade classify'"
    case .nameCount(let count, let classes, let network):
      "\(counted(count, "name")) for \(counted(classes, "class")) of \(network)"
    case .unknownNetwork(let file): "\(file): does not say of which network it is"
    case .trunkAlone(let file, let network):
      "\(file): the trunk of \(network), trained without labels, and no classifier; train one on it with these as its --weights"
    case .unknownClasses(let data, let names):
      "\(data): the network does not know the class \(names.first ?? "") (\(names.count) such)"
    case .classCount(let data, let count, let network):
      "\(data): \(counted(count, "class")) for the network's \(network)"
    case .refused(let picture, let reason): "\(picture): \(reason)"
    }
  }
}
