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

  /// What the batch norms of torchvision's weights for COCO add to the variance.
  static let publishedEpsilon: Float = 0

  /// What the batch norms of a file's weights add to the variance, where it is known: of torchvision's for COCO, which have a
  /// ResNet-50's trunk and scores of the background and of as many classes as COCO has numbers.
  /// - Parameter file: of weights without a card.
  package static func epsilon(of file: WeightFile) -> Float? {
    let (scores, trunk) = ("roi_heads.box_predictor.cls_score.weight", "backbone.body.layer3.5.conv3.weight")
    let aligned = file.aligned(with: [scores, trunk])
    guard aligned.shape(of: scores)?.dimensions.first == cocoCategories.count + 1,
      aligned.shape(of: trunk) != nil
    else { return nil }
    return publishedEpsilon
  }
}
