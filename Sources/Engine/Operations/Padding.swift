extension Tensor {
  /// With `before` and `after` copies of a number around the elements of an axis, −1 being the last.
  public func padded(axis: Int, before: Int, after: Int, with value: Float = 0) -> Tensor {
    var amounts = [(before: Int, after: Int)](repeating: (0, 0), count: shape.rank)
    amounts[shape.axis(axis, "pad")] = (before, after)
    return padded(amounts, with: value)
  }

  /// With copies of a number around the elements of each axis (`numpy.pad`, constant).
  /// - Parameters:
  ///   - amounts: how many before and behind, one pair an axis, outermost first; none negative.
  ///   - value: what is around the elements.
  public func padded(_ amounts: [(before: Int, after: Int)], with value: Float = 0) -> Tensor {
    precondition(
      amounts.count == shape.rank && amounts.allSatisfy { $0.before >= 0 && $0.after >= 0 },
      "pad: \(amounts) around \(shape)")
    let padded = Shape(zip(shape.dimensions, amounts).map { $0 + $1.before + $1.after })
    let strides = padded.strides
    let view = StridedView(
      start: zip(amounts, strides).reduce(0) { $0 + $1.0.before * $1.1 }, extents: shape.dimensions,
      strides: strides)
    let result = Tensor(repeating: value, shape: padded)
    Kernels.write(self, into: result.storage.pointer, view)
    return result.recorded("pad", from: node) { [shape] _ in { [Kernels.read(view, of: $0, as: shape)] } }
  }
}
