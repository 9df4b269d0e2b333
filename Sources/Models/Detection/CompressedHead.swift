import Engine

/// A detector whose head over regions has fully-connected layers that may be compressed.
public protocol CompressibleDetector: Detector {
  /// The same detector with the fully-connected layers of its head, fc6 and fc7, each as two by a truncated singular value
  /// decomposition, without a non-linearity between them (Girshick 2015, "Fast R-CNN", section 3.1; see
  /// `Linear.truncated(rank:_:)`). For inference: most of a region's time is theirs.
  ///
  /// A layer that would need no fewer multiply-accumulates, rank · (in + out) in place of in · out, stays as it is. The
  /// two have the keys `fc6.0` and `fc6.1`, for which this detector's own files have one layer.
  /// - Parameter rank: how many singular values of each layer are kept, at least 1; the paper keeps 1024 of VGG-16's fc6, and
  ///   256 of fc7.
  /// - Returns: a detector with parameters of its own.
  /// - Throws: `LinearAlgebraError` where a weight is not finite.
  func compressed(rank: Int) throws -> Self
}

extension FastRCNN: CompressibleDetector {
  public func compressed(rank: Int) throws -> FastRCNN {
    let store = ParameterStore(initializes: false)
    let result = try FastRCNN(
      classes: classes, backbone: backbone.plan, options: options, store, proposer
    ) { scope, _ in try RegionHead(scope, compressing: head, rank: rank) }
    store.copyValues(from: self.store)
    return result
  }
}

extension FasterRCNN: CompressibleDetector {
  public func compressed(rank: Int) throws -> FasterRCNN {
    let store = ParameterStore(initializes: false)
    let result = try FasterRCNN(
      classes: classes, backbone: backbone.plan, options: options, store
    ) { scope, _ in try RegionHead(scope, compressing: head, rank: rank) }
    store.copyValues(from: self.store)
    return result
  }
}

extension RegionHead {
  /// Another head with its hidden layers compressed; parameters that keep their names are zeros.
  fileprivate convenience init(_ scope: Scope, compressing other: RegionHead, rank: Int) throws {
    precondition(rank >= 1, "RegionHead: compressed to rank \(rank)")
    func compressed(_ layer: any Module, _ scope: Scope) throws -> any Module {
      guard let layer = layer as? Linear else {
        preconditionFailure("RegionHead: \(layer.path) is compressed already")
      }
      let (own, perRank) = (layer.inFeatures * layer.outFeatures, layer.inFeatures + layer.outFeatures)
      // rank · perRank < own, without an overflow.
      guard rank <= (own - 1) / perRank else { return RegionHead.emptyCopy(of: layer, scope) }
      return try layer.truncated(rank: rank, scope)
    }
    let (head, predictor) = (scope["box_head"], scope["box_predictor"])
    self.init(
      try compressed(other.hidden.first, head["fc6"]), try compressed(other.hidden.second, head["fc7"]),
      classifier: RegionHead.emptyCopy(of: other.classifier, predictor["cls_score"]),
      offsets: RegionHead.emptyCopy(of: other.offsets, predictor["bbox_pred"]), pooler: other.pooler)
  }

  /// A layer of the same shapes, and of the same order of inputs in files.
  private static func emptyCopy(of layer: Linear, _ scope: Scope) -> Linear {
    var flattening: (channels: Int, height: Int, width: Int)?
    if case .flattened(let channels, let height, let width) = layer.weight.layout {
      flattening = (channels, height, width)
    }
    return Linear(
      scope, from: layer.inFeatures, to: layer.outFeatures, bias: layer.bias != nil, flattening: flattening,
      initializer: .zeros, biasInitializer: .zeros)
  }
}

extension ParameterStore {
  /// Takes the values of the parameters that another store has by the same name.
  fileprivate func copyValues(from other: ParameterStore) {
    for parameter in all {
      if let value = other[parameter.name]?.value { parameter.value = value }
    }
  }
}
