/// Elements of a buffer in the row-major order of some shape, where each axis has a step of its own: 0 repeats, a
/// negative step goes backwards, and what is stepped over is left out.
///
/// Broadcasting, subscripts, padding, flips and transposes are such views: one loop walks them all.
struct StridedView {
  /// Where the first element lies.
  let start: Int
  let count: Int
  /// Neighbouring axes that step as one are joined, so that runs are as long as can be; two at least.
  private let axes: [Axis]

  struct Axis {
    let extent, stride: Int
  }

  init(start: Int = 0, extents: [Int], strides: [Int]) {
    var axes: [Axis] = []
    for (extent, stride) in zip(extents, strides) where extent != 1 {
      if let outer = axes.last, outer.stride == extent * stride {
        axes[axes.count - 1] = Axis(extent: outer.extent * extent, stride: stride)
      } else {
        axes.append(Axis(extent: extent, stride: stride))
      }
    }
    if axes.isEmpty { axes = [Axis(extent: 1, stride: 1)] }
    if axes.count == 1 { axes.insert(Axis(extent: 1, stride: 0), at: 0) }
    self.axes = axes
    self.start = start
    count = extents.reduce(1, *)
  }

  /// A tensor of `shape` repeated to a larger one.
  init(_ shape: Shape, broadcastTo larger: Shape) {
    let extents = shape.padded(toRank: larger.rank)
    let strides = Array(repeating: 0, count: larger.rank - shape.rank) + shape.strides
    self.init(
      extents: larger.dimensions, strides: zip(extents, strides).map { $0 == 1 ? 0 : $1 })
  }

  /// Whether the view is the buffer as it lies.
  var isDense: Bool { start == 0 && axes.count == 2 && axes[0].extent == 1 && axes[1].stride == 1 }

  /// Where an element lies.
  func offset(of position: Int) -> Int {
    var (rest, offset) = (position, start)
    for axis in axes.reversed() {
      offset += rest % axis.extent * axis.stride
      rest /= axis.extent
    }
    return offset
  }

  /// Calls `body` with pieces of the innermost axis that cover `range`: the position of the first element in the view,
  /// its offset in the buffer, and how many there are, each ``innerStride`` behind the one before.
  @inline(__always)
  private func forEachRun(
    _ range: Range<Int>, _ body: (_ position: Int, _ offset: Int, _ count: Int) -> Void
  ) {
    let (row, inner) = (axes[axes.count - 2], axes[axes.count - 1])
    var position = range.lowerBound
    while position < range.upperBound {
      let line = position / inner.extent
      var column = position % inner.extent
      var offset = offset(of: position - column)
      for _ in line % row.extent..<row.extent {
        let count = min(inner.extent - column, range.upperBound - position)
        body(position, offset + column * inner.stride, count)
        position += count
        if position == range.upperBound { return }
        column = 0
        offset += row.stride
      }
    }
  }

  private var innerStride: Int { axes[axes.count - 1].stride }

  /// y ← the elements at the positions in `range` of the view of x.
  func read(_ range: Range<Int>, of x: Source, into y: Destination) {
    let step = innerStride
    forEachRun(range) { position, offset, count in
      let (line, target) = (x + offset, y + (position - range.lowerBound))
      if count < 16 || (step != 0 && step != 1) {
        for i in 0..<count { target[i] = line[i &* step] }
      } else if step == 1 {
        target.update(from: line, count: count)
      } else {
        target.update(repeating: line.pointee, count: count)
      }
    }
  }

  /// The elements at the positions in `range` of the view of x ← y.
  /// - Precondition: no axis repeats.
  func write(_ range: Range<Int>, from y: Source, into x: Destination) {
    let step = innerStride
    forEachRun(range) { position, offset, count in
      let (line, source) = (x + offset, y + (position - range.lowerBound))
      if step == 1 && count >= 16 {
        line.update(from: source, count: count)
      } else {
        for i in 0..<count { line[i &* step] = source[i] }
      }
    }
  }
}

extension Kernels {
  /// The view's elements as a tensor of `shape`.
  /// - Parameter isLasting: whether the result is kept while activations come and go.
  static func read(
    _ view: StridedView, of x: Tensor, as shape: Shape, isLasting: Bool = false
  ) -> Tensor {
    let result = Tensor(uninitialized: shape, isLasting: isLasting)
    let (source, target) = (Source(x.storage.pointer), result.storage.pointer)
    Parallel.forEachRange(view.count, grain: elementwiseGrain) { range in
      view.read(range, of: source, into: target + range.lowerBound)
    }
    return result
  }

  /// Puts y into the view's places of `target`.
  static func write(_ y: Tensor, into target: Destination, _ view: StridedView) {
    let source = Source(y.storage.pointer)
    Parallel.forEachRange(view.count, grain: elementwiseGrain) { range in
      view.write(range, from: source + range.lowerBound, into: target)
    }
    withExtendedLifetime(y) {}
  }

  /// x repeated to a larger shape that it broadcasts to.
  static func expanded(_ x: consuming Tensor, to shape: Shape) -> Tensor {
    if x.count == shape.count { return Tensor(storage: x.storage, shape: shape) }
    return read(StridedView(x.shape, broadcastTo: shape), of: x, as: shape)
  }
}
