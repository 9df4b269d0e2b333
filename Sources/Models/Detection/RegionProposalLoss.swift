import Engine
import Images

extension RegionProposalNetwork {
  /// What proposals are trained by: a sample of each picture's anchors, of which some are an object's and others background.
  /// Crowds and difficult objects are not learnt, see ``Matcher/callAsFunction(_:toObjects:)``.
  /// - Parameters:
  ///   - maps: what the network said.
  ///   - anchors: ``anchors(of:picture:)``.
  ///   - objects: each picture's, in pixels of the padded picture, each with an area.
  ///   - matcher: which anchors are an object's.
  ///   - sampler: how many are drawn.
  ///   - loss: of the sample's rows, with one logit a row.
  ///   - generator: of the sample; advanced.
  public func loss(
    _ maps: [ProposalMap], anchors: [[BoundingBox]], objects: [[LabelledBox]], matcher: Matcher = .proposals,
    sampler: BalancedSampler = .proposals, loss: DetectionLoss = .torchvision,
    _ generator: inout RandomStream
  ) -> DetectionLoss.Parts {
    let anchors = anchors.flatMap { $0 }
    var (rows, labels, targets) = ([Int](), [Int](), [Float]())
    for (image, objects) in objects.enumerated() {
      let matches = matcher(anchors, toObjects: objects)
      let sample = sampler(matches, &generator)
      for index in sample.objects {
        guard case .object(let object) = matches[index] else {
          preconditionFailure("RegionProposalNetwork: no object")
        }
        let code = coder.encode(objects[object].box, from: anchors[index])
        targets += [code.x, code.y, code.z, code.w]
      }
      targets += Array(repeating: 0, count: 4 * sample.background.count)
      rows += (sample.objects + sample.background).map { image * anchors.count + $0 }
      labels += Array(repeating: 1, count: sample.objects.count)
      labels += Array(repeating: 0, count: sample.background.count)
    }
    let places = maps.reduce(0) { $0 + $1.objectness.shape.dimensions.dropLast().reduce(1, *) }
    return loss(
      logits: Self.rows(rows, of: maps.map(\.objectness), columns: 1), labels: labels,
      boxes: Self.rows(rows, of: maps.map(\.offsets), columns: 4),
      targets: Tensor(targets, shape: [rows.count, 4]),
      places: places)
  }

  /// Rows of all anchors of all pictures, an anchor after another and a map after another.
  private static func rows(_ rows: [Int], of maps: [Tensor], columns: Int) -> Tensor {
    let flat = maps.map { map in
      map.reshaped(to: [map.shape[0], map.count / map.shape[0] / columns, columns])
    }
    let all = flat.count == 1 ? flat[0] : concat(flat, axis: 1)
    return all.reshaped(to: [all.count / columns, columns]).indexSelect(rows)
  }
}
