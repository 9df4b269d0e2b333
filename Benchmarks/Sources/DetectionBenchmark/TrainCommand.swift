import ArgumentParser
import Colonnade
import Timing

/// One step of training a Faster R-CNN, as torchvision's in compare/detection_models.py.
struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Times a step of training a Faster R-CNN: losses, backward, SGD with momentum.",
    discussion: """
      The safetensors file has 'images' [N, 3, H, W] between 0 and 1, and 'objects' [K, 6], each with its picture, class, \
      left, top, right and bottom. All of the trunk is trained but its batch norms, which are frozen.
      """)

  enum Trunk: String, CaseIterable, ExpressibleByArgument {
    case resnet50
    case mobilenetV2 = "mobilenet_v2"

    var plan: BackbonePlan { self == .resnet50 ? .resNet50Pyramid() : .mobileNetV2 }
  }

  @Option(help: "ResNet-50 with a feature pyramid, or MobileNetV2 to a sixteenth of the extents.")
  var trunk = Trunk.resnet50

  @Option(help: "Initial weights.")
  var weights: String

  @Option(help: "Pictures with objects.")
  var input: String

  @Option(help: "Of objects.")
  var classes = 90

  @Option(help: "To which the pictures' shorter side is resized.")
  var side = 600

  @OptionGroup var timing: TimingOptions

  func run() throws {
    timing.apply()
    var options = FasterRCNNOptions()
    (options.shorterSide, options.longestSide) = (side, 1000)
    let detector = try FasterRCNN(
      classes: (0..<classes).map { "class \($0)" }, backbone: trunk.plan, options: options,
      initializes: false)
    try detector.load(weights: weights)
    let step = try Step(detector, input: input)

    let losses = step()
    var last = losses
    let times = (0..<timing.repetitions).map { _ in 1e3 * seconds { last = step() } }
    try Report(Summary(times), losses: losses, last: last).printJSON()
  }

  private struct Report: Encodable {
    let median_ms, min_ms, max_ms: Double
    /// Of the first step.
    let losses: [String: Float]
    /// Of the last step: to the bit the same after a change that is to change speed alone.
    let last_losses: [String: Float]

    init(_ times: Summary, losses: [String: Float], last: [String: Float]) {
      (median_ms, min_ms, max_ms) = (times.median, times.minimum, times.maximum)
      (self.losses, last_losses) = (losses, last)
    }
  }
}

/// A detector with pictures to train on, again and again.
private final class Step {
  private let detector: FasterRCNN
  private let optimizer: SGD
  private let images: Tensor
  private let objects: [[LabelledBox]]
  private var count = 0

  init(_ detector: FasterRCNN, input: String) throws {
    self.detector = detector
    optimizer = SGD(detector.store.trainable, learningRate: 1e-6, momentum: 0.9, weightDecay: 1e-4)
    let file = try SafetensorsFile(path: input)
    images = try file.tensor("images").permuted([0, 2, 3, 1])
    var objects = [[LabelledBox]](repeating: [], count: images.shape[0])
    let rows = try file.tensor("objects")
    let numbers = rows.scalars
    for row in stride(from: 0, to: numbers.count, by: 6) {
      let box = BoundingBox(
        left: numbers[row + 2], top: numbers[row + 3], right: numbers[row + 4], bottom: numbers[row + 5])
      objects[Int(numbers[row])].append(LabelledBox(box, label: Int(numbers[row + 1])))
    }
    self.objects = objects
  }

  /// - Returns: the losses by name.
  func callAsFunction() -> [String: Float] {
    count += 1
    let transform = detector.transform
    let normalized =
      (images - Tensor(transform.mean, shape: [3])) / Tensor(transform.standardDeviation, shape: [3])
    let pass = Pass.training(generator: RandomStream(seed: 0).split(count))
    let losses = detector(normalized, objects: objects, pass).losses!
    optimizer.step(losses.total.backward())
    return Dictionary(uniqueKeysWithValues: losses.parts.map { ($0.name, $0.value.scalar) })
  }
}
