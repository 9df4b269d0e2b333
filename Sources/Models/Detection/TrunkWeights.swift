import Engine

extension LoadableDetector {
  /// Puts the weights of a classifier, such as published ones for ImageNet, into the trunk of the detector's ``Backbone``; all
  /// else keeps its values. Every parameter of the trunk must be in the file.
  /// - Parameter path: a file of the network of the backbone's plan.
  /// - Returns: the file's keys that have no use here: of the classifier, and of layers behind the last map.
  /// - Throws: `WeightFileError`; `NetworkError.invalidOption` where the detector has no trunk, as darknet's have none.
  @discardableResult
  public func loadTrunk(from path: String) throws -> [String] { try store.loadTrunk(from: path) }
}

extension FastRCNN {
  /// As ``LoadableDetector/loadTrunk(from:)``.
  /// - Parameter path: a file of the network of the backbone's plan.
  /// - Returns: the file's keys that have no use here.
  /// - Throws: `WeightFileError`.
  @discardableResult
  public func loadTrunk(from path: String) throws -> [String] { try store.loadTrunk(from: path) }
}

extension ParameterStore {
  /// Every detector over a backbone has the parameters of its trunk under these keys, and behind them the network's own.
  private static let trunk = "backbone.body."

  fileprivate func loadTrunk(from path: String) throws -> [String] {
    let names = all.map(\.name)
    let (ours, others) = (
      names.filter { $0.hasPrefix(Self.trunk) }, names.filter { !$0.hasPrefix(Self.trunk) }
    )
    guard !ours.isEmpty else {
      throw NetworkError.invalidOption(
        network: "the detector",
        reason: "it has no trunk that the weights of a classifier, \(path), could go into")
    }
    let wanted = Set(ours.map { String($0.dropFirst(Self.trunk.count)) })
    let file = try WeightFile(path: path).aligned(with: wanted)
    let unused = file.keys.filter { !wanted.contains($0) }
    try load(file, ignoring: unused, allowingMissing: others) {
      $0.hasPrefix(Self.trunk) ? String($0.dropFirst(Self.trunk.count)) : $0
    }
    return unused
  }
}
