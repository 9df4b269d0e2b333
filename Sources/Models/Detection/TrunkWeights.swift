import Engine

extension LoadableDetector {
  /// Puts the weights of a classifier, such as published ones for ImageNet, into the trunk of the detector's ``Backbone``; all
  /// else keeps its values. Every parameter of the trunk must be in the file.
  /// - Parameter path: a file of the network of the backbone's plan.
  /// - Returns: the file's keys that have no use here: of the classifier, and of layers behind the last map.
  /// - Throws: `WeightFileError`; `NetworkError.invalidOption` where the detector has no trunk, as darknet's have none.
  @discardableResult
  public func loadTrunk(from path: String) throws -> [String] {
    let keys = trunkKeys
    guard !keys.isEmpty else {
      throw NetworkError.invalidOption(
        network: "the detector",
        reason: "it has no trunk that the weights of a classifier, \(path), could go into")
    }
    return try loadTrunk(from: WeightFile(path: path).aligned(with: keys)).unused
  }

  /// The keys that the trunk's parameters have in a classifier's file; none where there is no ``Backbone``.
  package var trunkKeys: Set<String> { Set(store.all.compactMap { TrunkKey.own($0.name) }) }

  /// - Parameter file: aligned with ``trunkKeys``.
  /// - Returns: the file's keys that have no use here, and the parameters that keep their values.
  package func loadTrunk(from file: WeightFile) throws -> (unused: [String], others: [Parameter]) {
    let keys = trunkKeys
    let unused = file.keys.filter { !keys.contains($0) }
    let others = store.all.filter { TrunkKey.own($0.name) == nil }
    try store.load(file, ignoring: unused, allowingMissing: others.map(\.name)) {
      TrunkKey.own($0) ?? TrunkKey.none
    }
    return (unused, others)
  }
}

private enum TrunkKey {
  /// Every detector over a ``Backbone`` has the parameters of its trunk under these keys, and behind them the network's own.
  private static let prefix = "backbone.body."
  /// Of no tensor in a file.
  static let none = "\u{0}"

  /// The network's own key of a detector's; nil where it is not the trunk's.
  static func own(_ name: String) -> String? {
    name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : nil
  }
}
