import Engine
import Images

/// A picture as how often each visual word occurs in it (Csurka et al. 2004), in the whole picture and in its quarters (Lazebnik,
/// Schmid, Ponce 2006, two levels).
///
/// A word is the nearest centre of a codebook. The histogram of each of the five regions is divided by its sum, and the square
/// roots are taken, so that products of two pictures are Hellinger's kernel. The whole has the norm 1, or less where a region is
/// without descriptors.
public struct BagOfWords: Sendable {
  /// The visual words.
  public let codebook: KMeans

  /// - Parameter codebook: the visual words.
  public init(_ codebook: KMeans) { self.codebook = codebook }

  static let regions = 5

  /// How many numbers describe a picture.
  public var count: Int { Self.regions * codebook.centres.shape[0] }

  /// The whole picture's histogram, then those of the quarters, row by row.
  /// - Parameter descriptors: of the codebook's length.
  public func callAsFunction(_ descriptors: LocalDescriptors) -> [Float] {
    let words = codebook.centres.shape[0]
    var histograms = [Float](repeating: 0, count: count)
    for (word, place) in zip(codebook.nearest(to: descriptors.values), descriptors.places) {
      let quarter = (place.y < 0.5 ? 0 : 2) + (place.x < 0.5 ? 0 : 1)
      histograms[word] += 1
      histograms[(1 + quarter) * words + word] += 1
    }
    for region in 0..<Self.regions {
      let range = region * words..<(region + 1) * words
      let sum = histograms[range].reduce(0, +)
      guard sum > 0 else { continue }
      for index in range {
        histograms[index] = (histograms[index] / (sum * Float(Self.regions))).squareRoot()
      }
    }
    return histograms
  }
}

/// A picture as how the density of its descriptors would have to change to suit them better: the gradients with respect to means
/// and deviations of a mixture of normal distributions, improved by signed square roots and the norm 1 (Perronnin, Sánchez,
/// Mensink 2010, "Improving the Fisher Kernel for Large-Scale Image Classification").
public struct FisherVector: Sendable {
  /// The density.
  public let mixture: GaussianMixture

  /// - Parameter mixture: the density of descriptors.
  public init(_ mixture: GaussianMixture) { self.mixture = mixture }

  /// How many numbers describe a picture: two for each mean's.
  public var count: Int { 2 * mixture.means.count }

  /// The gradients for the means, `[K, D]`, then those for the deviations; zeros of no descriptors.
  /// - Parameter descriptors: `[N, D]`.
  public func callAsFunction(_ descriptors: Tensor) -> [Float] {
    let number = descriptors.shape[0]
    guard number > 0 else { return [Float](repeating: 0, count: count) }
    let (moments, sums, _) = mixture.expectation(descriptors)
    let (means, variances) = (mixture.means.scalars, mixture.variances.scalars)
    let width = mixture.means.shape[1]
    var result = [Double](repeating: 0, count: count)
    for place in means.indices {
      let (row, column) = (place / width, place % width)
      let (mean, variance) = (Double(means[place]), Double(variances[place]))
      let first = moments[row * 2 * width + column]
      let second = moments[row * 2 * width + width + column]
      let weight = Double(mixture.weights[row])
      let (n, share) = (Double(number), sums[row])
      result[place] = (first - share * mean) / (variance.squareRoot() * n * weight.squareRoot())
      result[means.count + place] =
        ((second - 2 * mean * first + share * mean * mean) / variance - share)
        / (n * (2 * weight).squareRoot())
    }
    result = result.map { $0 < 0 ? -(-$0).squareRoot() : $0.squareRoot() }
    let norm = result.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return result.map { norm > 0 ? Float($0 / norm) : 0 }
  }
}
