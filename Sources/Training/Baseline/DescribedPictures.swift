import Datasets
import Engine
import Images
import Synchronization

extension Dataset<Int> {
  /// Reads pictures, prepares them and hands them over, on all threads.
  /// - Parameters:
  ///   - indices: of the pictures.
  ///   - preprocessing: its resize, crop and channels.
  ///   - body: is called once for each place in `indices`, several at once.
  /// - Throws: what reading the first unreadable picture throws.
  func forEachPicture(
    _ indices: [Int], _ preprocessing: Preprocessing,
    _ body: (_ place: Int, _ picture: Image, _ label: Int) -> Void
  ) throws {
    let failures = Mutex([(place: Int, error: any Error)]())
    Parallel.forEach(indices.count) { place in
      do {
        let example = try example(at: indices[place])
        body(place, preprocessing.prepared(example.image), example.label)
      } catch {
        failures.withLock { $0.append((place, error)) }
      }
    }
    if let first = failures.withLock({ $0.min { $0.place < $1.place } }) { throw first.error }
  }

  /// A row of numbers for each picture, and its class.
  /// - Parameters:
  ///   - width: how many numbers `describe` gives.
  ///   - preprocessing: its resize, crop and channels.
  ///   - describe: is called for several pictures at once.
  /// - Throws: what reading the first unreadable picture throws.
  func described(
    width: Int, _ preprocessing: Preprocessing, by describe: (Image) -> [Float]
  ) throws -> (features: Tensor, labels: [Int]) {
    var labels = [Int](repeating: 0, count: count)
    let features = try labels.withUnsafeMutableBufferPointer { labels in
      let labels = labels.baseAddress
      return try Tensor(shape: [count, width]) { rows in
        let target = rows.baseAddress
        try forEachPicture(Array(0..<count), preprocessing) { place, picture, label in
          let values = describe(picture)
          precondition(
            values.count == width, "described: \(values.count) numbers where \(width) are expected")
          labels![place] = label
          for (column, value) in values.enumerated() { target![place * width + column] = value }
        }
      }
    }
    return (features, labels)
  }

  /// Some descriptors of the pictures, of each about as many: to find visual words and densities from.
  /// - Parameters:
  ///   - sift: computes them.
  ///   - total: how many altogether, at most.
  ///   - preprocessing: its resize, crop and channels.
  ///   - seed: decides which pictures, where there are more than that, and which descriptors.
  /// - Returns: `[N, 128]`.
  /// - Throws: what reading the first unreadable picture throws.
  func sampledDescriptors(
    _ sift: DenseSIFT, total: Int, _ preprocessing: Preprocessing, seed: UInt64
  ) throws -> Tensor {
    let stream = RandomStream(seed: seed).split("descriptors")
    var generator = stream.split("pictures")
    let indices = generator.permutation(count).prefix(total).sorted()
    let perPicture = max(total / max(indices.count, 1), 1)
    var samples = [[Float]](repeating: [], count: indices.count)
    try samples.withUnsafeMutableBufferPointer { samples in
      let samples = samples.baseAddress
      try forEachPicture(indices, preprocessing) { place, picture, _ in
        let descriptors = sift(picture)
        var generator = stream.split(indices[place])
        let rows = generator.permutation(descriptors.count).prefix(perPicture).sorted()
        samples![place] = descriptors.values.withUnsafeBufferPointer { values in
          rows.flatMap { values[$0 * DenseSIFT.length..<($0 + 1) * DenseSIFT.length] }
        }
      }
    }
    let all = samples.flatMap { $0 }
    return Tensor(all, shape: [all.count / DenseSIFT.length, DenseSIFT.length])
  }
}
