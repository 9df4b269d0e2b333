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

  /// With a new axis of extent 1, the result's axis `axis`; −1 is its last.
  public consuming func unsqueezed(axis: Int) -> Tensor {
    let position = axis < 0 ? axis + shape.rank + 1 : axis
    precondition((0...shape.rank).contains(position), "unsqueeze: no place \(axis) in \(shape)")
    var dimensions = shape.dimensions
    dimensions.insert(1, at: position)
    return reshaped(to: Shape(dimensions))
  }

  /// Without an axis of extent 1; −1 is the last.
  public consuming func squeezed(axis: Int) -> Tensor {
    let position = shape.axis(axis, "squeeze")
    precondition(shape[position] == 1, "squeeze: axis \(axis) of \(shape) is not 1")
    return reshaped(to: shape.reduced(along: [position], keepingDimensions: false))
  }

  /// Axis `i` of the result is axis `axes[i]` of this tensor; negative axes count from the last. Copies.
  public func permuted(_ axes: [Int]) -> Tensor {
    let axes = axes.map { shape.axis($0, "permute") }
    precondition(
      axes.sorted() == Array(0..<shape.rank), "permute: \(axes) are not the axes of \(shape)")
    let inverse = axes.indices.map { axes.firstIndex(of: $0)! }
    return Kernels.permuted(self, axes)
      .recorded("permute", from: node) { _ in { [$0.permuted(inverse)] } }
  }

  /// With two axes exchanged, by default the last two: a matrix transposed. Copies.
  public func transposed(_ a: Int = -2, _ b: Int = -1) -> Tensor {
    var axes = Array(0..<shape.rank)
    axes.swapAt(shape.axis(a, "transpose"), shape.axis(b, "transpose"))
    return permuted(axes)
  }

  /// With the order of the elements along axes reversed; negative axes count from the last. Along the last axis of a
  /// picture this makes BGR of RGB and RGB of BGR. Copies.
  public func flipped(axes: [Int]) -> Tensor {
    let axes = shape.axes(axes, "flip")
    return Kernels.flipped(self, axes).recorded("flip", from: node) { _ in
      { [Kernels.flipped($0, axes)] }
    }
  }
}

extension Kernels {
  /// - Parameter isLasting: whether the result is kept while activations come and go.
  static func permuted(_ x: Tensor, _ axes: [Int], isLasting: Bool = false) -> Tensor {
    let (shape, strides) = (Shape(axes.map { x.shape[$0] }), x.shape.strides)
    return read(
      StridedView(extents: shape.dimensions, strides: axes.map { strides[$0] }), of: x, as: shape,
      isLasting: isLasting)
  }

  fileprivate static func flipped(_ x: Tensor, _ axes: [Int]) -> Tensor {
    var (start, strides) = (0, x.shape.strides)
    for axis in axes {
      start += max(x.shape[axis] - 1, 0) * strides[axis]
      strides[axis] = -strides[axis]
    }
    return read(
      StridedView(start: start, extents: x.shape.dimensions, strides: strides), of: x, as: x.shape)
  }
}
