import Images

/// How a detector is made, beside its classes and the size of its input: what a weight file must say so that the same detector
/// can be built again. What is nil is the detector's own.
public struct DetectorDetails: Codable, Hashable, Sendable {
  /// Of an R-CNN: the shorter side to which pictures are resized, in pixels.
  public var shorterSide: Int?
  /// Of an R-CNN: what the longer side has at most, in pixels.
  public var longestSide: Int?
  /// Of a YOLO with anchors: all of them, in pixels of the network's input.
  public var anchors: [YOLOHead.Anchor]?
  /// λ in L = L_cls + λ · smooth L1, which it is or was trained by; nil for the loss that the detector's paper or program has.
  public var lambda: Float?
  /// Of an R-CNN: whether its trunk's batch norms are frozen; nil is yes.
  public var freezesBatchNorm: Bool?
  /// Of an R-CNN: what frozen batch norms add to the variance, the weights' own, which no file of other programs tells.
  public var batchNormEpsilon: Float?
  /// Of a YOLO that no registry has: the text of the darknet configuration whose network it is.
  public var configuration: String?

  /// - Parameters:
  ///   - shorterSide: of an R-CNN's pictures, in pixels.
  ///   - longestSide: of an R-CNN's pictures, in pixels; nil keeps the quotient of the detector's own two.
  ///   - anchors: of a YOLO, in pixels of the network's input.
  ///   - lambda: the weight λ of the regression of boxes.
  ///   - freezesBatchNorm: whether an R-CNN's trunk has frozen batch norms.
  ///   - batchNormEpsilon: what they add to the variance.
  ///   - configuration: the text of a darknet configuration.
  public init(
    shorterSide: Int? = nil, longestSide: Int? = nil, anchors: [YOLOHead.Anchor]? = nil, lambda: Float? = nil,
    freezesBatchNorm: Bool? = nil, batchNormEpsilon: Float? = nil, configuration: String? = nil
  ) {
    (self.shorterSide, self.longestSide, self.anchors) = (shorterSide, longestSide, anchors)
    (self.lambda, self.freezesBatchNorm) = (lambda, freezesBatchNorm)
    (self.batchNormEpsilon, self.configuration) = (batchNormEpsilon, configuration)
  }

  /// The greatest side of pictures that is taken for meant.
  static let largestSide = 1 << 13

  /// Why no detector is like that, for these may come from a file; nil where one may be.
  var fault: String? {
    for side in [shorterSide, longestSide].compactMap({ $0 }) where !(1...Self.largestSide ~= side) {
      return "pictures with a side of \(side) pixels"
    }
    if let anchors {
      let isPossible = anchors.allSatisfy { anchor in
        [anchor.width, anchor.height].allSatisfy { $0 > 0 && $0 <= Float(Self.largestSide) }
      }
      if anchors.isEmpty || anchors.count > 1024 || !isPossible {
        return "\(anchors.count) anchors, of sides above 0 and up to \(Self.largestSide) pixels"
      }
    }
    if let lambda, !(lambda >= 0 && lambda.isFinite) { return "a weight λ of \(lambda)" }
    if let epsilon = batchNormEpsilon, !(0...1 ~= epsilon) { return "batch norms with an ε of \(epsilon)" }
    return nil
  }

  /// The anchors, where they can be a detector's.
  /// - Parameters:
  ///   - count: how many it has.
  ///   - unit: in which its configuration measures them, in pixels. Sides that no configuration may have are refused here, for
  ///     nobody sees the text that would have them.
  ///   - network: the detector's name.
  /// - Returns: nil where none are given.
  /// - Throws: ``NetworkError/invalidOption(network:reason:)``.
  func anchors(_ count: Int, unit: Float = 1, of network: String) throws -> [YOLOHead.Anchor]? {
    func refuse(_ reason: String) -> NetworkError { .invalidOption(network: network, reason: reason) }
    guard let anchors else { return nil }
    guard anchors.count == count else { throw refuse("\(anchors.count) anchors where it has \(count)") }
    let least = Float(DarknetHeads.sides.lowerBound) * unit
    if let small = anchors.first(where: { min($0.width, $0.height) < least }) {
      throw refuse(
        "an anchor of \(small.width)×\(small.height) pixels is too small: its sides must be at least \(least)"
      )
    }
    return anchors
  }
}
