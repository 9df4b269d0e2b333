import Colonnade

// A task of one's own: to mark the ink of handwritten digits in noise, pixel by pixel, by a small U-Net.

// snippet.data
struct NoisyDigits: Dataset {
  let digits: any Dataset<Int>
  let classNames = ["paper", "ink"]
  var count: Int { digits.count }

  func example(at index: Int) throws -> Example<SegmentationMask> {
    let clean = try digits.example(at: index).image
    var noise = RandomStream(seed: 1).split(index)
    let (width, height) = (clean.width, clean.height)
    let noisy = clean.pixels.map { UInt8(Float($0) / 2 + noise.uniform(0, 127)) }
    return Example(
      image: Image(width: width, height: height, channels: 1, pixels: noisy),
      target: SegmentationMask(width: width, height: height, classes: clean.pixels.map { $0 > 127 ? 1 : 0 }))
  }
}
// snippet.end

// snippet.network
// One level of Ronneberger et al. 2015: down to half the extents and up again, beside a shortcut.
final class UNet: TrainableNetwork {
  let name = "unet"
  let store: ParameterStore
  private let down, deep, up: ConvActivation
  private let last: Conv2d

  init(seed: UInt64) {
    let store = ParameterStore(seed: seed)
    self.store = store
    func unit(_ name: String, from: Int, to: Int) -> ConvActivation {
      ConvActivation(Conv2d(store.scope[name], from: from, to: to, kernel: 3, padding: 1))
    }
    down = unit("down", from: 1, to: 16)
    deep = unit("deep", from: 16, to: 32)
    up = unit("up", from: 16 + 32, to: 16)
    last = Conv2d(store.scope["last"], from: 16, to: 1, kernel: 1)
  }

  func check(_ input: Shape) throws {
    guard input.rank == 4, input[1] % 2 == 0, input[2] % 2 == 0, input[3] == 1 else {
      throw NetworkError.wrongInput(network: name, shape: input, channels: 1)
    }
  }

  func callAsFunction(_ x: consuming Tensor, _ pass: Pass) -> Tensor {
    let fine = down(x, pass)  // [N, H, W, 16]
    let coarse = deep(maxPool2d(fine, kernel: 2), pass)  // [N, H/2, W/2, 32]
    return last(up(concat([fine, upsample2d(coarse, scale: 2)], axis: 3), pass), pass)  // [N, H, W, 1]
  }
}
// snippet.end

// snippet.task
struct InkTask: TrainingTask {
  typealias Model = UNet
  static let name = "ink"
  let selection = BestMetric("iou", better: .higher)

  func loss(of output: Tensor, for batch: Batch<SegmentationMask>, in phase: TrainingPhase) -> TaskLoss {
    let ink = Tensor(batch.targets.flatMap(\.classes).map(Float.init), shape: output.shape)
    let entropy = binaryCrossEntropyWithLogits(output, ink)
    let dice = diceLoss(sigmoid(output), targets: ink).mean()
    return TaskLoss(entropy + dice, parts: [("cross-entropy", entropy), ("dice", dice)])
  }

  func meter(for phase: TrainingPhase, showing preprocessing: Preprocessing?) -> OverlapMeter {
    OverlapMeter()
  }
}

// Intersection over union of the pixels marked and those of ink.
struct OverlapMeter: TaskMeter {
  private var (both, either) = (0, 0)

  mutating func add(_ output: Tensor, for batch: Batch<SegmentationMask>) {
    for (logit, truth) in zip(output.scalars, batch.targets.flatMap(\.classes)) {
      both += logit > 0 && truth == 1 ? 1 : 0
      either += logit > 0 || truth == 1 ? 1 : 0
    }
  }

  var metrics: [String: Double] { ["iou": Double(both) / Double(max(either, 1))] }
}
// snippet.end

// snippet.run
let digits = try Digits.load()
let data = DataSource(
  name: "noisy digits", train: NoisyDigits(digits: digits.train),
  validation: NoisyDigits(digits: digits.test))
var configuration = TrainingConfiguration()
configuration.epochs = 4
configuration.batchSize = 32
configuration.optimizer = .adam
configuration.learningRate = 0.005
let trainer = try Trainer(
  UNet(seed: 1), data, task: InkTask(),
  preprocessing: Preprocessing(resize: .none, mean: [0.4], standardDeviation: [0.25]),
  configuration: configuration)
for record in try trainer.run() {
  print("epoch \(record.epoch): loss \(record.trainLoss), IoU \(record.validation["iou"] ?? .nan)")
}
// snippet.end
