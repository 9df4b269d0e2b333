import Foundation

// Operations on tensors, each element by its index.

extension DTensor {
  /// The tensor whose elements are a function of their indices, one number an axis.
  public static func make(_ shape: [Int], _ element: ([Int]) -> Double) -> DTensor {
    let count = shape.reduce(1, *)
    return DTensor(shape: shape, values: (0..<count).map { element(index(of: $0, in: shape)) })
  }

  /// The element at an index given as an array.
  public func at(_ index: [Int]) -> Double { values[Reference.rowMajor(index, shape)] }

  /// The element at an index into a shape that this one broadcasts to.
  func repeated(at index: [Int]) -> Double {
    at(Swift.zip(shape, index.suffix(shape.count)).map { $0 == 1 ? 0 : $1 })
  }
}

extension Reference {
  /// NumPy's broadcasting of shapes.
  public static func broadcastShape(_ shapes: [[Int]]) -> [Int] {
    let rank = shapes.map(\.count).max()!
    return (0..<rank).map { axis in
      let extents = shapes.compactMap { shape in
        axis < rank - shape.count ? nil : shape[axis - rank + shape.count]
      }
      return extents.first { $0 != 1 } ?? 1
    }
  }

  /// A function of the elements of several tensors, which are broadcast.
  public static func broadcast(_ inputs: [DTensor], _ function: ([Double]) -> Double) -> DTensor {
    DTensor.make(broadcastShape(inputs.map(\.shape))) { index in
      function(inputs.map { $0.repeated(at: index) })
    }
  }

  /// A function of the elements along axes (not negative), in row-major order; the result has extents of 1 there.
  public static func reduce(
    _ x: DTensor, _ axes: [Int], _ function: ([Double]) -> Double
  ) -> DTensor {
    let shape = x.shape.indices.map { axes.contains($0) ? 1 : x.shape[$0] }
    var groups = [[Double]](repeating: [], count: shape.reduce(1, *))
    for offset in 0..<x.count {
      let index = DTensor.index(of: offset, in: x.shape)
      groups[rowMajor(index.indices.map { axes.contains($0) ? 0 : index[$0] }, shape)].append(
        x.values[offset])
    }
    return DTensor(shape: shape, values: groups.map(function))
  }

  /// Without axes of extent 1.
  public static func squeeze(_ x: DTensor, _ axes: [Int]) -> DTensor {
    DTensor(shape: x.shape.indices.filter { !axes.contains($0) }.map { x.shape[$0] }, values: x.values)
  }

  /// Σ (x − mean)² / (n − correction).
  public static func variance(_ x: [Double], correction: Int) -> Double {
    let mean = x.reduce(0, +) / Double(x.count)
    return x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(x.count - correction)
  }

  /// `[…, m, k]` · `[…, k, n]`, leading axes broadcast.
  public static func matmul(_ a: DTensor, _ b: DTensor) -> DTensor {
    let leading = broadcastShape([a.shape.dropLast(2), b.shape.dropLast(2)].map(Array.init))
    let (m, k, n) = (a.shape[a.shape.count - 2], a.shape.last!, b.shape.last!)
    return DTensor.make(leading + [m, n]) { index in
      let (row, column) = (index[index.count - 2], index.last!)
      func place(_ x: DTensor, _ i: Int, _ j: Int) -> [Int] {
        let outer = x.shape.dropLast(2)
        return zip(outer, index.dropLast(2).suffix(outer.count)).map { $0 == 1 ? 0 : $1 } + [i, j]
      }
      return (0..<k).reduce(0) { $0 + a.at(place(a, row, $1)) * b.at(place(b, $1, column)) }
    }
  }

  /// weight · (x − mean) / √(variance + ε) + bias with moments over a set that each element belongs to.
  private static func normalize(
    _ x: DTensor, _ epsilon: Double, set: ([Int]) -> Int, factor: ([Int]) -> Double, offset: ([Int]) -> Double
  ) -> DTensor {
    var sets: [Int: [Double]] = [:]
    for i in 0..<x.count { sets[set(DTensor.index(of: i, in: x.shape)), default: []].append(x.values[i]) }
    let moments = sets.mapValues { values in
      (mean: values.reduce(0, +) / Double(values.count), variance: variance(values, correction: 0))
    }
    return DTensor.make(x.shape) { index in
      let (mean, variance) = moments[set(index)]!
      return factor(index) * (x.at(index) - mean) / (variance + epsilon).squareRoot() + offset(index)
    }
  }

  /// Group norm of `[N, …, C]`.
  public static func groupNorm(
    _ x: DTensor, groups: Int, weight: DTensor? = nil, bias: DTensor? = nil, epsilon: Double = 1e-5
  ) -> DTensor {
    let width = x.shape.last! / groups
    return normalize(
      x, epsilon, set: { $0[0] * groups + $0.last! / width }, factor: { weight?.values[$0.last!] ?? 1 },
      offset: { bias?.values[$0.last!] ?? 0 })
  }

  /// Layer norm over the last `rank` axes.
  public static func layerNorm(
    _ x: DTensor, rank: Int, weight: DTensor? = nil, bias: DTensor? = nil, epsilon: Double = 1e-5
  ) -> DTensor {
    normalize(
      x, epsilon, set: { rowMajor(Array($0.dropLast(rank)), Array(x.shape.dropLast(rank))) },
      factor: { weight?.at(Array($0.suffix(rank))) ?? 1 }, offset: { bias?.at(Array($0.suffix(rank))) ?? 0 })
  }

  /// Where a pixel of a resized line comes from, in pixels of the old line; `step` is old pixels a new one.
  public static func sourcePlace(
    _ target: Int, from sources: Int, to targets: Int, step: Double, alignCorners: Bool
  ) -> Double {
    if alignCorners { return targets > 1 ? Double(target * (sources - 1)) / Double(targets - 1) : 0 }
    return max((Double(target) + 0.5) * step - 0.5, 0)
  }

  /// Bilinear interpolation of `[N, H, W, C]`, a sum over all pixels weighted by their distance.
  public static func bilinear(
    _ x: DTensor, height: Int, width: Int, scale: Double? = nil, alignCorners: Bool
  ) -> DTensor {
    func weights(_ target: Int, _ sources: Int, _ targets: Int) -> [Double] {
      let step = scale.map { 1 / $0 } ?? Double(sources) / Double(targets)
      let place = min(
        sourcePlace(target, from: sources, to: targets, step: step, alignCorners: alignCorners),
        Double(sources - 1))
      return (0..<sources).map { max(0, 1 - abs(Double($0) - place)) }
    }
    let rows = (0..<height).map { weights($0, x.shape[1], height) }
    let columns = (0..<width).map { weights($0, x.shape[2], width) }
    return DTensor.make([x.shape[0], height, width, x.shape[3]]) { index in
      var sum = 0.0
      for (i, a) in rows[index[1]].enumerated() where a > 0 {
        for (j, b) in columns[index[2]].enumerated() where b > 0 {
          sum += a * b * x[index[0], i, j, index[3]]
        }
      }
      return sum
    }
  }

  /// Nearest interpolation of `[N, H, W, C]`, for sizes whose quotient rounds nowhere.
  public static func nearest(_ x: DTensor, height: Int, width: Int) -> DTensor {
    DTensor.make([x.shape[0], height, width, x.shape[3]]) { index in
      x[index[0], index[1] * x.shape[1] / height, index[2] * x.shape[2] / width, index[3]]
    }
  }
}
