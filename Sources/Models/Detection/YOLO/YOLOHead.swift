import Engine
import Foundation
import Images

/// What a map of a YOLO detector means, from version 2 on (Redmon and Farhadi 2016, "YOLO9000"; 2018, "YOLOv3").
///
/// The map is `[N, h, w, A · (5 + C)]`: for each of A anchors at each cell tx, ty, tw, th, the objectness's logit and C
/// classes' logits. The box's centre is (σ(tx) + column, σ(ty) + row) in cells, its sides are anchor · e^tw and
/// anchor · e^th; its score for a class is σ(objectness) times the class's.
public struct YOLOHead: Hashable, Sendable {
  /// A box's width and height from which its sides are told.
  public struct Anchor: Hashable, Codable, Sendable {
    /// In the head's ``YOLOHead/unit``.
    public let width, height: Float

    /// In the head's ``YOLOHead/unit``.
    public init(_ width: Float, _ height: Float) { (self.width, self.height) = (width, height) }
  }

  /// What anchors are measured in.
  public enum Unit: Hashable, Sendable {
    /// Pixels of the network's input: version 3.
    case pixels
    /// Cells of the map: version 2.
    case cells
  }

  /// How class logits become scores.
  public enum ClassScores: Hashable, Sendable {
    /// Each by its own sigmoid: version 3.
    case independent
    /// By a softmax over the classes: version 2.
    case exclusive
  }

  /// All of the network's anchors: a truth belongs to the one whose shape is nearest.
  public let anchors: [Anchor]
  /// Which of ``anchors`` this head has, by the order in its channels.
  public let mask: [Int]
  /// C.
  public let classes: Int
  /// What ``anchors`` are measured in.
  public let unit: Unit
  /// How class logits become scores.
  public let scores: ClassScores
  /// s in (σ(t) − ½) · s + ½, where a centre lies in its cell: darknet's `scale_x_y`.
  public let centreScale: Float

  /// - Parameters:
  ///   - anchors: all of the network's.
  ///   - mask: which of them this head has; nil is all.
  ///   - classes: how many.
  ///   - unit: what the anchors are measured in.
  ///   - scores: how class logits become scores.
  ///   - centreScale: darknet's `scale_x_y`.
  /// - Precondition: the mask names anchors, each once, and there is a class.
  public init(
    anchors: [Anchor], mask: [Int]? = nil, classes: Int, unit: Unit = .pixels,
    scores: ClassScores = .independent, centreScale: Float = 1
  ) {
    let mask = mask ?? Array(anchors.indices)
    precondition(
      !mask.isEmpty && Set(mask).count == mask.count && mask.allSatisfy(anchors.indices.contains)
        && classes > 0,
      "YOLOHead: anchors \(mask) of \(anchors.count), \(classes) classes")
    (self.anchors, self.mask, self.classes) = (anchors, mask, classes)
    (self.unit, self.scores, self.centreScale) = (unit, scores, centreScale)
  }

  /// Numbers for one anchor: tx, ty, tw, th, objectness, classes.
  public var entries: Int { 5 + classes }

  /// Channels of the map.
  public var channels: Int { mask.count * entries }

  /// An anchor's sides in pixels of the network's input.
  func side(of anchor: Int, grid: Image.Size, input: Image.Size) -> SIMD2<Float> {
    let sides = SIMD2(anchors[anchor].width, anchors[anchor].height)
    guard unit == .cells else { return sides }
    return sides * SIMD2(Float(input.width) / Float(grid.width), Float(input.height) / Float(grid.height))
  }

  /// The box that numbers say.
  /// - Parameters:
  ///   - numbers: tx, ty, tw, th.
  ///   - anchor: among ``anchors``.
  ///   - column, row: the cell.
  ///   - grid: the map's size.
  ///   - input: the network's.
  /// - Returns: in continuous pixels of the network's input.
  func box(
    _ numbers: SIMD4<Float>, anchor: Int, column: Int, row: Int, grid: Image.Size, input: Image.Size
  ) -> BoundingBox {
    func centre(_ logit: Float, _ cell: Int, _ cells: Int, _ extent: Int) -> Float {
      let inside = (logistic(logit) - 0.5) * centreScale + 0.5
      return (inside + Float(cell)) / Float(cells) * Float(extent)
    }
    let x = centre(numbers[0], column, grid.width, input.width)
    let y = centre(numbers[1], row, grid.height, input.height)
    let half =
      side(of: anchor, grid: grid, input: input) * SIMD2(exp(numbers[2]), exp(numbers[3])) * 0.5
    return BoundingBox(left: x - half.x, top: y - half.y, right: x + half.x, bottom: y + half.y)
  }

  /// The boxes of a picture with a score above a threshold, one for each class that has one, as darknet tells them.
  /// - Parameters:
  ///   - map: `[N, h, w, A · (5 + C)]`.
  ///   - picture: the place in the batch.
  ///   - input: the network's input.
  ///   - threshold: scores at or below it are left out, and so are boxes whose objectness is.
  /// - Returns: in continuous pixels of the network's input, row by row, in no order of scores.
  public func candidates(
    in map: Tensor, of picture: Int, input: Image.Size, above threshold: Float
  ) -> [Detection] {
    precondition(
      map.shape.rank == 4 && map.shape[3] == channels && 0..<map.shape[0] ~= picture,
      "YOLOHead: picture \(picture) of a map \(map.shape) with \(channels) channels")
    let grid = Image.Size(width: map.shape[2], height: map.shape[1])
    var found: [Detection] = []
    map.withUnsafeBufferPointer { elements in
      let count = grid.width * grid.height * mask.count
      for place in 0..<count {
        let numbers = UnsafeBufferPointer(
          rebasing: elements[(picture * count + place) * entries..<(picture * count + place + 1) * entries])
        let objectness = logistic(numbers[4])
        guard objectness > threshold else { continue }
        let cell = place / mask.count
        let box = box(
          SIMD4(numbers[0], numbers[1], numbers[2], numbers[3]), anchor: mask[place % mask.count],
          column: cell % grid.width, row: cell / grid.width, grid: grid, input: input)
        for (label, score) in classScores(UnsafeBufferPointer(rebasing: numbers[5...])).enumerated()
        where objectness * score > threshold {
          found.append(Detection(box, label: label, score: objectness * score))
        }
      }
    }
    return found
  }

  private func classScores(_ logits: UnsafeBufferPointer<Float>) -> [Float] {
    guard scores == .exclusive else { return logits.map(logistic) }
    let greatest = logits.max() ?? 0
    let powers = logits.map { exp($0 - greatest) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }
}
