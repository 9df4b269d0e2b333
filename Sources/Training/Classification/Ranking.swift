import Engine

/// Ranks of classes by logit, highest first; equal logits stand in the order of their classes, and NaN above all
/// numbers, as PyTorch's `topk` has it.
enum Ranking {
  /// How many classes stand before `label`: 0 is first.
  static func rank(of label: Int, in logits: UnsafeBufferPointer<Float>) -> Int {
    var rank = 0
    for other in logits.indices where precedes(other, label, logits) { rank += 1 }
    return rank
  }

  /// The class that stands first.
  static func first(_ logits: UnsafeBufferPointer<Float>) -> Int {
    var first = 0
    for other in logits.indices.dropFirst() where precedes(other, first, logits) { first = other }
    return first
  }

  /// The first `count` classes.
  static func top(_ count: Int, _ logits: UnsafeBufferPointer<Float>) -> [Int] {
    Array(logits.indices.sorted { precedes($0, $1, logits) }.prefix(count))
  }

  private static func precedes(_ a: Int, _ b: Int, _ logits: UnsafeBufferPointer<Float>) -> Bool {
    let (x, y) = (logits[a], logits[b])
    if x == y || (x.isNaN && y.isNaN) { return a < b }
    return x > y || x.isNaN
  }
}

extension Tensor {
  /// Calls `body` with each row of `[N, C]`.
  func forEachRow(_ body: (_ index: Int, _ row: UnsafeBufferPointer<Float>) -> Void) {
    precondition(shape.rank == 2, "forEachRow: \(shape) is not [N, C]")
    let columns = shape[1]
    withUnsafeBufferPointer { elements in
      for row in 0..<shape[0] {
        body(row, UnsafeBufferPointer(rebasing: elements[row * columns..<(row + 1) * columns]))
      }
    }
  }
}
