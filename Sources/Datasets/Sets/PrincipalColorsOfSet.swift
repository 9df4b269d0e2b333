import Engine
import Images
import Synchronization

extension PrincipalColors {
  /// The principal components of a data set's colours: eigenvectors and the roots of eigenvalues of the covariance of all
  /// pixels, by LAPACK.
  ///
  /// Sums are whole numbers, so the result does not depend on the order or the number of threads. Where there are more
  /// pictures than `count`, so many evenly spaced ones stand for them.
  /// - Parameters:
  ///   - dataset: with at least one picture.
  ///   - preprocessing: how they are resized and cropped before; three channels.
  ///   - count: how many pictures are read at most.
  /// - Throws: what reading the first unreadable example throws; `LinearAlgebraError` where LAPACK fails.
  public init(of dataset: some Dataset, preprocessing: Preprocessing, pictures count: Int = 2048) throws {
    precondition(
      dataset.count > 0 && count > 0 && preprocessing.channels == 3,
      "PrincipalColors: of \(dataset.count) pictures in \(preprocessing.channels) channels")
    let taken = min(count, dataset.count)
    let total = Mutex(Sums())
    Parallel.forEachRange(taken, grain: 16) { range in
      var sums = Sums()
      for place in range where sums.failure == nil {
        let index = place * dataset.count / taken
        do { sums.add(preprocessing.prepared(try dataset.example(at: index).image)) } catch {
          sums.failure = (index, error)
        }
      }
      total.withLock { $0.add(sums) }
    }
    let sums = total.withLock { $0 }
    if let failure = sums.failure { throw failure.error }
    let (values, vectors) = try LinearAlgebra.symmetricEigen(sums.covariance)
    let (variances, directions) = (values.scalars, vectors.scalars)
    self.init(
      (0..<3).reversed().map { index in
        let direction = (0..<3).map { directions[$0 * 3 + index] }
        // A vector and its opposite are as good: towards white, so that they compare.
        let sign: Float = direction.reduce(0, +) < 0 ? -1 : 1
        return Component(
          deviation: max(variances[index], 0).squareRoot(), direction: direction.map { $0 * sign })
      })
  }

  /// Sums over pixels, of bytes.
  private struct Sums {
    var count = 0
    var first = [0, 0, 0]
    /// Of products: rr, rg, rb, gg, gb, bb.
    var second = [0, 0, 0, 0, 0, 0]
    /// The one with the lowest index.
    var failure: (index: Int, error: any Error)?

    mutating func add(_ image: Image) {
      var (r, g, b, rr, rg, rb, gg, gb, bb) = (0, 0, 0, 0, 0, 0, 0, 0, 0)
      image.pixels.withUnsafeBufferPointer { pixels in
        for index in stride(from: 0, to: pixels.count, by: 3) {
          let (x, y, z) = (Int(pixels[index]), Int(pixels[index + 1]), Int(pixels[index + 2]))
          r += x
          g += y
          b += z
          rr += x * x
          rg += x * y
          rb += x * z
          gg += y * y
          gb += y * z
          bb += z * z
        }
      }
      count += image.width * image.height
      for (place, sum) in [r, g, b].enumerated() { first[place] += sum }
      for (place, sum) in [rr, rg, rb, gg, gb, bb].enumerated() { second[place] += sum }
    }

    mutating func add(_ other: Sums) {
      count += other.count
      for index in first.indices { first[index] += other.first[index] }
      for index in second.indices { second[index] += other.second[index] }
      if let failed = other.failure, failed.index < failure?.index ?? .max { failure = failed }
    }

    /// `[3, 3]`, white being 1.
    var covariance: Tensor {
      let n = Double(count)
      let mean = first.map { Double($0) / n }
      let places = [[0, 1, 2], [1, 3, 4], [2, 4, 5]]
      var elements: [Float] = []
      for row in 0..<3 {
        for column in 0..<3 {
          let product = Double(second[places[row][column]]) / n
          let variance: Double = product - mean[row] * mean[column]
          elements.append(Float(variance / (255 * 255)))
        }
      }
      return Tensor(elements, shape: [3, 3])
    }
  }
}
