extension DarknetConfiguration {
  /// The same network for other classes and with other anchors: what people change by hand before they train on data of their
  /// own, that is the heads' `classes` and `anchors`, and the outputs of the layers before them.
  /// - Parameters:
  ///   - classes: how many.
  ///   - anchors: in place of every head's own, in pixels of the network's input; nil keeps them.
  /// - Throws: ``DarknetError``, and ``NetworkError/invalidOption(network:reason:)`` where the anchors cannot be a head's.
  public func adapted(classes: Int, anchors: [YOLOHead.Anchor]? = nil) throws -> DarknetConfiguration {
    let details = DetectorDetails(anchors: anchors)
    var adapted = self
    for (index, layer) in try DarknetArchitecture(self).layers.enumerated() {
      guard let head = layer.head else { continue }
      // Of layers, sections have `[net]` before them.
      let section = index + 1
      let outputs: Int
      switch head {
      case .anchors(let head):
        outputs = head.mask.count * (5 + classes)
        let unit: Float = head.unit == .cells ? 32 : 1
        if let anchors = try details.anchors(head.anchors.count, unit: unit, of: shortName) {
          let sides = anchors.flatMap { [$0.width / unit, $0.height / unit] }
          adapted.sections[section].set("anchors", to: sides.map { "\($0)" }.joined(separator: ","))
        }
      case .grid(let head): outputs = head.cells * (classes + 5 * head.boxes)
      }
      guard head.classes != classes else { continue }
      adapted.sections[section].set("classes", to: "\(classes)")
      switch sections[section - 1].name {
      case "convolutional", "conv": adapted.sections[section - 1].set("filters", to: "\(outputs)")
      case "connected", "conn": adapted.sections[section - 1].set("output", to: "\(outputs)")
      default: break
      }
    }
    return adapted
  }

  /// The file without its folder.
  var shortName: String { file.split(separator: "/").last.map(String.init) ?? file }
}

extension DarknetConfiguration.Section {
  fileprivate mutating func set(_ key: String, to value: String) {
    let index = entries.firstIndex { $0.key == key }
    let entry = DarknetConfiguration.Entry(
      key: key, value: value, line: index.map { entries[$0].line } ?? line)
    if let index { entries[index] = entry } else { entries.append(entry) }
  }
}
