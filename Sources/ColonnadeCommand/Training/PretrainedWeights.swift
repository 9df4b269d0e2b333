import Colonnade

/// Weights of one task as the start of another.
enum PretrainedWeights {
  /// Loads a file into a network. Where the file's output layer is for another number of classes, the network's
  /// keeps its first values; auxiliary heads may be missing or unused. All else must fit. What was not loaded
  /// is said.
  static func load(_ path: String, into network: Network) throws {
    try PublishedWeights.check(path)
    let file = try WeightFile(path: path)
    let fresh = network.store.all.filter { parameter in
      guard let found = file.shape(of: parameter.name) else { return false }
      return isForOtherClasses(found, parameter.layout.fileShape(parameter.shape), network.classes)
    }.map(\.name)
    let auxiliary = network.card.auxiliaryKeys
    try network.store.load(
      from: path, ignoring: fresh + network.ignorableKeys, allowingMissing: fresh + auxiliary)
    let missing = network.store.all.filter {
      $0.role != .counter && Glob.matches(auxiliary, $0.name) && file.shape(of: $0.name) == nil
    }
    let notLoaded = fresh + missing.map(\.name)
    if !notLoaded.isEmpty {
      Diagnostics.note(
        "\(path): not for these \(network.classes) classes, so trained afresh: \(list(notLoaded))")
    }
  }

  /// Whether two shapes differ only in their first extent, which is the network's number of classes.
  private static func isForOtherClasses(_ file: Shape, _ network: Shape, _ classes: Int) -> Bool {
    file.rank == network.rank && file.rank > 0 && network[0] == classes && file[0] != classes
      && file.dimensions.dropFirst() == network.dimensions.dropFirst()
  }

  private static func list(_ names: [String]) -> String {
    names.count <= 4
      ? names.joined(separator: ", ")
      : "\(names.prefix(3).joined(separator: ", ")) and \(names.count - 3) more"
  }
}
