import Datasets
import Engine
import XCTest

/// Pictures of several sizes with boxes and masks: example i has side 6 + i mod 5, a box of its own and its number in every
/// pixel of its mask.
private struct Located<Target: GeometricTarget>: Dataset {
  let count: Int
  let make: @Sendable (Int, Image.Size) -> Target

  static func size(_ index: Int) -> Image.Size { Image.Size(width: 6 + index % 5, height: 8 - index % 3) }

  func example(at index: Int) throws -> Example<Target> {
    let size = Self.size(index)
    let pixels = (0..<size.width * size.height * 3).map { UInt8(truncatingIfNeeded: index &* 31 &+ $0 &* 3) }
    return Example(
      image: Image(width: size.width, height: size.height, pixels: pixels), target: make(index, size))
  }
}

private func boxes(_ count: Int) -> Located<[LabelledBox]> {
  Located(count: count) { index, size in
    [
      LabelledBox(
        BoundingBox(left: 1, top: 2, right: Float(size.width) - 1, bottom: Float(size.height)), label: index)
    ]
  }
}

private func masks(_ count: Int) -> Located<SegmentationMask> {
  Located(count: count) { index, size in
    SegmentationMask(
      width: size.width, height: size.height,
      classes: Array(repeating: UInt8(index + 1), count: size.width * size.height), outside: 255)
  }
}

final class LoaderTargetTests: XCTestCase {
  private func batches<Target>(_ loader: DataLoader<Target>, epoch: Int = 0) throws -> [Batch<Target>] {
    try loader.epoch(epoch).map { try $0.get() }
  }

  func testPaddedBatchesHoldPicturesAndTargetsAsTheyAre() throws {
    let preprocessing = Preprocessing.plain(channels: 3)
    let loader = DataLoader(
      masks(10), pipeline: Pipeline(preprocessing: preprocessing), collation: .padded(toMultipleOf: 4),
      batchSize: 4)
    let found = try batches(loader)
    XCTAssertEqual(found.map(\.count), [4, 4, 2])
    for batch in found {
      let sizes = batch.indices.map(Located<SegmentationMask>.size)
      XCTAssertEqual(batch.sizes, sizes)
      let (height, width) = (batch.images.shape[1], batch.images.shape[2])
      XCTAssertEqual(width, (sizes.map(\.width).max()! + 3) / 4 * 4)
      XCTAssertEqual(height, (sizes.map(\.height).max()! + 3) / 4 * 4)
      let values = batch.images.scalars
      for (place, index) in batch.indices.enumerated() {
        let one = try masks(10).example(at: index)
        let alone = preprocessing(one.image).scalars
        XCTAssertEqual(batch.targets[place].size, Image.Size(width: width, height: height))
        for y in 0..<height {
          for x in 0..<width {
            let isInside = x < one.image.width && y < one.image.height
            XCTAssertEqual(batch.targets[place][x, y], isInside ? UInt8(index + 1) : 255)
            for channel in 0..<3 {
              XCTAssertEqual(
                values[((place * height + y) * width + x) * 3 + channel],
                isInside ? alone[(y * one.image.width + x) * 3 + channel] : 0)
            }
          }
        }
      }
    }
  }

  /// Box coordinates count from the top left corner, where a padded picture stays.
  func testPaddingLeavesBoxesWhereTheyAre() throws {
    let data = boxes(7)
    let loader = DataLoader(
      data, pipeline: Pipeline(preprocessing: .plain(channels: 1)), collation: .padded(), batchSize: 7)
    let batch = try XCTUnwrap(loader.epoch(0).next())
    XCTAssertEqual(batch.targets, try (0..<7).map { try data.target(at: $0) })
    XCTAssertEqual(batch.images.shape, [7, 8, 10, 1])
  }

  /// Pictures by themselves are those of a padded batch without their padding, and side by side the same batch.
  func testSeparatePicturesAreThoseOfAPaddedBatch() throws {
    func batch(_ collation: Collation) throws -> Batch<[LabelledBox]> {
      let pipeline = Pipeline<[LabelledBox]>(preprocessing: .plain(channels: 3))
      return try XCTUnwrap(
        DataLoader(boxes(7), pipeline: pipeline, collation: collation, batchSize: 7).epoch(0).next())
    }
    let (padded, separate) = (try batch(.padded()), try batch(.separate))
    XCTAssertEqual(separate.shape, [7, 8, 10, 3])
    XCTAssertEqual(padded.shape, separate.shape)
    XCTAssertEqual(separate.images.scalars, padded.images.scalars)
    XCTAssertEqual(separate.targets, padded.targets)
    XCTAssertEqual(separate.indices, padded.indices)
    XCTAssertEqual(separate.sizes, padded.sizes)
    XCTAssertEqual(separate.pictures.map(\.shape), separate.sizes.map { [1, $0.height, $0.width, 3] })
    XCTAssertEqual(separate.pictures.map(\.scalars), padded.pictures.map(\.scalars))
    for (index, picture) in separate.pictures.enumerated() {
      XCTAssertEqual(padded.picture(at: index).scalars, picture.scalars)
      XCTAssertEqual(separate.picture(at: index).scalars, picture.scalars)
    }
  }

