import Datasets
import Engine
import Images
import Models

/// To say by which quarter turns a picture was turned (Gidaris et al. 2018, "Unsupervised Representation Learning by Predicting
/// Image Rotations"): who knows which way up things are knows something of things. A batch of N square pictures is 4N, each
/// picture in its four positions.
public struct RotationTask: TrainingTask {
  /// What a picture is to teach: nothing beside itself.
  public typealias Target = OtherView
  /// What is trained: a classifier of four classes.
  public typealias Model = Network
  /// What the run's files call it.
  public static let name = "rotation"
  /// The four classes: turned counterclockwise by so much.
  public static let classNames = ["0°", "90°", "180°", "270°"]

  /// The task has no settings.
  public init() {}

  /// `accuracy` over all positions; a guess is right a quarter of the time.
  public var selection: BestMetric { BestMetric("accuracy", better: .higher) }

  /// - Throws: ``TrainingError/classes(set:data:network:)`` where the network does not have four classes.
  public func check(_ data: any Dataset<OtherView>, set: String, for network: Network) throws {
    guard network.classes == Self.classNames.count else {
      throw TrainingError.classes(set: set, data: Self.classNames.count, network: network.classes)
    }
  }

  public func output(of network: Network, for batch: Batch<OtherView>, _ pass: Pass) -> NetworkOutput {
    network(Self.positions(of: batch.images), pass)
  }

  public func loss(
    of output: NetworkOutput, for batch: Batch<OtherView>, in phase: TrainingPhase
  ) -> TaskLoss {
    TaskLoss(crossEntropy(output.logits, labels: Self.labels(batch.count)))
  }

  public func meter(
    for phase: TrainingPhase, showing preprocessing: Preprocessing?
  ) -> PretextMeter<NetworkOutput> {
    PretextMeter { output in
      let labels = Self.labels(output.logits.shape[0] / Self.classNames.count)
      return (zip(output.logits.argmax(axis: 1), labels).count { $0 == $1 }, labels.count)
    }
  }

  /// All pictures as they are, then all turned counterclockwise by 90°, by 180° and by 270°.
  /// - Parameter pictures: `[N, S, S, C]`
  /// - Returns: `[4N, S, S, C]`
  /// - Precondition: the pictures are square.
  public static func positions(of pictures: Tensor) -> Tensor {
    let shape = pictures.shape
    precondition(
      shape.rank == 4 && shape[1] == shape[2], "RotationTask: \(shape) are no square pictures to be turned")
    let turned = [
      pictures, pictures.transposed(1, 2).flipped(axes: [1]), pictures.flipped(axes: [1, 2]),
      pictures.flipped(axes: [1]).transposed(1, 2),
    ]
    return concat(turned, axis: 0)
  }

  /// The classes of what ``positions(of:)`` makes of so many pictures.
  private static func labels(_ count: Int) -> [Int] {
    classNames.indices.flatMap { Array(repeating: $0, count: count) }
  }
}
