import Engine
import Images

/// The loss of YOLO version 1's grid (Redmon et al. 2015, "You Only Look Once", equation 3), mean over the pictures.
///
/// A cell that a truth's centre is in has that truth, the first of several. Of its boxes the one with the greatest
/// IoU is responsible, where all are 0 the one with the least squared distance, as in darknet: its x, y, w, h are
/// held against the truth's, its confidence against that IoU, a constant. The confidences of all other boxes of the
/// picture are held against 0, the classes of cells with a truth against it. Crowds and difficult objects are not learnt:
/// a box that lies in a crowd by half, or has an IoU of at least 0.5 with a difficult object, is held against nothing.
public struct GridLoss: Hashable, Sendable {
  /// How boxes are held against the truths'.
  public enum Regression: Hashable, Sendable {
    /// The paper's: λ_coord times the squared error of x and y, and of √w and √h. Parts: `centre`, `size`.
    case squared(lambda: Float = 5)
    /// λ times smooth L1 of (x, y, √w, √h), summed over the four: L = L_cls + λ · L_reg. Part: `regression`, before λ;
    /// `classification` is confidences and classes.
    case smoothL1(lambda: Float = 5, beta: Float = 1)
  }

  /// How boxes are held against the truths'.
  public let regression: Regression
  /// λ_noobj, the weight of confidences without an object.
  public let noObject: Float

  /// - Parameters:
  ///   - regression: how boxes are held against the truths'.
  ///   - noObject: the weight of confidences without an object, the paper's λ_noobj.
  public init(regression: Regression = .squared(), noObject: Float = 0.5) {
    (self.regression, self.noObject) = (regression, noObject)
  }

  /// The loss of a batch; gradients may be taken of the total and of each part.
  /// - Parameters:
  ///   - output: `[N, S · S · (C + 5 · B)]`.
  ///   - head: what it means; w and h must be square roots.
  ///   - truths: of each picture; boxes in continuous pixels of the network's input, their centres in it.
  ///   - input: the network's.
  public func callAsFunction(
    _ output: Tensor, _ head: GridHead, truths: [[LabelledBox]], input: Image.Size
  ) -> NamedLoss {
    precondition(
      head.hasSquareRoots && output.shape == [truths.count, head.outputs],
      "GridLoss: an output \(output.shape) of \(truths.count) pictures with \(head.outputs) numbers")
    let pictures = Float(truths.count)
    let targets = GridTargets(output, head, truths, input)
    let flat = output.reshaped(to: [output.count])
    func squares(_ places: [Int], _ aims: [Float]) -> Tensor {
      guard !places.isEmpty else { return Tensor(0) }
      return mse(flat.indexSelect(places), Tensor(aims, shape: [aims.count]), reduction: .sum) / pictures
    }
    let object = squares(targets.confidences, targets.overlaps)
    let others = targets.otherConfidences
    // A part of the graph even where nothing counts, as with crowds everywhere.
    let empty =
      mse(flat.indexSelect(others), Tensor(zeros: [others.count]), reduction: .sum) / pictures * noObject
    let classes = squares(targets.classes, targets.classAims)
    func named(_ parts: (name: String, value: Tensor)...) -> [(name: String, value: Tensor)] { parts }
    let confidences = named(("object", object), ("no object", empty), ("class", classes))
    switch regression {
    case .squared(let lambda):
      let centre = squares(targets.centres, targets.centreAims) * lambda
      let size = squares(targets.sides, targets.sideAims) * lambda
      return NamedLoss(
        total: centre + size + object + empty + classes,
        parts: named(("centre", centre), ("size", size)) + confidences)
    case .smoothL1(let lambda, let beta):
      let (places, aims) = (targets.centres + targets.sides, targets.centreAims + targets.sideAims)
      let box =
        places.isEmpty
        ? Tensor(0)
        : smoothL1(
          flat.indexSelect(places), Tensor(aims, shape: [aims.count]), beta: beta, reduction: .sum) / pictures
      let classification = object + empty + classes
      return NamedLoss(
        total: classification + box * lambda,
        parts: named(("classification", classification), ("regression", box)) + confidences)
    }
  }
}

