// Rows and elements by index, and the transpose: adding to them.

extension Tensor {
  /// The slices at `indices` along an axis, one after another, such as rows of a matrix or pictures of a batch
  /// (`torch.index_select`). An index may come several times; its slice's gradient is the sum then.
  /// - Parameters:
  ///   - indices: each in 0 ..< the axis's extent.
  ///   - axis: −1 is the last.
  /// - Returns: this tensor's shape with `indices.count` in place of the axis's extent.
  public func indexSelect(_ indices: [Int], axis: Int = 0) -> Tensor {
    let axis = shape.axis(axis, "indexSelect")
    requireIndices("indexSelect", indices, shape, axis)
    return Kernels.selected(self, indices, axis: axis).recorded("indexSelect", from: node) { [shape] _ in
      {
        let sum = Tensor(zeros: shape)
        Kernels.add($0, to: sum, at: indices, axis: axis)
        return [sum]
      }
    }
  }

  /// This tensor with slices of `source` added at `indices` along an axis, in the order of the indices
  /// (`torch.index_add`): what is gathered by ``indexSelect(_:axis:)``, scattered.
  /// - Parameters:
  ///   - source: this tensor's shape with `indices.count` in place of the axis's extent.
  ///   - indices: where each slice goes; one may come several times.
  ///   - axis: −1 is the last.
  public func scatterAdd(_ source: Tensor, at indices: [Int], axis: Int = 0) -> Tensor {
    let axis = shape.axis(axis, "scatterAdd")
    requireIndices("scatterAdd", indices, shape, axis)
    var expected = shape.dimensions
    expected[axis] = indices.count
    requireEqualShapes("scatterAdd", source.shape, Shape(expected))
    var result = detached
    result.makeUnique()
    Kernels.add(source, to: result, at: indices, axis: axis)
    return result.recorded("scatterAdd", from: node, source.node) { needs in
      { [needs[0] ? $0 : nil, needs[1] ? Kernels.selected($0, indices, axis: axis) : nil] }
    }
  }

  /// From each line along an axis the elements at indices of its own (`torch.gather`, NumPy's `take_along_axis`).
  /// - Parameters:
  ///   - indices: in row-major order of the result, each in 0 ..< the axis's extent, as many for each line.
  ///   - axis: −1 is the last.
  /// - Returns: this tensor's shape with the number of indices a line in place of the axis's extent.
  public func gather(_ indices: [Int], axis: Int) -> Tensor {
    let axis = shape.axis(axis, "gather")
    requireIndices("gather", indices, shape, axis)
    let view = Kernels.AxisView(shape, axis: axis)
    let lines = view.outer * view.inner
    precondition(
      lines > 0 && indices.count % lines == 0,
      "gather: \(indices.count) indices for \(lines) lines of \(shape)")
    return gathered(indices, axis: axis, extent: indices.count / lines)
  }

  /// As ``gather(_:axis:)``, of indices that are known to be right.
  /// - Parameter extent: how many a line has.
  func gathered(_ indices: [Int], axis: Int, extent: Int) -> Tensor {
    let view = Kernels.AxisView(shape, axis: axis)
    var dimensions = shape.dimensions
    dimensions[axis] = extent
    let result = Tensor(uninitialized: Shape(dimensions))
    let (source, target) = (storage.pointer, result.storage.pointer)
    Kernels.forEachElement(of: view, extent, indices) { target[$0] = source[$1] }
    return result.recorded("gather", from: node) { [shape] _ in
      { gradient in
        let sum = Tensor(zeros: shape)
        let (source, target) = (gradient.storage.pointer, sum.storage.pointer)
        Kernels.forEachElement(of: view, extent, indices) { target[$1] += source[$0] }
        withExtendedLifetime(gradient) {}
        return [sum]
      }
    }
  }
}

private func requireIndices(_ operation: StaticString, _ indices: [Int], _ shape: Shape, _ axis: Int) {
  let range = 0..<shape[axis]
  for index in indices {
    precondition(range.contains(index), "\(operation): index \(index) of axis \(axis) of \(shape)")
  }
}

extension Kernels {
  fileprivate static func selected(_ x: Tensor, _ indices: [Int], axis: Int) -> Tensor {
    let view = AxisView(x.shape, axis: axis)
    var dimensions = x.shape.dimensions
    dimensions[axis] = indices.count
    let result = Tensor(uninitialized: Shape(dimensions))
    let (source, target) = (x.storage.pointer, result.storage.pointer)
    let (rows, inner) = (view.outer * indices.count, view.inner)
    Parallel.forEachRange(rows, grain: max(1, elementwiseGrain / max(inner, 1))) { range in
      for row in range {
        let (outer, index) = (row / indices.count, indices[row % indices.count])
        (target + row * inner).update(from: source + (outer * view.extent + index) * inner, count: inner)
      }
    }
    withExtendedLifetime(x) {}
    return result
  }

  /// Adds y's slices in the order of the indices, whatever the number of threads: each takes columns of its own.
  fileprivate static func add(_ y: Tensor, to x: Tensor, at indices: [Int], axis: Int) {
    let view = AxisView(x.shape, axis: axis)
    let (source, target) = (Source(y.storage.pointer), x.storage.pointer)
    let block = 256
    let across = view.inner.dividedUp(by: block)
    let grain = max(1, elementwiseGrain / block / max(indices.count, 1))
    Parallel.forEachRange(view.outer * across, grain: grain) { range in
      for task in range {
        let (outer, column) = (task / across, task % across * block)
        let count = min(block, view.inner - column)
        for (i, index) in indices.enumerated() {
          let from = source + ((outer * indices.count + i) * view.inner + column)
          addRow(from, to: target + ((outer * view.extent + index) * view.inner + column), count)
        }
      }
    }
    withExtendedLifetime(y) {}
  }

  /// Calls `body` for each gathered element, lines in parallel: its place, and its place in what it is gathered from.
  fileprivate static func forEachElement(
    of view: AxisView, _ extent: Int, _ indices: [Int], _ body: (_ gathered: Int, _ source: Int) -> Void
  ) {
    Parallel.forEachRange(view.outer * view.inner, grain: max(1, elementwiseGrain / max(extent, 1))) {
      lines in
      for line in lines {
        let (outer, column) = (line / view.inner, line % view.inner)
        for i in 0..<extent {
          let place = (outer * extent + i) * view.inner + column
          body(place, (outer * view.extent + indices[place]) * view.inner + column)
        }
      }
    }
  }

  /// The indices along an axis of the elements that come first, in order, in the shape with `count` for the extent.
  static func ranked(
    _ x: Tensor, axis: Int, first count: Int, _ precedes: (Float, Float) -> Bool
  ) -> [Int] {
    let view = AxisView(x.shape, axis: axis)
    let source = x.storage.pointer
    var result = [Int](repeating: 0, count: view.outer * count * view.inner)
    result.withUnsafeMutableBufferPointer { result in
      let target = result.baseAddress
      Parallel.forEachRange(
        view.outer * view.inner, grain: max(1, elementwiseGrain / 8 / max(view.extent, 1))
      ) {
        for line in $0 {
          let (outer, column) = (line / view.inner, line % view.inner)
          let start = source + (outer * view.extent * view.inner + column)
          let order = (0..<view.extent).sorted { a, b in
            let (x, y) = (start[a * view.inner], start[b * view.inner])
            return precedes(x, y) || (!precedes(y, x) && a < b)
          }
          for (i, index) in order.prefix(count).enumerated() {
            target![(outer * count + i) * view.inner + column] = index
          }
        }
      }
    }
    withExtendedLifetime(x) {}
    return result
  }
}
