import Datasets
import Engine
import Images
import Models

/// What of a network is applied to features in place of pictures, in a linear probe.
struct FeatureHead: Sendable {
  /// The classifier, and what follows it.
  let layers: Sequential
  /// Of what the layers take, without the batch: `[features]`, or `[h, w, channels]`.
  let shape: [Int]
  /// What the network would have seen of a picture to validate by, `[height, width, channels]`; nil where it cannot be read.
  let picture: @Sendable (_ index: Int) -> Tensor?

  /// The logits, `[N, classes]`, of features that lie in a batch as `[N, 1, 1, count]`.
  func logits(of features: Tensor, _ pass: Pass) -> Tensor {
    let input = features.reshaped(to: Shape([features.shape[0]] + shape))
    return layers(input, pass)
  }
}

/// The features of a set's pictures, and their classes.
struct FeatureTable: Sendable {
  /// `[pictures, count]`
  let features: Tensor
  let labels: [Int]

  func batch(_ indices: [Int]) -> Batch<Int> {
    let rows = features.indexSelect(indices)
    return Batch(
      images: rows.reshaped(to: [indices.count, 1, 1, features.shape[1]]),
      targets: indices.map { labels[$0] },
      indices: indices)
  }

  /// The pictures in an order, in batches of a size, but for so many of the first batches.
  func batches(_ order: [Int], of size: Int, from first: Int) -> BatchSource<Int>.Next {
    var start = first * size
    return {
      guard start < order.count else { return nil }
      defer { start += size }
      return self.batch(Array(order[start..<min(start + size, order.count)]))
    }
  }
}
