import Datasets
import Engine
import Images

/// What a network will see of pictures in training, by the loader that training has.
public struct AugmentationPreview: Sendable {
  /// For each picture what evaluation sees of it, and then what training sees, epoch by epoch.
  public let rows: [[Image]]

  /// - Parameters:
  ///   - data: the pictures, which are one batch: with mixup and CutMix each gets a part of the one before it.
  ///   - preprocessing: as evaluation has it; pictures must have one size after it.
  ///   - configuration: its augmentation, mixup, CutMix and seed count.
  ///   - epochs: how many, from the first one on.
  /// - Throws: ``TrainingError/invalidConfiguration(_:)`` where the recipe does not suit the pictures, `DatasetError` where
  ///   pictures have different sizes, and what reading them throws.
  public init(
    of data: any Dataset<Int>, preprocessing: Preprocessing, configuration: TrainingConfiguration, epochs: Int
  ) throws {
    precondition(
      data.count > 0 && epochs > 0, "AugmentationPreview: \(data.count) pictures, \(epochs) epochs")
    try configuration.check()
    let prepared = try (0..<data.count).map { preprocessing.prepared(try data.example(at: $0).image) }
    let pipeline = try configuration.pipeline(for: data, preprocessing, size: prepared[0].size)
    let loader = DataLoader(
      data, pipeline: pipeline, mixing: configuration.mixing, batchSize: data.count, seed: configuration.seed)
    var rows = prepared.map { [$0] }
    for epoch in 1...epochs {
      guard let batch = try loader.epoch(epoch).next() else { break }
      for index in rows.indices {
        let (height, width, channels) = (batch.images.shape[1], batch.images.shape[2], batch.images.shape[3])
        let count = height * width * channels
        let values = batch.images.withUnsafeBufferPointer { Array($0[index * count..<(index + 1) * count]) }
        rows[index].append(preprocessing.image(of: Tensor(values, shape: [height, width, channels])))
      }
    }
    self.rows = rows
  }

  /// All of it as one picture, a row for each of several pictures, a grid for one.
  /// - Parameter cell: the size of a picture's cell.
  public func sheet(cell: Image.Size) -> Image {
    let count = rows[0].count
    let columns = rows.count > 1 ? count : Int(Double(count).squareRoot().rounded(.up))
    return Image.contactSheet(of: rows.flatMap { $0 }, columns: columns, cell: cell)
  }
}
