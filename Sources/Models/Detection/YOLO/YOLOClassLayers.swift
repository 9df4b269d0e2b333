extension YOLOHead {
  /// The layer that makes the head's map.
  /// - Parameter names: of its parameters.
  func classLayer(_ names: [String]) -> ClassLayer { ClassLayer(names, groups: mask.count, common: 5) }
}

extension TrunkYOLO {
  public var classLayers: [ClassLayer] {
    zip(["coarse", "fine"], heads).compactMap { name, head in
      guard case .anchors(let head) = head else { return nil }
      return head.classLayer(["head.\(name).weight", "head.\(name).bias"])
    }
  }
}

extension DarknetNetwork {
  public var classLayers: [ClassLayer] {
    architecture.layers.enumerated().compactMap { index, layer in
      let names = weights.filter { $0.layer == index - 1 }.map(\.parameter.name)
      guard let head = layer.head, !names.isEmpty else { return nil }
      switch head {
      case .anchors(let head): return head.classLayer(names)
      case .grid(let head):
        // Classes of all cells come first, and behind them five numbers of each box.
        return ClassLayer(
          names, common: head.cells * head.boxes * 5, perClass: head.cells, isOrdered: false)
      }
    }
  }
}
