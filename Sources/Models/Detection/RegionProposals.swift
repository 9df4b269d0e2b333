import Engine
import Foundation
import Images

/// How many candidates region proposals come from, and how many they are.
public struct ProposalCounts: Hashable, Sendable {
  /// Of each feature map those with the highest scores.
  public var beforeSuppression: Int
  /// Of each picture.
  public var afterSuppression: Int

  /// - Parameters:
  ///   - beforeSuppression: of each feature map those with the highest scores.
  ///   - afterSuppression: of each picture.
  public init(beforeSuppression: Int, afterSuppression: Int) {
    (self.beforeSuppression, self.afterSuppression) = (beforeSuppression, afterSuppression)
  }
}

/// What a region proposal network says of one feature map's anchors.
public struct ProposalMap: Sendable {
  /// The logit of there being an object, `[N, H, W, A]`.
  public let objectness: Tensor
  /// Offsets of the box from the anchor, `[N, H, W, 4·A]`, four an anchor.
  public let offsets: Tensor
}

/// Ren et al. 2015, "Faster R-CNN", section 3.1: from feature maps to boxes that may hold an object, by a small network that
/// slides over them. Keys and numbers are torchvision's `RegionProposalNetwork`.
public final class RegionProposalNetwork: Sendable {
  /// 3×3, followed by ReLU.
  public let convolution: Conv2d
  /// 1×1, from there to a logit for each anchor, and to four offsets for each.
  public let objectness, offsets: Conv2d
  /// Where the boxes start from.
  public let anchorGenerator: AnchorGenerator
  /// Boxes as offsets from anchors.
  public let coder = BoxCoder.proposals

  /// Narrower or lower boxes are no proposals, in pixels.
  private static let leastSide: Float = 1e-3

  /// - Parameters:
  ///   - scope: names its parameters: `head.conv.0.0`, `head.cls_logits` and `head.bbox_pred` come after its path.
  ///   - channels: of the feature maps.
  ///   - anchors: as many a cell on each map.
  public init(_ scope: Scope, channels: Int, anchors: AnchorGenerator) {
    let count = anchors.bases[0].count
    precondition(
      anchors.bases.allSatisfy { $0.count == count },
      "RegionProposalNetwork: \(anchors.bases.map(\.count)) anchors a cell must be one number")
    func convolution(_ scope: Scope, to out: Int, kernel: Int) -> Conv2d {
      Conv2d(
        scope, from: channels, to: out, kernel: Size2D(kernel), padding: Padding2D(kernel / 2),
        initializer: .normal(standardDeviation: 0.01), biasInitializer: .zeros)
    }
    let head = scope["head"]
    self.convolution = convolution(head["conv"][0][0], to: channels, kernel: 3)
    objectness = convolution(head["cls_logits"], to: count, kernel: 1)
    offsets = convolution(head["bbox_pred"], to: 4 * count, kernel: 1)
    anchorGenerator = anchors
  }

  /// - Parameters:
  ///   - maps: `[N, H, W, channels]`, one for each of the anchors' levels.
  ///   - pass: what is asked of the layers.
  public func callAsFunction(_ maps: [Tensor], _ pass: Pass) -> [ProposalMap] {
    maps.map { map in
      let hidden = convolution.activated(map, pass, .relu)
      return ProposalMap(objectness: objectness(hidden, pass), offsets: offsets(hidden, pass))
    }
  }

  /// The anchors of what the network said, for each map.
  /// - Parameters:
  ///   - maps: what it said.
  ///   - picture: height and width of the padded pictures.
  public func anchors(of maps: [ProposalMap], picture: Size2D) -> [[BoundingBox]] {
    anchorGenerator(
      grids: maps.map { Size2D($0.objectness.shape[1], $0.objectness.shape[2]) }, picture: picture)
  }

  /// The boxes that may hold an object, constants: of each map the anchors with the highest scores, moved by their offsets,
  /// clipped to the picture, and without those that overlap better ones of their map.
  /// - Parameters:
  ///   - maps: what the network said.
  ///   - anchors: ``anchors(of:picture:)``.
  ///   - sizes: of the pictures without their padding.
  ///   - counts: how many.
  ///   - threshold: the greatest IoU of two proposals of one map.
  /// - Returns: for each picture its proposals by falling score, in pixels of the padded picture.
  public func proposals(
    _ maps: [ProposalMap], anchors: [[BoundingBox]], sizes: [Image.Size], counts: ProposalCounts,
    threshold: Float = 0.7
  ) -> [[BoundingBox]] {
    sizes.enumerated().map { image, size in
      var boxes: [BoundingBox] = []
      var (scores, levels) = ([Float](), [Int]())
      for (level, (map, anchors)) in zip(maps, anchors).enumerated() {
        best(of: map, image: image, anchors: anchors, counts.beforeSuppression) { box, logit in
          let box = box.clipped(to: size)
          guard box.isAtLeast(Self.leastSide) else { return }
          boxes.append(box)
          scores.append(1 / (1 + exp(-logit)))
          levels.append(level)
        }
      }
      return nonMaximumSuppression(
        boxes, scores: scores, classes: levels, threshold: threshold, limit: counts.afterSuppression
      ).map { boxes[$0] }
    }
  }

  /// Calls `body` with the boxes of one picture's anchors with the highest scores, in order, and their logits.
  private func best(
    of map: ProposalMap, image: Int, anchors: [BoundingBox], _ count: Int,
    _ body: (_ box: BoundingBox, _ logit: Float) -> Void
  ) {
    map.objectness.withUnsafeBufferPointer { logits in
      map.offsets.withUnsafeBufferPointer { offsets in
        let first = image * anchors.count
        let ours = UnsafeBufferPointer(rebasing: logits[first..<first + anchors.count])
        for index in ScoreOrder.first(count, of: ours) {
          let place = 4 * (first + index)
          let code = SIMD4(offsets[place], offsets[place + 1], offsets[place + 2], offsets[place + 3])
          body(coder.decode(code, from: anchors[index]), ours[index])
        }
      }
    }
  }
}
