import Engine
import Images

/// From pooled regions to classes and boxes (Girshick 2015, "Fast R-CNN"): two fully-connected layers, and a layer each for
/// the classes and for four offsets a class. Keys are those of torchvision's `TwoMLPHead` and `FastRCNNPredictor`.
public final class RegionHead: Sendable {
  /// `box_head.fc6` and `fc7`, each followed by ReLU; a `Linear`, or two of them where it is compressed.
  public let hidden: (first: any Module, second: any Module)
  /// `box_predictor.cls_score` and `bbox_pred`.
  public let classifier, offsets: Linear
  /// How regions are pooled.
  public let pooler: RegionPooler
  /// Boxes as offsets from regions.
  public let coder = BoxCoder.regions

  /// What the head says of regions.
  public struct Output: Sendable {
    /// `[regions, classes + 1]`; class 0 is the background.
    public let logits: Tensor
    /// `[regions, 4 · (classes + 1)]`, four a class.
    public let offsets: Tensor
  }

  /// - Parameters:
  ///   - scope: names its parameters: `box_head.fc6` and the others come after its path.
  ///   - channels: of the feature maps.
  ///   - classes: of objects; the background is one more.
  ///   - width: of the two hidden layers.
  ///   - pooler: how regions are pooled.
  public convenience init(
    _ scope: Scope, channels: Int, classes: Int, width: Int = 1024, pooler: RegionPooler = RegionPooler()
  ) {
    let (head, predictor) = (scope["box_head"], scope["box_predictor"])
    self.init(
      Linear(
        head["fc6"], from: channels * pooler.size * pooler.size, to: width,
        flattening: (channels, pooler.size, pooler.size)),
      Linear(head["fc7"], from: width, to: width),
      classifier: Linear(predictor["cls_score"], from: width, to: classes + 1),
      offsets: Linear(predictor["bbox_pred"], from: width, to: 4 * (classes + 1)), pooler: pooler)
  }

  init(
    _ first: any Module, _ second: any Module, classifier: Linear, offsets: Linear, pooler: RegionPooler
  ) {
    hidden = (first, second)
    (self.classifier, self.offsets, self.pooler) = (classifier, offsets, pooler)
  }

  /// - Parameters:
  ///   - maps: `[N, H, W, channels]`, the finest first.
  ///   - boxes: the regions of each picture, in pixels of the padded picture.
  ///   - picture: height and width of the padded pictures.
  ///   - pass: what is asked of the layers.
  public func callAsFunction(
    _ maps: [Tensor], _ boxes: [[BoundingBox]], picture: Size2D, _ pass: Pass
  ) -> Output {
    let pooled = pass.observing("roi_heads.box_roi_pool", "RegionPooler") {
      pooler(maps, boxes, picture: picture)
    }
    let first = relu(hidden.first(pooled.flattened(), pass))
    let features = relu(hidden.second(first, pass))
    return Output(logits: classifier(features, pass), offsets: offsets(features, pass))
  }

  /// The objects of each picture: of each region each class whose probability is above the least score, its box moved by its
  /// offsets and clipped, without those that overlap better ones of their class.
  /// - Parameters:
  ///   - output: what the head said, of all pictures' regions one after another.
  ///   - boxes: the regions of each picture.
  ///   - sizes: of the pictures without their padding.
  ///   - options: which are kept; 0.05, an IoU of 0.5 and 100 where it does not say.
  /// - Returns: for each picture by falling score, in pixels of the padded picture.
  public func detections(
    _ output: Output, _ boxes: [[BoundingBox]], sizes: [Image.Size], _ options: DetectionOptions = .init()
  ) -> [[Detection]] {
    let columns = output.logits.shape[1]
    let (scores, offsets) = (softmax(output.logits.detached).scalars, output.offsets.scalars)
    var row = 0
    return zip(boxes, sizes).map { boxes, size in
      var found: [Detection] = []
      for region in boxes {
        for column in 1..<columns where scores[row * columns + column] > options.score ?? 0.05 {
          let place = 4 * (row * columns + column)
          let code = SIMD4(offsets[place], offsets[place + 1], offsets[place + 2], offsets[place + 3])
          let box = coder.decode(code, from: region).clipped(to: size)
          guard box.isAtLeast(Self.leastSide) else { continue }
          found.append(Detection(box, label: column - 1, score: scores[row * columns + column]))
        }
        row += 1
      }
      let kept = nonMaximumSuppression(
        found.map(\.box), scores: found.map(\.score), classes: found.map(\.label),
        threshold: options.overlap ?? 0.5, limit: options.maximum ?? 100)
      return kept.map { found[$0] }
    }
  }

  /// Narrower or lower boxes are no detections, in pixels.
  private static let leastSide: Float = 1e-2
}
