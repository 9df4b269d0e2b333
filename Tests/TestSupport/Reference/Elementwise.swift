import Foundation

extension Reference {
  public static func relu(_ x: DTensor) -> DTensor { x.map { max($0, 0) } }

  public static func leakyReLU(_ x: DTensor, negativeSlope: Double) -> DTensor {
    x.map { $0 > 0 ? $0 : negativeSlope * $0 }
  }

  public static func clip(_ x: DTensor, _ low: Double, _ high: Double) -> DTensor {
    x.map { min(max($0, low), high) }
  }

  public static func hardSigmoid(_ x: DTensor) -> DTensor { x.map { min(max($0 + 3, 0), 6) / 6 } }

  public static func hardSwish(_ x: DTensor) -> DTensor { x.map { $0 * min(max($0 + 3, 0), 6) / 6 } }

  public static func silu(_ x: DTensor) -> DTensor { x.map { $0 / (1 + exp(-$0)) } }

  public static func sigmoid(_ x: DTensor) -> DTensor { x.map { 1 / (1 + exp(-$0)) } }

  public static func tanh(_ x: DTensor) -> DTensor { x.map { Foundation.tanh($0) } }

  public static func add(_ x: DTensor, _ y: DTensor) -> DTensor { x.zip(y, +) }

  public static func subtract(_ x: DTensor, _ y: DTensor) -> DTensor { x.zip(y, -) }

  public static func multiply(_ x: DTensor, _ y: DTensor) -> DTensor { x.zip(y, *) }

  /// The sum of all elements, a scalar.
  public static func sum(_ x: DTensor) -> DTensor {
    DTensor(shape: [], values: [x.values.reduce(0, +)])
  }

  /// The sums along `axis`, which is left out of the result.
  public static func sum(_ x: DTensor, axis: Int) -> DTensor {
    var shape = x.shape
    shape.remove(at: axis)
    var y = DTensor(zeros: shape)
    for offset in 0..<x.count {
      var index = DTensor.index(of: offset, in: x.shape)
      index.remove(at: axis)
      y.values[rowMajor(index, shape)] += x.values[offset]
    }
    return y
  }

  public static func mean(_ x: DTensor) -> DTensor { sum(x).map { $0 / Double(x.count) } }

  public static func mean(_ x: DTensor, axis: Int) -> DTensor {
    sum(x, axis: axis).map { $0 / Double(x.shape[axis]) }
  }

  /// eˣ / Σ eˣ over the last axis.
  public static func softmax(_ x: DTensor) -> DTensor { logSoftmax(x).map { exp($0) } }

  /// x − log Σ eˣ over the last axis.
  public static func logSoftmax(_ x: DTensor) -> DTensor {
    let classes = x.shape.last!
    var y = x
    for row in 0..<x.count / classes {
      let values = x.values[row * classes..<(row + 1) * classes]
      let top = values.max()!
      let logSum = top + log(values.reduce(0) { $0 + exp($1 - top) })
      for c in 0..<classes { y.values[row * classes + c] -= logSum }
    }
    return y
  }
}
