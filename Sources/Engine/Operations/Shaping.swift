// Operations that move elements and compute nothing.

extension Tensor {
  /// The same elements under another shape of the same count; nothing is copied.
  public consuming func reshaped(to newShape: Shape) -> Tensor {
    precondition(newShape.count == count, "reshape: \(shape) does not fill \(newShape)")
    let oldShape = shape
    return Tensor(storage: storage, shape: newShape)
      .recorded("reshape", from: node) { _ in { [$0.reshaped(to: oldShape)] } }
  }

  /// `[N, …]` to `[N, the rest]`. In memory's order, H·W·C.
  public consuming func flattened() -> Tensor {
    precondition(shape.rank >= 1, "flatten: a scalar has no batch")
    let rows = shape[0]
    let columns = shape.dimensions.dropFirst().reduce(1, *)
    return reshaped(to: [rows, columns])
  }

  /// Axis `i` of the result is axis `axes[i]` of this tensor. Copies.
  public func permuted(_ axes: [Int]) -> Tensor {
    precondition(
      axes.sorted() == Array(0..<shape.rank), "permute: \(axes) are not the axes of \(shape)")
    let inverse = axes.indices.map { axes.firstIndex(of: $0)! }
    return Kernels.permuted(self, axes)
      .recorded("permute", from: node) { _ in { [$0.permuted(inverse)] } }
  }
}

extension Kernels {
  /// - Parameter isLasting: whether the result is kept while activations come and go.
  static func permuted(_ x: Tensor, _ axes: [Int], isLasting: Bool = false) -> Tensor {
    let shape = x.shape
    var strides = [Int](repeating: 1, count: shape.rank)
    for axis in stride(from: shape.rank - 2, through: 0, by: -1) {
      strides[axis] = strides[axis + 1] * shape[axis + 1]
    }
    let result = Tensor(uninitialized: Shape(axes.map { shape[$0] }), isLasting: isLasting)
    guard result.count > 0, let inner = axes.last else {
      if shape.rank == 0 { result.storage.pointer[0] = x.storage.pointer[0] }
      return result
    }
    let (source, target) = (x.storage.pointer, result.storage.pointer)
    let (length, step) = (shape[inner], strides[inner])
    let outer = axes.dropLast().map { (extent: shape[$0], stride: strides[$0]) }
    Parallel.forEachRange(result.count / length, grain: max(1, 16384 / length)) { rows in
      for row in rows {
        var (rest, offset) = (row, 0)
        for axis in outer.reversed() {
          offset += rest % axis.extent * axis.stride
          rest /= axis.extent
        }
        let line = target + row * length
        for i in 0..<length { line[i] = source[offset + i * step] }
      }
    }
    return result
  }
}