/// Which numbers of a batch's outputs count, by their places, and what they should be.
private struct GridTargets {
  var centres: [Int] = []
  var centreAims: [Float] = []
  var sides: [Int] = []
  var sideAims: [Float] = []
  var confidences: [Int] = []
  var overlaps: [Float] = []
  var classes: [Int] = []
  var classAims: [Float] = []
  /// Confidences of boxes that are responsible for nothing.
  private(set) var otherConfidences: [Int] = []

  init(_ output: Tensor, _ head: GridHead, _ truths: [[LabelledBox]], _ input: Image.Size) {
    let scale = SIMD2(Float(input.width), Float(input.height))
    output.withUnsafeBufferPointer { numbers in
      for (picture, truths) in truths.enumerated() {
        let start = picture * head.outputs
        var byCell: [Int: LabelledBox] = [:]
        let others = truths.filter { !$0.counts }
        for truth in truths where truth.counts && truth.box.area > 0 {
          let cell = Self.cell(truth.box, head, scale)
          if byCell[cell] == nil { byCell[cell] = truth }
        }
        for cell in 0..<head.cells {
          let places = head.places(ofCell: cell)
          let boxes = (0..<head.boxes).map { start + places.boxes.lowerBound + 4 * $0 }
          let told = boxes.map { SIMD4(numbers[$0], numbers[$0 + 1], numbers[$0 + 2], numbers[$0 + 3]) }
          var empty = boxes.indices.filter { box in
            guard !others.isEmpty else { return true }
            let place = head.box(told[box], cell: cell, input: input)
            return !others.contains { $0.excuses(place) }
          }
          if let truth = byCell[cell] {
            let (best, overlap) = Self.responsible(told, truth.box, cell, head, input)
            add(truth, cell, at: boxes[best], head, scale)
            confidences.append(start + places.confidences.lowerBound + best)
            empty.removeAll { $0 == best }
            overlaps.append(overlap)
            precondition(
              0..<head.classes ~= truth.label, "GridLoss: the label \(truth.label) of \(head.classes) classes"
            )
            classes += places.classes.map { start + $0 }
            classAims += (0..<head.classes).map { $0 == truth.label ? 1 : 0 }
          }
          otherConfidences += empty.map { start + places.confidences.lowerBound + $0 }
        }
      }
    }
  }

  private mutating func add(
    _ truth: LabelledBox, _ cell: Int, at place: Int, _ head: GridHead, _ scale: SIMD2<Float>
  ) {
    let box = truth.box
    let corner = SIMD2(Float(cell % head.side), Float(cell / head.side))
    let centre = SIMD2(box.left + box.right, box.top + box.bottom) / (2 * scale) * Float(head.side) - corner
    centres += [place, place + 1]
    centreAims += [centre.x, centre.y]
    sides += [place + 2, place + 3]
    sideAims += [(box.width / scale.x).squareRoot(), (box.height / scale.y).squareRoot()]
  }

  private static func cell(_ box: BoundingBox, _ head: GridHead, _ scale: SIMD2<Float>) -> Int {
    let place = SIMD2(box.left + box.right, box.top + box.bottom) / (2 * scale) * Float(head.side)
    func index(_ value: Float) -> Int { Int(min(max(value, 0), Float(head.side - 1))) }
    return index(place.y) * head.side + index(place.x)
  }

  private static func responsible(
    _ told: [SIMD4<Float>], _ truth: BoundingBox, _ cell: Int, _ head: GridHead, _ input: Image.Size
  ) -> (box: Int, overlap: Float) {
    let boxes = told.map { head.box($0, cell: cell, input: input) }
    let overlaps = boxes.map { $0.intersectionOverUnion(truth) }
    var best = 0
    for box in overlaps.indices where overlaps[box] > overlaps[best] { best = box }
    if overlaps[best] > 0 { return (best, overlaps[best]) }
    let distances = boxes.map { distance($0, truth, input) }
    for box in distances.indices where distances[box] < distances[best] { best = box }
    return (best, 0)
  }

  /// The squared distance of centres and sides, as shares of the picture.
  private static func distance(_ a: BoundingBox, _ b: BoundingBox, _ input: Image.Size) -> Float {
    let scale = SIMD4(Float(input.width), Float(input.height), Float(input.width), Float(input.height))
    func numbers(_ box: BoundingBox) -> SIMD4<Float> {
      SIMD4((box.left + box.right) / 2, (box.top + box.bottom) / 2, box.width, box.height) / scale
    }
    let difference = numbers(a) - numbers(b)
    return (difference * difference).sum()
  }
}
