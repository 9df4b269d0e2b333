import Engine

extension Explainer {
  /// By how much a class's logit falls where a square covers the picture: of each pixel the mean over the squares that cover
  /// it. Squares begin every `stride` pixels, from the upper left corner until the far edges are covered; the last ones are cut
  /// off there.
  /// - Parameters:
  ///   - label: the class.
  ///   - x: one picture, `[1, H, W, C]`, normalized.
  ///   - side: of the square, in pixels.
  ///   - stride: from one square to the next, in pixels; at most the side.
  ///   - fill: the square's normalized value; 0 is the mean colour.
  /// - Returns: `[H, W]`.
  /// - Throws: ``ExplanationError``, `NetworkError`.
  public func occlusionMap(
    of label: Int, at x: Tensor, side: Int, stride: Int, fill: Float = 0
  ) throws -> Tensor {
    try check(label)
    guard 1...max(side, 1) ~= stride else { throw ExplanationError.badSquare(side: side, stride: stride) }
    let whole = try network.logits(x)[0, label].scalar
    precondition(x.shape[0] == 1, "occlusionMap: \(x.shape) is not one picture")
    let (height, width) = (x.shape[1], x.shape[2])
    let rows = Self.pieces(of: height, side: side, stride: stride)
    let columns = Self.pieces(of: width, side: side, stride: stride)
    let squares = rows.flatMap { row in columns.map { (rows: row, columns: $0) } }
    var sums = [Double](repeating: 0, count: height * width)
    var counts = [Int](repeating: 0, count: height * width)
    for start in Swift.stride(from: 0, to: squares.count, by: Self.picturesOfAPass) {
      let part = squares[start..<min(squares.count, start + Self.picturesOfAPass)]
      let covered = part.map { square in
        var picture = x.detached
        picture[0, square.rows, square.columns] = Tensor(fill)
        return picture
      }
      let logits = try network.logits(concat(covered, axis: 0)).slice(axis: 1, label..<label + 1).scalars
      for (square, logit) in zip(part, logits) {
        for y in square.rows {
          for x in square.columns {
            sums[y * width + x] += Double(whole) - Double(logit)
            counts[y * width + x] += 1
          }
        }
      }
    }
    return Tensor(zip(sums, counts).map { Float($0 / Double($1)) }, shape: [height, width])
  }

  /// Where pieces of a line lie until its end is covered.
  private static func pieces(of extent: Int, side: Int, stride: Int) -> [Range<Int>] {
    let count = side >= extent ? 1 : (extent - side + stride - 1) / stride + 1
    return (0..<count).map { $0 * stride..<min($0 * stride + side, extent) }
  }
}
