import Engine
import Images

/// What the output of YOLO version 1 means (Redmon et al. 2015, "You Only Look Once"): S × S cells with B boxes each.
///
/// The output is `[N, S · S · (C + 5 · B)]` in darknet's order: C class scores of every cell, then B confidences of
/// every cell, then x, y, w, h of every box; cells row by row. x and y are the centre's place in its cell, w and h
/// shares of the picture or, as in the paper, their square roots. All are plain numbers. The paper's network has S =
/// 7, B = 2 and C = 20: 1,470 outputs.
public struct GridHead: Hashable, Sendable {
  /// S.
  public let side: Int
  /// B.
  public let boxes: Int
  /// C.
  public let classes: Int
  /// Whether w and h are square roots.
  public let hasSquareRoots: Bool

  /// - Parameters:
  ///   - side: S.
  ///   - boxes: B.
  ///   - classes: C.
  ///   - hasSquareRoots: whether w and h are square roots.
  /// - Precondition: all are positive.
  public init(side: Int = 7, boxes: Int = 2, classes: Int = 20, hasSquareRoots: Bool = true) {
    precondition(
      side > 0 && boxes > 0 && classes > 0, "GridHead: side \(side), \(boxes) boxes, \(classes) classes")
    (self.side, self.boxes, self.classes) = (side, boxes, classes)
    self.hasSquareRoots = hasSquareRoots
  }

  /// S².
  public var cells: Int { side * side }

  /// S² · (C + 5 · B).
  public var outputs: Int { cells * (classes + 5 * boxes) }

  /// Where in a picture's output the numbers lie of a cell's classes, its confidences, and its boxes.
  func places(ofCell cell: Int) -> (classes: Range<Int>, confidences: Range<Int>, boxes: Range<Int>) {
    let (first, second) = (cells * classes, cells * (classes + boxes))
    return (
      cell * classes..<(cell + 1) * classes, first + cell * boxes..<first + (cell + 1) * boxes,
      second + cell * boxes * 4..<second + (cell + 1) * boxes * 4
    )
  }

  /// The box that numbers say.
  /// - Parameters:
  ///   - numbers: x, y, w, h.
  ///   - cell: row by row.
  ///   - input: the network's.
  /// - Returns: in continuous pixels of the network's input.
  func box(_ numbers: SIMD4<Float>, cell: Int, input: Image.Size) -> BoundingBox {
    let scale = SIMD2(Float(input.width), Float(input.height))
    let corner = SIMD2(Float(cell % side), Float(cell / side))
    let centre = (SIMD2(numbers[0], numbers[1]) + corner) / Float(side) * scale
    let sides = SIMD2(numbers[2], numbers[3])
    let half = (hasSquareRoots ? sides * sides : sides) * scale * 0.5
    return BoundingBox(
      left: centre.x - half.x, top: centre.y - half.y, right: centre.x + half.x, bottom: centre.y + half.y)
  }

  /// The boxes of a picture with a score above a threshold, one for each class that has one.
  /// - Parameters:
  ///   - output: `[N, S · S · (C + 5 · B)]`.
  ///   - picture: the place in the batch.
  ///   - input: the network's input.
  ///   - threshold: scores, confidence times the class's, at or below it are left out.
  /// - Returns: in continuous pixels of the network's input, cell by cell; scores above 1 are 1.
  public func candidates(
    in output: Tensor, of picture: Int, input: Image.Size, above threshold: Float
  ) -> [Detection] {
    precondition(
      output.shape.rank == 2 && output.shape[1] == outputs && 0..<output.shape[0] ~= picture,
      "GridHead: picture \(picture) of an output \(output.shape) with \(outputs) numbers")
    var found: [Detection] = []
    output.withUnsafeBufferPointer { elements in
      let start = picture * outputs
      for cell in 0..<cells {
        let places = places(ofCell: cell)
        for box in 0..<boxes {
          let confidence = elements[start + places.confidences.lowerBound + box]
          guard confidence > 0 else { continue }
          let first = start + places.boxes.lowerBound + 4 * box
          for label in 0..<classes {
            let score = confidence * elements[start + places.classes.lowerBound + label]
            guard score > threshold else { continue }
            let numbers = SIMD4(
              elements[first], elements[first + 1], elements[first + 2], elements[first + 3])
            found.append(
              Detection(self.box(numbers, cell: cell, input: input), label: label, score: min(score, 1)))
          }
        }
      }
    }
    return found
  }
}
