extension Reference {
  /// Axis `i` of the result is axis `axes[i]` of `x`.
  public static func permute(_ x: DTensor, _ axes: [Int]) -> DTensor {
    var result = DTensor(zeros: axes.map { x.shape[$0] })
    for offset in 0..<result.count {
      let index = DTensor.index(of: offset, in: result.shape)
      var source = [Int](repeating: 0, count: axes.count)
      for (axis, from) in axes.enumerated() { source[from] = index[axis] }
      result.values[offset] = x.values[rowMajor(source, x.shape)]
    }
    return result
  }

  /// The tensors one after another along `axis`.
  public static func concat(_ parts: [DTensor], axis: Int) -> DTensor {
    var shape = parts[0].shape
    shape[axis] = parts.reduce(0) { $0 + $1.shape[axis] }
    var result = DTensor(zeros: shape)
    var start = 0
    for part in parts {
      for offset in 0..<part.count {
        var index = DTensor.index(of: offset, in: part.shape)
        index[axis] += start
        result.values[rowMajor(index, shape)] = part.values[offset]
      }
      start += part.shape[axis]
    }
    return result
  }

  /// The elements with an index in `range` along `axis`.
  public static func slice(_ x: DTensor, axis: Int, _ range: Range<Int>) -> DTensor {
    var shape = x.shape
    shape[axis] = range.count
    var result = DTensor(zeros: shape)
    for offset in 0..<result.count {
      var index = DTensor.index(of: offset, in: shape)
      index[axis] += range.lowerBound
      result.values[offset] = x.values[rowMajor(index, x.shape)]
    }
    return result
  }

  static func rowMajor(_ index: [Int], _ shape: [Int]) -> Int {
    zip(index, shape).reduce(0) { $0 * $1.1 + $1.0 }
  }
}
