import Engine

extension FasterRCNN {
  /// What a parameter is called in a file: torchvision's own weights were written before it numbered the layers within a block
  /// (`rpn.head.conv.weight`).
  /// - Parameters:
  ///   - name: the parameter's.
  ///   - file: safetensors or a PyTorch checkpoint.
  public func fileKey(of name: String, in file: WeightFile) -> String {
    file.shape(of: "rpn.head.conv.weight") != nil ? Self.oldKey(name) : name
  }

  /// Puts the weights of a classifier, such as published ones for ImageNet, into the backbone's trunk; all else keeps its
  /// values. Every parameter of the trunk must be in the file.
  /// - Parameter path: a file of the network of the backbone's plan.
  /// - Returns: the file's keys that have no use here: of the classifier, and of layers behind the last map.
  /// - Throws: `WeightFileError`.
  @discardableResult
  public func loadTrunk(from path: String) throws -> [String] {
    let prefix = "backbone.body."
    let names = store.all.map(\.name)
    let wanted = Set(names.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) })
    let unused = try WeightFile(path: path).keys.filter { !wanted.contains($0) }
    try store.load(from: path, ignoring: unused, allowingMissing: names.filter { !$0.hasPrefix(prefix) }) {
      $0.hasPrefix(prefix) ? String($0.dropFirst(prefix.count)) : $0
    }
    return unused
  }

  /// `inner_blocks.2.0.weight` was `inner_blocks.2.weight`, and `rpn.head.conv.0.0.bias` was `rpn.head.conv.bias`.
  private static func oldKey(_ name: String) -> String {
    var parts = name.split(separator: ".").map(String.init)
    if name.hasPrefix("backbone.fpn."), parts.count == 6 {
      parts.remove(at: 4)
    } else if name.hasPrefix("rpn.head.conv."), parts.count == 6 {
      parts.removeSubrange(3...4)
    }
    return parts.joined(separator: ".")
  }
}
