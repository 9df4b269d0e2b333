import Datasets
import Images

/// Where a pass over a set has its batches from: a loader, or what was computed of the pictures before.
struct BatchSource<Target: GeometricTarget>: Sendable {
  /// Gives batch after batch, nil after the last.
  typealias Next = () throws -> Batch<Target>?

  /// An epoch.
  let batchCount: Int
  /// An epoch.
  let exampleCount: Int
  /// Whether batches hold pictures, which the network may refuse.
  let holdsPictures: Bool
  /// The batches of an epoch, and how many are left out at its beginning.
  let epoch: @Sendable (_ number: Int, _ first: Int) throws -> Next

  init(
    batchCount: Int, exampleCount: Int, holdsPictures: Bool,
    epoch: @escaping @Sendable (_ number: Int, _ first: Int) throws -> Next
  ) {
    (self.batchCount, self.exampleCount) = (batchCount, exampleCount)
    (self.holdsPictures, self.epoch) = (holdsPictures, epoch)
  }

  /// A loader's batches.
  init(_ loader: DataLoader<Target>) {
    self.init(batchCount: loader.batchCount, exampleCount: loader.exampleCount, holdsPictures: true) {
      let batches = loader.epoch($0, from: $1)
      return { try batches.next() }
    }
  }
}

/// Batches of what is computed once of all pictures, in place of the loaders' ones.
struct FeatureSources<Target: GeometricTarget> {
  let training, validation: BatchSource<Target>
  /// Computes what the batches are made of, where that was not done before; told of how far it is.
  let prepare: (_ progress: (FeatureProgress) -> Void) throws -> Void
  /// Batches of a few training pictures, and the seconds that computing what all batches are made of takes, told from them.
  let sample: () throws -> (source: BatchSource<Target>, seconds: Double)
}
