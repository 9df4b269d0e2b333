import Engine
import Images

extension FasterRCNN {
  /// Losses of pictures with objects, and in passes that do not train what is found in them.
  /// - Parameters:
  ///   - images: pictures normalized by ``RegionTransform/preprocessing``, each in the upper left corner,
  ///     `[N, H, W, C]`.
  ///   - sizes: of the pictures; nil where none is padded.
  ///   - objects: those of each picture, in pixels of it; nil for no losses.
  ///   - pass: what is asked of the layers.
  /// - Precondition: each object has an area, and its class is one of the detector's.
  public func callAsFunction(
    _ images: Tensor, sizes: [Image.Size]? = nil, objects: [[LabelledBox]]?, _ pass: Pass
  ) -> RegionOutput {
    self(RegionTransform.pictures(of: images, sizes: sizes), objects: objects, pass)
  }

  /// The same of pictures of any sizes, none of which is padded.
  /// - Parameters:
  ///   - pictures: normalized by ``RegionTransform/preprocessing``, `[1, H, W, C]` each, at least one.
  ///   - objects: those of each picture, in pixels of it; nil for no losses.
  ///   - pass: what is asked of the layers.
  /// - Precondition: each object has an area, and its class is one of the detector's.
  public func callAsFunction(
    _ pictures: [Tensor], objects: [[LabelledBox]]?, _ pass: Pass
  ) -> RegionOutput {
    let oldSizes = pictures.map(\.pictureSize)
    return pass.inTurn {
      let (batch, newSizes) = transform(pictures)
      let proposed = propose(batch, sizes: newSizes, pass)
      let losses = objects.map { objects in
        self.losses(proposed, objects.scaled(from: oldSizes, to: newSizes, classes: classes.count), pass)
      }
      guard !pass.isTraining else {
        return RegionOutput(losses: losses, detections: oldSizes.map { _ in [] })
      }
      let found = detections(regions(proposed, pass), proposed, sizes: newSizes, .init())
      return RegionOutput(losses: losses, detections: found.scaled(from: newSizes, to: oldSizes))
    }
  }

  private func losses(_ proposed: Proposed, _ objects: [[LabelledBox]], _ pass: Pass) -> RegionLosses {
    var anchorStream = pass.randomStream(for: "rpn")
    var regionStream = pass.randomStream(for: "roi_heads")
    let first = proposals.loss(
      proposed.proposalMaps, anchors: proposed.anchors, objects: objects, matcher: options.proposalMatcher,
      sampler: options.proposalSampler, loss: options.proposalLoss, &anchorStream)
    let sample = head.sample(
      proposed.boxes, objects: objects, matcher: options.regionMatcher, sampler: options.regionSampler,
      &regionStream)
    let output = head(backbone.regionMaps(proposed.maps), sample.boxes, picture: proposed.picture, pass)
    return RegionLosses(proposals: first, regions: head.loss(output, of: sample, loss: options.regionLoss))
  }
}
