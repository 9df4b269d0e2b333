import Datasets
import Engine
import Images
import Models

/// To tell by vectors which two views are of one picture (Chen et al. 2020, "A Simple Framework for Contrastive Learning of
/// Visual Representations"): the batch's pictures are the one view, their targets the other; see `ntXentLoss`.
public struct SimCLRTask: TrainingTask {
  /// What a picture is to teach: another view of it.
  public typealias Target = OtherView
  /// What is trained.
  public typealias Model = ContrastiveNetwork
  /// What the run's files call it.
  public static let name = "simclr"

  /// τ of the loss.
  public let temperature: Float
  private let preprocessing: Preprocessing

  /// - Parameters:
  ///   - temperature: τ of the loss, above 0; the paper's best are 0.1 for ImageNet and 0.5 for CIFAR-10.
  ///   - preprocessing: its normalization is done to the other views, which have their size.
  public init(temperature: Float = 0.5, preprocessing: Preprocessing) {
    precondition(temperature > 0, "SimCLRTask: a temperature of \(temperature)")
    (self.temperature, self.preprocessing) = (temperature, preprocessing)
  }

  public var settings: [String: String] { ["temperature": "\(temperature)"] }
  /// There must be another picture to tell a picture's views from.
  public var smallestBatch: Int { 2 }
  /// The loss; `accuracy` beside it is how many views find the other one of their picture in the batch.
  public var selection: BestMetric { .loss }

  /// The vectors of all pictures, then those of their other views, `[2N, width]`.
  /// - Precondition: every target has a view.
  public func output(of network: ContrastiveNetwork, for batch: Batch<OtherView>, _ pass: Pass) -> Tensor {
    let others = batch.targets.map { target in
      guard let image = target.image else {
        preconditionFailure("SimCLRTask: a picture without another view")
      }
      return image
    }
    return network(concat([batch.images, preprocessing.batch(others)], axis: 0), pass)
  }

  public func loss(of output: Tensor, for batch: Batch<OtherView>, in phase: TrainingPhase) -> TaskLoss {
    TaskLoss(ntXentLoss(output, temperature: temperature))
  }

  public func meter(for phase: TrainingPhase, showing preprocessing: Preprocessing?) -> PretextMeter<Tensor> {
    PretextMeter { (viewsFound($0), $0.shape[0]) }
  }
}

/// A network without its classifier, and in its place two linear layers with a ReLU between them: what comes out is compared by
/// its direction. After training these two are of no more use.
public final class ContrastiveNetwork: TrainableNetwork {
  /// The network's, in the registry.
  public let name: String
  /// The trunk's parameters under the network's own keys, the others' under `projection.`.
  public let store: ParameterStore
  /// From `[N, H, W, C]` to what the classifier would take.
  public let trunk: Sequential
  /// From there, averaged over height and width where it has any, to `[N, width]`.
  public let projection: Sequential
  private let inputChannels, minimumSize: Int

  /// - Parameters:
  ///   - card: the network whose trunk is trained.
  ///   - inputChannels: of the pictures.
  ///   - width: of the vectors that are compared; the layer before them is as wide as what the trunk gives.
  ///   - seed: of the initial weights.
  /// - Throws: what `Network.parts()` throws.
  public init(_ card: NetworkCard, inputChannels: Int = 3, width: Int = 128, seed: UInt64 = 0) throws {
    (name, minimumSize, self.inputChannels) = (card.name, card.minimumSize, inputChannels)
    let store = ParameterStore(seed: seed)
    self.store = store
    let trunk = try card.trunk(in: store.scope, inputChannels: inputChannels)
    self.trunk = trunk
    let side = max(card.inputSize, card.minimumSize)
    let features = Parallel.withoutComputing {
      trunk(Tensor(zeros: [1, side, side, inputChannels]), .inference()).shape.last
    }
    let scope = store.scope["projection"]
    projection = Sequential(
      scope,
      [
        Linear(scope[0], from: features, to: features), ReLU(scope[1]),
        Linear(scope[2], from: features, to: width),
      ])
  }

  /// - Throws: `NetworkError` where the pictures are too small, or have other channels.
  public func check(_ input: Shape) throws {
    guard input.rank == 4, input[0] > 0, input[3] == inputChannels else {
      throw NetworkError.wrongInput(network: name, shape: input, channels: inputChannels)
    }
    guard min(input[1], input[2]) >= minimumSize else {
      throw NetworkError.inputTooSmall(
        network: name, height: input[1], width: input[2], minimum: minimumSize)
    }
  }

  /// `[N, H, W, C]` to `[N, width]`.
  public func callAsFunction(_ x: consuming Tensor, _ pass: Pass) -> Tensor {
    var x: Tensor? = x
    return pass.inTurn {
      let features = trunk(x.take()!, pass)
      return projection(features.shape.rank == 4 ? globalAveragePool2d(features) : features, pass)
    }
  }
}