  /// A step of one kind of target, an augmentation of all, and the preprocessing, in this order.
  func testPipelineIsOneOrder() throws {
    let pipeline = Pipeline<[LabelledBox]>(
      [
        .init("expand by two") { example, _ in
          let size = example.image.size
          return example.transformed(by: [
            .crop(.init(x: -2, y: -2, width: size.width + 4, height: size.height + 4))
          ])
        },
        .init(.horizontalFlip(probability: 1)),
      ], preprocessing: Preprocessing(resize: .exact(width: 30, height: 30), crop: 20))
    XCTAssertEqual(pipeline.steps.map(\.name), ["expand by two", "horizontal flip"])
    let example = try boxes(3).example(at: 2)  // 8×6: box (1, 2) to (7, 6)
    var generator = RandomStream(seed: 1)
    let result = try pipeline(example, &generator)
    let picture = example.image.padded(by: 2).flippedHorizontally().resized(width: 30, height: 30)
      .centerCropped(width: 20, height: 20)
    XCTAssertEqual(result.image, picture)
    // (3, 4, 9, 8) of 12×10, mirrored the same, times 2.5 and 3, less 5.
    XCTAssertEqual(
      result.target, [LabelledBox(BoundingBox(left: 2.5, top: 7, right: 17.5, bottom: 19), label: 2)])
  }

  func testTargetsDependOnSeedEpochAndIndexAlone() throws {
    func run(_ workers: Int, seed: UInt64, epoch: Int) throws -> [Batch<[LabelledBox]>] {
      let pipeline = Pipeline<[LabelledBox]>(
        .sequence([.randomResizedCrop(12), .horizontalFlip()]), preprocessing: .plain(channels: 3))
      return try batches(
        DataLoader(boxes(41), pipeline: pipeline, batchSize: 6, seed: seed, shuffles: true, workers: workers),
        epoch: epoch)
    }
    let expected = try run(1, seed: 3, epoch: 4)
    for workers in [2, 5] {
      let found = try run(workers, seed: 3, epoch: 4)
      XCTAssertEqual(found.map(\.targets), expected.map(\.targets))
      XCTAssertEqual(found.map(\.images.scalars), expected.map(\.images.scalars))
    }
    XCTAssertNotEqual(try run(2, seed: 3, epoch: 5).map(\.targets), expected.map(\.targets))
    XCTAssertNotEqual(try run(2, seed: 4, epoch: 4).map(\.targets), expected.map(\.targets))
  }

  /// What a step throws comes out where the batch would, and nothing after it.
  func testAStepMayRefuseAnExample() throws {
    struct Refusal: Error, Equatable { let label: Int }
    let pipeline = Pipeline<[LabelledBox]>(
      [
        .init("refuse 7") { example, _ in
          if example.target[0].label == 7 { throw Refusal(label: 7) }
          return example
        }
      ], preprocessing: Preprocessing(resize: .exact(width: 4, height: 4)))
    var (loaded, errors) = (0, [Refusal?]())
    for result in DataLoader(boxes(20), pipeline: pipeline, batchSize: 3).epoch(0) {
      switch result {
      case .success(let batch): loaded += batch.count
      case .failure(let error): errors.append(error as? Refusal)
      }
    }
    XCTAssertEqual(loaded, 6)
    XCTAssertEqual(errors, [Refusal(label: 7)])
  }

  // MARK: Shards

  /// The batches of all shards, one in turn, are those of the whole, with the same bits.
  func testShardsMakeTheWhole() throws {
    func loader(_ shard: Shard, dropsLast: Bool = false) -> DataLoader<[LabelledBox]> {
      let pipeline = Pipeline<[LabelledBox]>(
        .sequence([.randomResizedCrop(10), .horizontalFlip()]), preprocessing: .plain(channels: 3))
      return DataLoader(
        boxes(43), pipeline: pipeline, batchSize: 4, seed: 9, shuffles: true, dropsLast: dropsLast,
        shard: shard, workers: 2)
    }
    let whole = try batches(loader(.whole), epoch: 2)
    XCTAssertEqual(whole.count, 11)
    for count in 1...4 {
      let shards = try (0..<count).map { try batches(loader(Shard(rank: $0, of: count)), epoch: 2) }
      for (place, expected) in whole.enumerated() {
        let found = shards[place % count][place / count]
        XCTAssertEqual(found.indices, expected.indices)
        XCTAssertEqual(found.targets, expected.targets)
        XCTAssertEqual(found.images.scalars, expected.images.scalars)
      }
      XCTAssertEqual(shards.reduce(0) { $0 + $1.count }, 11)
      for rank in 0..<count {
        let even = loader(Shard(rank: rank, of: count), dropsLast: true)
        XCTAssertEqual(even.batchCount, 10 / count, "\(rank) of \(count)")
        XCTAssertEqual(even.exampleCount, 10 / count * 4)
        XCTAssertEqual(even.order(ofEpoch: 2).count, even.exampleCount)
        let one = loader(Shard(rank: rank, of: count))
        XCTAssertEqual(one.order(ofEpoch: 2), shards[rank].flatMap(\.indices))
        XCTAssertEqual(one.exampleCount, shards[rank].reduce(0) { $0 + $1.count })
      }
    }
  }

  func testABatchCanBeMade() {
    let batch = Batch(images: Tensor(zeros: [2, 5, 7, 1]), targets: [3, 1])
    XCTAssertEqual(batch.labels, [3, 1])
    XCTAssertEqual(batch.indices, [0, 1])
    XCTAssertEqual(batch.sizes, Array(repeating: Image.Size(width: 7, height: 5), count: 2))
  }
}
