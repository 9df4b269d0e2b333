import Engine

/// Hsieh et al. 2008, algorithm 3: the dual of a linear SVM by coordinate descent with shrinking.
///
/// Minimizes ½ αᵀ(Q + D)α − Σα under 0 ≤ α_i ≤ U_i, where Q_ij = y_i y_j x_i·x_j; for the hinge loss D = 0 and U_i = C_i,
/// for its square D_ii = 1 / (2 C_i) and no bound above. The weights w = Σ y_i α_i x_i are kept in Double, so that the last
/// steps are not lost in rounding.
final class DualDescent {
  private let rows: [UnsafePointer<Float>]
  private let width: Int
  private let biasFeature: Double
  private let tolerance: Double
  private let maximumPasses: Int
  private var generator: RandomStream

  /// 1 or −1.
  private let signs: [Double]
  private let upperBounds: [Double]
  private let diagonals: [Double]
  /// (Q + D)_ii
  private let curvatures: [Double]
  private var alphas: [Double]

  /// One for each feature.
  private(set) var weights: [Double]
  /// Of the constant feature.
  private(set) var biasWeight = 0.0

  /// - Parameter rows: examples of `width` features, which must live as long as this.
  init(
    _ rows: [UnsafePointer<Float>], width: Int, _ isPositive: [Bool], _ options: LinearSVM.Options
  ) {
    self.rows = rows
    self.width = width
    biasFeature = Double(options.biasFeature)
    tolerance = options.tolerance
    maximumPasses = options.maximumPasses
    generator = RandomStream(seed: options.seed)
    signs = isPositive.map { $0 ? 1 : -1 }
    let costs = isPositive.map {
      Double(options.cost) * Double($0 ? options.positiveWeight : options.negativeWeight)
    }
    let isHinge = options.loss == .hinge
    upperBounds = costs.map { isHinge ? $0 : .infinity }
    diagonals = costs.map { isHinge ? 0 : 0.5 / $0 }
    let bias = biasFeature * biasFeature
    curvatures = zip(diagonals, rows).map { $0 + bias + DualDescent.squaredNorm($1, width) }
    alphas = Array(repeating: 0, count: rows.count)
    weights = Array(repeating: 0, count: width)
  }

  /// - Returns: how many passes over the examples it took, and whether the tolerance was reached.
  func run() -> (passes: Int, hasConverged: Bool) {
    var active = Array(0..<alphas.count)
    // Of the last pass: an example at a bound whose gradient lies beyond is left out of the next ones.
    var (highest, lowest) = (Double.infinity, -Double.infinity)
    for pass in 1...max(1, maximumPasses) {
      var (high, low) = (-Double.infinity, Double.infinity)
      shuffle(&active)
      var kept = 0
      for index in active {
        let gradient = gradient(index)
        let (isLeast, isMost) = (alphas[index] == 0, alphas[index] == upperBounds[index])
        if isLeast && gradient > highest || isMost && gradient < lowest { continue }
        active[kept] = index
        kept += 1
        let projected = isLeast ? min(gradient, 0) : isMost ? max(gradient, 0) : gradient
        (high, low) = (max(high, projected), min(low, projected))
        if abs(projected) > 1e-12 { step(index, gradient) }
      }
      active.removeLast(active.count - kept)
      if active.isEmpty || high - low <= tolerance {
        if kept == alphas.count { return (pass, true) }
        // What was left out is looked at again.
        active = Array(0..<alphas.count)
        (highest, lowest) = (.infinity, -.infinity)
      } else {
        highest = high > 0 ? high : .infinity
        lowest = low < 0 ? low : -.infinity
      }
    }
    return (maximumPasses, false)
  }

  private func gradient(_ index: Int) -> Double {
    let product = Self.product(rows[index], weights, width) + biasFeature * biasWeight
    return signs[index] * product - 1 + diagonals[index] * alphas[index]
  }

  /// Minimizes along one coordinate.
  private func step(_ index: Int, _ gradient: Double) {
    // An example of zeros, without a bias, and the hinge loss: the objective falls without end up to the bound.
    let best = curvatures[index] > 0 ? alphas[index] - gradient / curvatures[index] : upperBounds[index]
    let alpha = min(max(best, 0), upperBounds[index])
    let change = (alpha - alphas[index]) * signs[index]
    alphas[index] = alpha
    biasWeight += change * biasFeature
    let row = rows[index]
    weights.withUnsafeMutableBufferPointer { weights in
      for feature in 0..<width { weights[feature] += change * Double(row[feature]) }
    }
  }

  /// Fisher and Yates.
  private func shuffle(_ indices: inout [Int]) {
    for index in indices.indices {
      indices.swapAt(index, index + Int(generator.next() % UInt64(indices.count - index)))
    }
  }

  private static func product(_ row: UnsafePointer<Float>, _ weights: [Double], _ width: Int) -> Double {
    weights.withUnsafeBufferPointer { weights in
      // Four sums, which do not wait for each other.
      var (a, b, c, d) = (0.0, 0.0, 0.0, 0.0)
      var index = 0
      while index + 4 <= width {
        a += Double(row[index]) * weights[index]
        b += Double(row[index + 1]) * weights[index + 1]
        c += Double(row[index + 2]) * weights[index + 2]
        d += Double(row[index + 3]) * weights[index + 3]
        index += 4
      }
      while index < width {
        a += Double(row[index]) * weights[index]
        index += 1
      }
      return (a + b) + (c + d)
    }
  }

  private static func squaredNorm(_ row: UnsafePointer<Float>, _ width: Int) -> Double {
    var sum = 0.0
    for index in 0..<width { sum += Double(row[index]) * Double(row[index]) }
    return sum
  }
}
