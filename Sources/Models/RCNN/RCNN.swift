import Engine
import Foundation
import Images

/// R-CNN: proposals, each warped and put through a network by itself, a linear support vector machine for each class and a
/// regression of the boxes (Girshick et al. 2014).
///
/// `RCNNTrainer` makes one from a network that was trained on ImageNet and pictures with boxes.
public struct RCNN: Detector {
  public let classes: [String]
  /// What makes a vector of a region.
  public let encoder: RegionEncoder
  /// What proposes regions.
  public var search: SelectiveSearch
  /// How many proposals of a picture are looked at, at most: the first ones.
  public var maximumProposals: Int
  /// A row of weights for each class, `[C, D]`.
  public let classifierWeights: Tensor
  /// `[C]`
  public let classifierBias: Tensor
  /// Four rows of weights for each class, for the way of the middle in x and y and the logarithms of how width and height
  /// grow, `[4 C, D]`.
  public let regressionWeights: Tensor
  /// `[4 C]`
  public let regressionBias: Tensor

  /// - Parameters:
  ///   - classes: the names of the C classes.
  ///   - encoder: what makes a vector of D numbers of a region.
  ///   - search: what proposes regions.
  ///   - maximumProposals: of a picture.
  ///   - classifierWeights: `[C, D]`.
  ///   - classifierBias: `[C]`.
  ///   - regressionWeights: `[4 C, D]`; zeros leave boxes as they are.
  ///   - regressionBias: `[4 C]`.
  public init(
    classes: [String], encoder: RegionEncoder, search: SelectiveSearch = .fast, maximumProposals: Int = 1000,
    classifierWeights: Tensor, classifierBias: Tensor, regressionWeights: Tensor, regressionBias: Tensor
  ) {
    let (count, width) = (classes.count, encoder.width)
    precondition(
      classifierWeights.shape == [count, width] && classifierBias.shape == [count]
        && regressionWeights.shape == [4 * count, width] && regressionBias.shape == [4 * count],
      "RCNN: classifier \(classifierWeights.shape), \(classifierBias.shape) and regression "
        + "\(regressionWeights.shape), \(regressionBias.shape) of \(count) classes and vectors of \(width)")
    self.classes = classes
    self.encoder = encoder
    self.search = search
    self.maximumProposals = maximumProposals
    self.classifierWeights = classifierWeights
    self.classifierBias = classifierBias
    self.regressionWeights = regressionWeights
    self.regressionBias = regressionBias
  }

  /// Scores are the machines' decisions through the logistic function; candidates at or below 0.05 are dropped, as are
  /// those of one class with an IoU above 0.3, and 100 detections are kept, where the options do not say otherwise.
  public func detect(
    in images: [Image], _ options: DetectionOptions = DetectionOptions()
  ) throws -> [[Detection]] {
    try images.map { try detect(in: $0, proposals: search($0, maximum: maximumProposals), options) }
  }

  /// The detections among proposals of one's own.
  /// - Parameters:
  ///   - image: of any size.
  ///   - proposals: in continuous pixels; parts outside the picture do not count.
  ///   - options: which candidates are kept; see ``detect(in:_:)``.
  /// - Returns: the detections by falling score.
  /// - Throws: ``NetworkError/notFinite(network:)``.
  public func detect(
    in image: Image, proposals: [BoundingBox], _ options: DetectionOptions = DetectionOptions()
  ) throws -> [Detection] {
    let proposals = proposals.map { $0.clipped(to: image.size) }.filter { $0.area > 0 }
    guard !proposals.isEmpty, !classes.isEmpty else { return [] }
    let features = encoder(image, proposals)
    let outputs = [
      linear(features, weight: classifierWeights, bias: classifierBias),
      linear(features, weight: regressionWeights, bias: regressionBias),
    ]
    try NetworkError.checkFinite(outputs, of: encoder.network.name)
    let (scores, moves) = (outputs[0].scalars, outputs[1].scalars)
    var found: [Detection] = []
    for label in classes.indices {
      for (index, proposal) in proposals.enumerated() {
        let score = 1 / (1 + exp(-scores[index * classes.count + label]))
        guard score > options.score ?? 0.05 else { continue }
        let place = 4 * (index * classes.count + label)
        let code = SIMD4(moves[place], moves[place + 1], moves[place + 2], moves[place + 3])
        let box = BoxCoder.proposals.decode(code, from: proposal).clipped(to: image.size)
        if box.area > 0 { found.append(Detection(box, label: label, score: score)) }
      }
    }
    return nonMaximumSuppression(found, threshold: options.overlap ?? 0.3, limit: options.maximum ?? 100)
  }
}
