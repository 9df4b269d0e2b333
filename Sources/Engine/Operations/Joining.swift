// Concatenation and its inverse, slices.

/// The tensors one after another along `axis`, −1 being the last; all other extents must be equal. Channels, the last
/// axis of an activation, are the common case.
public func concat(_ tensors: [Tensor], axis: Int) -> Tensor {
  guard let first = tensors.first?.shape else { preconditionFailure("concat: nothing to join") }
  let axis = first.axis(axis, "concat")
  for shape in tensors.lazy.map(\.shape) {
    precondition(
      shape.rank == first.rank
        && (0..<first.rank).allSatisfy { $0 == axis || shape[$0] == first[$0] },
      "concat: \(shape) does not join \(first) along axis \(axis)")
  }
  let result = Kernels.concat(tensors, axis: axis)
  let inputs = tensors.map(\.node)
  guard inputs.contains(where: { $0 != nil }) else { return result }
  let extents = tensors.map { $0.shape[axis] }
  let node = Node("concat", inputs: inputs) { [needs = inputs.map { $0 != nil }] gradient in
    var start = 0
    return zip(extents, needs).map { extent, needed in
      defer { start += extent }
      return needed ? Kernels.slice(gradient, axis: axis, start..<start + extent) : nil
    }
  }
  return Tensor(storage: result.storage, shape: result.shape, node: node)
}

/// Tensors of one shape side by side along a new axis: the result's axis `axis`, −1 being its last.
public func stack(_ tensors: [Tensor], axis: Int = 0) -> Tensor {
  guard let first = tensors.first?.shape else { preconditionFailure("stack: nothing to join") }
  for shape in tensors.lazy.map(\.shape) { requireEqualShapes("stack", first, shape) }
  let position = axis < 0 ? axis + first.rank + 1 : axis
  return concat(tensors.map { $0.unsqueezed(axis: position) }, axis: position)
}

extension Tensor {
  /// The elements whose index along `axis`, −1 being the last, is in `range`. Copies.
  public func slice(axis: Int, _ range: Range<Int>) -> Tensor {
    let axis = shape.axis(axis, "slice")
    precondition(
      range.lowerBound >= 0 && range.upperBound <= shape[axis],
      "slice: \(range) exceeds axis \(axis) of \(shape)")
    return Kernels.slice(self, axis: axis, range)
      .recorded("slice", from: node) { [shape] _ in
        { [Kernels.unslice($0, axis: axis, range, of: shape)] }
      }
  }
}

extension Kernels {
  static func concat(_ tensors: [Tensor], axis: Int) -> Tensor {
    var dimensions = tensors[0].shape.dimensions
    dimensions[axis] = tensors.reduce(0) { $0 + $1.shape[axis] }
    let result = Tensor(uninitialized: Shape(dimensions))
    var start = 0
    for tensor in tensors {
      paste(tensor, into: result, axis: axis, at: start)
      start += tensor.shape[axis]
    }
    return result
  }

  static func slice(_ x: Tensor, axis: Int, _ range: Range<Int>) -> Tensor {
    var dimensions = x.shape.dimensions
    dimensions[axis] = range.count
    let result = Tensor(uninitialized: Shape(dimensions))
    copyRows(
      x, AxisView(x.shape, axis: axis), from: range.lowerBound,
      into: result, AxisView(result.shape, axis: axis), to: 0, extent: range.count)
    return result
  }

  /// Zeros of `shape` with `x` in the given range: the transpose of a slice.
  static func unslice(_ x: Tensor, axis: Int, _ range: Range<Int>, of shape: Shape) -> Tensor {
    let result = Tensor(zeros: shape)
    paste(x, into: result, axis: axis, at: range.lowerBound)
    return result
  }

  /// Overwrites the indices of `axis` from `start` on.
  static func paste(_ x: Tensor, into result: Tensor, axis: Int, at start: Int) {
    copyRows(
      x, AxisView(x.shape, axis: axis), from: 0,
      into: result, AxisView(result.shape, axis: axis), to: start, extent: x.shape[axis])
  }

  /// Copies `extent` indices of the axis for each outer index.
  private static func copyRows(
    _ x: Tensor, _ source: AxisView, from: Int, into y: Tensor, _ target: AxisView, to: Int, extent: Int
  ) {
    let (input, output) = (x.storage.pointer, y.storage.pointer)
    let length = extent * source.inner
    guard length > 0 else { return }
    Parallel.forEachRange(source.outer, grain: max(1, elementwiseGrain / length)) { rows in
      for row in rows {
        let line = input + (row * source.extent + from) * source.inner
        (output + (row * target.extent + to) * target.inner).update(from: line, count: length)
      }
    }
  }
}
