import Engine
import Foundation

/// A density of several normal distributions whose axes are those of the space (diagonal covariances), fitted by expectation and
/// maximization (Dempster, Laird, Rubin 1977) from the centres of k-means on.
///
/// No variance falls below a thousandth of the points' own, along its axis or in the mean of the axes. The same points and seed
/// give the same bits on any number of threads.
public struct GaussianMixture: Sendable {
  /// Of each of the K distributions; their sum is 1.
  public let weights: [Float]
  /// `[K, D]`
  public let means: Tensor
  /// `[K, D]`
  public let variances: Tensor
  /// The mean logarithm of the density at the points, before the last step of the fit.
  public let logLikelihood: Double
  /// How many steps it took.
  public let iterations: Int

  /// The logarithm of each distribution's weighted density at x is a linear function of x and its squares, `[K, 2·D]`.
  private let linearWeights: Tensor
  private let linearBias: Tensor

  /// Variances below this share of the points' own are raised to it.
  private static let leastVariance = 1e-3
  /// Lest a distribution without points be divided by.
  private static let leastWeight = 1e-6

  /// - Parameters:
  ///   - points: `[N, D]`; all finite.
  ///   - count: how many distributions, at most N.
  ///   - iterations: at most.
  ///   - tolerance: it ends before where the mean log-likelihood grows by less.
  ///   - seed: of k-means.
  public init(
    _ points: Tensor, count: Int, iterations: Int = 100, tolerance: Double = 1e-4, seed: UInt64 = 0
  ) {
    precondition(iterations >= 0, "GaussianMixture: \(iterations) iterations")
    let centres = KMeans(points, count: count, iterations: 20, seed: seed)
    let own = Self.variances(points)
    let mean = own.reduce(0, +) / Double(own.count)
    let floors = own.map { max(max($0, mean) * Self.leastVariance, 1e-9) }
    var mixture = Self(centres, points, floors)
    var earlier = -Double.infinity
    for number in 0..<iterations {
      let (moments, sums, likelihood) = mixture.expectation(points)
      guard likelihood - earlier >= tolerance else { break }
      earlier = likelihood
      mixture = Self(moments, sums, Double(points.shape[0]), floors, mixture, likelihood, number + 1)
    }
    self = mixture
  }

  /// - Parameters:
  ///   - weights: of each distribution; their sum is 1.
  ///   - means: `[K, D]`.
  ///   - variances: `[K, D]`, positive.
  public init(weights: [Float], means: Tensor, variances: Tensor) {
    self.init(weights, means, variances, .nan, 0)
  }

  private init(
    _ weights: [Float], _ means: Tensor, _ variances: Tensor, _ logLikelihood: Double, _ iterations: Int
  ) {
    precondition(
      means.shape.rank == 2 && means.shape == variances.shape && means.shape[0] == weights.count,
      "GaussianMixture: \(weights.count) weights, means \(means.shape), variances \(variances.shape)")
    (self.weights, self.means, self.variances) = (weights, means, variances)
    (self.logLikelihood, self.iterations) = (logLikelihood, iterations)
    let (count, width) = (means.shape[0], means.shape[1])
    let (m, v) = (means.scalars, variances.scalars)
    linearWeights = Tensor(shape: [count, 2 * width]) { elements in
      for place in 0..<count * width {
        let (row, column) = (place / width, place % width)
        elements[row * 2 * width + column] = m[place] / v[place]
        elements[row * 2 * width + width + column] = -0.5 / v[place]
      }
    }
    linearBias = Tensor(
      (0..<count).map { row in
        var sum = log(Double(weights[row]))
        for place in row * width..<(row + 1) * width {
          let (mean, variance) = (Double(m[place]), Double(v[place]))
          sum -= 0.5 * (log(2 * .pi * variance) + mean * mean / variance)
        }
        return Float(sum)
      }, shape: [count])
  }

  /// Each centre with its points' variance.
  private init(_ centres: KMeans, _ points: Tensor, _ floors: [Double]) {
    let (count, width) = (centres.centres.shape[0], points.shape[1])
    var sums = [Double](repeating: 0, count: count)
    var moments = [Double](repeating: 0, count: count * 2 * width)
    points.withUnsafeBufferPointer { elements in
      for (row, label) in centres.nearest(to: points).enumerated() {
        sums[label] += 1
        for column in 0..<width {
          let value = Double(elements[row * width + column])
          moments[label * 2 * width + column] += value
          moments[label * 2 * width + width + column] += value * value
        }
      }
    }
    let wide = Tensor(
      (0..<count).flatMap { _ in floors.map { Float($0 / Self.leastVariance) } }, shape: [count, width])
    let first = Self([Float](repeating: 1 / Float(count), count: count), centres.centres, wide, .nan, 0)
    self.init(moments, sums, Double(points.shape[0]), floors, first, .nan, 0)
  }

