import Engine

/// Centres about which vectors lie (Lloyd 1982), begun by k-means++ (Arthur and Vassilvitskii 2007): the first centre is a random
/// point, and each further one a point drawn by the square of its distance to the nearest centre so far.
///
/// The same points and the same seed give the same centres, on any number of threads.
public struct KMeans: Sendable {
  /// `[K, D]`
  public let centres: Tensor
  /// The mean square of the points' distances to the nearest centre, before the centres moved for the last time.
  public let distortion: Double
  /// How often the centres moved.
  public let iterations: Int
  /// −½‖c‖² of each centre c: x·c − ½‖c‖² is greatest for the nearest.
  private let offsets: Tensor

  /// - Parameters:
  ///   - points: `[N, D]`; all finite.
  ///   - count: how many centres, at most N.
  ///   - iterations: at most; it ends before where no point changes its centre.
  ///   - seed: of the first centres.
  public init(_ points: Tensor, count: Int, iterations: Int = 50, seed: UInt64 = 0) {
    precondition(
      points.shape.rank == 2 && count > 0 && points.shape[0] >= count && points.shape[1] > 0
        && iterations >= 0,
      "KMeans: \(count) centres of points \(points.shape) in \(iterations) iterations")
    let norms = Self.squaredNorms(points)
    var machine = Self(centres: Self.firstCentres(points, norms, count, seed), distortion: 0, iterations: 0)
    var labels: [Int] = []
    for number in 1...max(iterations, 1) {
      let (nearest, scores) = machine.assignments(points)
      let distances = zip(norms, scores).map { max($0 - 2 * $1, 0) }
      let distortion = distances.reduce(0) { $0 + Double($1) } / Double(distances.count)
      if nearest == labels || iterations == 0 {
        machine = Self(centres: machine.centres, distortion: distortion, iterations: machine.iterations)
        break
      }
      labels = nearest
      machine = Self(
        centres: Self.means(points, labels, distances, machine.centres), distortion: distortion,
        iterations: number)
    }
    self = machine
  }

  private init(centres: Tensor, distortion: Double, iterations: Int) {
    (self.centres, self.distortion, self.iterations) = (centres, distortion, iterations)
    offsets = Tensor(Self.squaredNorms(centres).map { -$0 / 2 }, shape: [centres.shape[0]])
  }

  /// The nearest centre of each point, the first of several as near.
  /// - Parameter points: `[N, D]`.
  public func nearest(to points: Tensor) -> [Int] { assignments(points).nearest }

  /// With x·c − ½‖c‖² of each point and its nearest centre.
  private func assignments(_ points: Tensor) -> (nearest: [Int], scores: [Float]) {
    let (count, classes) = (points.shape[0], centres.shape[0])
    var nearest = [Int](repeating: 0, count: count)
    var best = [Float](repeating: 0, count: count)
    nearest.withUnsafeMutableBufferPointer { nearest in
      best.withUnsafeMutableBufferPointer { best in
        let (nearest, best) = (nearest.baseAddress, best.baseAddress)
        points.forEachPiece { first, piece in
          linear(piece, weight: centres, bias: offsets).withUnsafeBufferPointer { scores in
            Parallel.forEachRange(piece.shape[0], grain: 256) { rows in
              for row in rows {
                var (place, score) = (0, scores[row * classes])
                for other in 1..<max(classes, 1) where scores[row * classes + other] > score {
                  (place, score) = (other, scores[row * classes + other])
                }
                nearest![first + row] = place
                best![first + row] = score
              }
            }
          }
        }
      }
    }
    return (nearest, best)
  }

  /// The mean of each centre's points. A centre without any moves to the point farthest from its own, another one for each.
  private static func means(
    _ points: Tensor, _ labels: [Int], _ distances: [Float], _ centres: Tensor
  ) -> Tensor {
    let (classes, width) = (centres.shape[0], centres.shape[1])
    var sums = [Double](repeating: 0, count: classes * width)
    var counts = [Int](repeating: 0, count: classes)
    return points.withUnsafeBufferPointer { elements in
      for (row, label) in labels.enumerated() {
        counts[label] += 1
        for column in 0..<width { sums[label * width + column] += Double(elements[row * width + column]) }
      }
      let empty = counts.indices.filter { counts[$0] == 0 }
      let farthest =
        empty.isEmpty ? [] : labels.indices.sorted { (-distances[$0], $0) < (-distances[$1], $1) }
      for (label, row) in zip(empty, farthest) {
        counts[label] = 1
        for column in 0..<width { sums[label * width + column] = Double(elements[row * width + column]) }
      }
      return Tensor(
        sums.indices.map { Float(sums[$0] / Double(counts[$0 / width])) }, shape: [classes, width])
    }
  }

  private static func firstCentres(_ points: Tensor, _ norms: [Float], _ count: Int, _ seed: UInt64) -> Tensor
  {
    var generator = RandomStream(seed: seed).split("k-means++")
    let number = points.shape[0]
    var chosen = [Int(generator.next() % UInt64(number))]
    var distances = [Double](repeating: .infinity, count: number)
    while chosen.count < count {
      let latest = chosen.last!
      let products = linear(points, weight: points.slice(axis: 0, latest..<latest + 1)).scalars
      var total = 0.0
      for row in distances.indices {
        let distance = Double(norms[row]) - 2 * Double(products[row]) + Double(norms[latest])
        distances[row] = row == latest ? 0 : min(distances[row], max(distance, 0))
        total += distances[row]
      }
      chosen.append(total > 0 ? draw(distances, total, &generator) : Int(generator.next() % UInt64(number)))
    }
    return points.indexSelect(chosen)
  }

  /// A place, drawn by the numbers there.
  private static func draw(_ weights: [Double], _ total: Double, _ generator: inout RandomStream) -> Int {
    let wanted = Double(generator.next() >> 11) * 0x1p-53 * total
    var sum = 0.0
    for (index, weight) in weights.enumerated() where weight > 0 {
      sum += weight
      if sum > wanted { return index }
    }
    return weights.lastIndex { $0 > 0 } ?? 0
  }

  private static func squaredNorms(_ rows: Tensor) -> [Float] {
    let width = rows.shape[1]
    return rows.withUnsafeBufferPointer { elements in
      (0..<rows.shape[0]).map { row in
        var sum = 0.0
        for column in 0..<width {
          let value = Double(elements[row * width + column])
          sum += value * value
        }
        return Float(sum)
      }
    }
  }
}
