import Engine

extension FasterRCNN {
  /// Puts the weights of a file, safetensors or a PyTorch checkpoint, into the detector: strictly, see
  /// `ParameterStore.load(from:ignoring:allowingMissing:key:)`. Files that torchvision wrote before it numbered the layers
  /// within a block (`rpn.head.conv.weight`), as its published weights are, load as well.
  /// - Parameter path: the file.
  /// - Throws: `WeightFileError`.
  public func load(weights path: String) throws {
    let keys = try WeightFile(path: path).keys
    let isOld = keys.contains("rpn.head.conv.weight")
    try store.load(from: path) { isOld ? Self.oldKey($0) : $0 }
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