  /// Maximization: from the sums of responsibilities, and of points and their squares weighted by them.
  private init(
    _ moments: [Double], _ sums: [Double], _ total: Double, _ floors: [Double], _ earlier: GaussianMixture,
    _ likelihood: Double, _ iteration: Int
  ) {
    let width = floors.count
    var (means, variances) = (earlier.means.scalars, earlier.variances.scalars)
    for row in sums.indices where sums[row] > Self.leastWeight * total {
      for column in 0..<width {
        let mean = moments[row * 2 * width + column] / sums[row]
        let square = moments[row * 2 * width + width + column] / sums[row]
        means[row * width + column] = Float(mean)
        variances[row * width + column] = Float(max(square - mean * mean, floors[column]))
      }
    }
    let shares = sums.map { max($0 / total, Self.leastWeight) }
    let all = shares.reduce(0, +)
    self.init(
      shares.map { Float($0 / all) }, Tensor(means, shape: earlier.means.shape),
      Tensor(variances, shape: earlier.variances.shape), likelihood, iteration)
  }

  /// How much of each point each distribution accounts for: rows that add up to 1.
  /// - Parameter points: `[N, D]`.
  /// - Returns: `[N, K]`.
  public func responsibilities(_ points: Tensor) -> Tensor { softmax(scores(Self.extended(points))) }

  private func scores(_ extended: Tensor) -> Tensor {
    linear(extended, weight: linearWeights, bias: linearBias)
  }

  /// The sums over points of responsibilities, `[K]`, and of points and their squares weighted by them, `[K, 2·D]`, with the mean
  /// log-likelihood.
  func expectation(_ points: Tensor) -> (moments: [Double], sums: [Double], likelihood: Double) {
    let (classes, width) = (means.shape[0], means.shape[1])
    var moments = [Double](repeating: 0, count: classes * 2 * width)
    var sums = [Double](repeating: 0, count: classes)
    var likelihood = 0.0
    points.forEachPiece { _, piece in
      let extended = Self.extended(piece)
      let scores = scores(extended)
      let shares = softmax(scores.detached)
      for (index, value) in transposedProduct(shares, extended).scalars.enumerated() {
        moments[index] += Double(value)
      }
      scores.withUnsafeBufferPointer { scores in
        shares.withUnsafeBufferPointer { shares in
          for row in 0..<piece.shape[0] {
            var best = row * classes
            for place in row * classes..<(row + 1) * classes {
              sums[place % classes] += Double(shares[place])
              if shares[place] > shares[best] { best = place }
            }
            // log Σ eˢ is s − log of its share, for any s.
            likelihood += Double(scores[best]) - log(Double(shares[best]))
          }
        }
      }
    }
    return (moments, sums, likelihood / Double(max(points.shape[0], 1)))
  }

  /// Points and their squares, `[N, 2·D]`.
  private static func extended(_ points: Tensor) -> Tensor {
    let (count, width) = (points.shape[0], points.shape[1])
    return points.withUnsafeBufferPointer { source in
      Tensor(shape: [count, 2 * width]) { target in
        for row in 0..<count {
          for column in 0..<width {
            let value = source[row * width + column]
            target[row * 2 * width + column] = value
            target[row * 2 * width + width + column] = value * value
          }
        }
      }
    }
  }

  /// Along each axis.
  private static func variances(_ points: Tensor) -> [Double] {
    let (count, width) = (points.shape[0], points.shape[1])
    var (sums, squares) = ([Double](repeating: 0, count: width), [Double](repeating: 0, count: width))
    points.withUnsafeBufferPointer { elements in
      for row in 0..<count {
        for column in 0..<width {
          let value = Double(elements[row * width + column])
          sums[column] += value
          squares[column] += value * value
        }
      }
    }
    return zip(sums, squares).map { sum, square in
      let mean = sum / Double(count)
      return max(square / Double(count) - mean * mean, 0)
    }
  }
}
