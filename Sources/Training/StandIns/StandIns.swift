// Stand-ins until Datasets' own land.
import Datasets
import Engine

public protocol Dataset: Sendable {
  var count: Int { get }
  var classNames: [String] { get }
  func label(at index: Int) -> Int
  func image(at index: Int) throws -> Image
}

public struct Batch: Sendable {
  public let images: Tensor
  public let labels: [Int]
}

public struct DataLoader: Sendable {
  let dataset: any Dataset
  let preprocessing: Datasets.Preprocessing
  let batchSize: Int
  let seed: UInt64?

  func batches(epoch: Int) -> AnySequence<Batch> {
    var order = Array(0..<dataset.count)
    if let seed {
      var generator = Generator(seed: seed).split(epoch)
      order.shuffle(using: &generator)
    }
    let starts = stride(from: 0, to: order.count, by: batchSize)
    return AnySequence(
      starts.lazy.map { start in
        let part = order[start..<min(order.count, start + batchSize)]
        return Batch(
          images: preprocessing(part.map { try! dataset.image(at: $0) }), labels: part.map(dataset.label))
      })
  }
}
