import Engine
import Images

/// Regions that a head is trained by.
public struct RegionSample: Sendable {
  /// Of each picture, in pixels of the padded picture.
  public let boxes: [[BoundingBox]]
  /// Of all pictures' regions, one after another: 0 for background, else the object's class and one.
  public let labels: [Int]
  /// Of all regions the offsets of their objects, `[regions, 4]`; 0 for background.
  public let targets: Tensor
}

extension RegionHead {
  /// Draws regions from proposals and the objects' own boxes: some that are an object's, some background. Crowds and difficult
  /// objects are not learnt, see ``Matcher/callAsFunction(_:toObjects:)``.
  /// - Parameters:
  ///   - proposals: of each picture, in pixels of the padded picture.
  ///   - objects: of each picture, each with an area.
  ///   - matcher: which regions are an object's.
  ///   - sampler: how many are drawn.
  ///   - generator: of the draw; advanced.
  public func sample(
    _ proposals: [[BoundingBox]], objects: [[LabelledBox]], matcher: Matcher = .regions,
    sampler: BalancedSampler = .regions, _ generator: inout RandomStream
  ) -> RegionSample {
    var boxes: [[BoundingBox]] = []
    var (labels, targets) = ([Int](), [Float]())
    for (proposals, objects) in zip(proposals, objects) {
      let candidates = proposals + objects.filter(\.counts).map(\.box)
      let matches = matcher(candidates, toObjects: objects)
      let sample = sampler(matches, &generator)
      let chosen = (sample.objects + sample.background).sorted()
      boxes.append(chosen.map { candidates[$0] })
      for index in chosen {
        guard case .object(let object) = matches[index] else {
          labels.append(0)
          targets += [0, 0, 0, 0]
          continue
        }
        let code = coder.encode(objects[object].box, from: candidates[index])
        labels.append(objects[object].label + 1)
        targets += [code.x, code.y, code.z, code.w]
      }
    }
    return RegionSample(boxes: boxes, labels: labels, targets: Tensor(targets, shape: [labels.count, 4]))
  }

  /// - Parameters:
  ///   - output: what the head said of the sample's regions.
  ///   - sample: with what it should have said; at least one region.
  ///   - loss: of the regions, the background being class 0.
  public func loss(
    _ output: Output, of sample: RegionSample, loss: DetectionLoss = .torchvision
  ) -> DetectionLoss.Parts {
    let columns = output.logits.shape[1]
    let rows = sample.labels.enumerated().map { $0 * columns + $1 }
    let offsets = output.offsets.reshaped(to: [sample.labels.count * columns, 4]).indexSelect(rows)
    return loss(logits: output.logits, labels: sample.labels, boxes: offsets, targets: sample.targets)
  }
}
