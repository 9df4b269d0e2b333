/// The windows of a pooling along one axis, clipped to the picture.
package struct PoolingWindows: Hashable, Sendable {
  /// Elements `start..<end` of the axis; the average divides by the product of both axes' divisors.
  package struct Window: Hashable, Sendable {
    package let start, end, divisor: Int
  }

  package let extent: Int
  package let windows: [Window]
  package var count: Int { windows.count }

  /// Sliding windows, PyTorch's rules: with `ceilMode` a last, partial window is added unless it would start in
  /// the far padding; with `countsPadding` the divisor counts padded elements, but none beyond the padding.
  package init(
    extent: Int, kernel: Int, stride: Int, padding: (before: Int, after: Int), ceilMode: Bool,
    countsPadding: Bool
  ) {
    precondition(
      kernel > 0 && stride > 0 && (0..<kernel).contains(padding.before)
        && (0..<kernel).contains(padding.after),
      "pooling: kernel \(kernel), stride \(stride), padding \(padding)")
    let room = extent + padding.before + padding.after - kernel + (ceilMode ? stride - 1 : 0)
    precondition(
      room >= 0, "pooling: a window of \(kernel) does not fit \(extent) padded by \(padding)")
    var count = room / stride + 1
    if ceilMode && (count - 1) * stride >= extent + padding.before { count -= 1 }
    self.extent = extent
    windows = (0..<count).map { index in
      let start = index * stride - padding.before
      let end = min(start + kernel, extent + padding.after)
      let inside = max(start, 0)..<min(end, extent)
      return Window(
        start: inside.lowerBound, end: inside.upperBound,
        divisor: countsPadding ? end - start : inside.count)
    }
  }

  /// `count` windows that cover the axis evenly: ⌊i·extent/count⌋ to ⌈(i + 1)·extent/count⌉.
  package init(extent: Int, adaptiveCount count: Int) {
    precondition(count > 0 && extent > 0, "adaptive pooling: \(extent) elements to \(count)")
    self.extent = extent
    windows = (0..<count).map { index in
      let start = index * extent / count
      let end = ((index + 1) * extent + count - 1) / count
      return Window(start: start, end: end, divisor: end - start)
    }
  }
}
