import Engine
import Images

/// A YOLO detector's network: its parameters, and the module that makes raw outputs of pictures.
///
///     let network = try YOLONetwork(darknet: .yolov3Tiny(classes: 3), seed: 1)
///     let maps = network(pictures, .training(generator: RandomStream(seed: 7))).maps
public final class YOLONetwork: Sendable {
  /// What runs and weight files call it.
  public let name: String
  /// The parameters under their keys.
  public let store: ParameterStore
  /// What computes: pictures to raw outputs.
  public let body: any DetectionBody
  /// Of the pictures that it is made for.
  public let inputSize: Image.Size
  /// Of the pictures.
  public let inputChannels: Int
  /// How many classes it tells apart.
  public let classes: Int

  /// Builds a network of one's own.
  /// - Parameters:
  ///   - name: what runs and weight files call it.
  ///   - inputSize: of the pictures that it is made for.
  ///   - inputChannels: of the pictures, 1 or 3.
  ///   - seed: of the initial weights.
  ///   - initializes: false leaves weights zero, for a network whose weights are about to be loaded.
  ///   - body: makes the module, with parameters registered in the scope.
  /// - Throws: `NetworkError.invalidOption` where there is no head, or heads have different classes; what `body`
  ///   throws.
  public init(
    name: String, inputSize: Image.Size, inputChannels: Int = 3, seed: UInt64 = 0, initializes: Bool = true,
    body: (Scope) throws -> any DetectionBody
  ) throws {
    let store = ParameterStore(seed: seed, initializes: initializes)
    let body = try body(store.scope)
    let counts = Set(body.heads.map(\.classes))
    guard let classes = counts.first, counts.count == 1 else {
      throw NetworkError.invalidOption(
        network: name,
        reason: counts.isEmpty ? "it has no detection head" : "its heads have different numbers of classes")
    }
    guard inputChannels == 1 || inputChannels == 3 else {
      throw NetworkError.invalidOption(
        network: name, reason: "pictures have 1 or 3 channels, not \(inputChannels)")
    }
    (self.name, self.store, self.body) = (name, store, body)
    (self.inputSize, self.inputChannels, self.classes) = (inputSize, inputChannels, classes)
  }

  /// Builds a darknet configuration's network.
  /// - Parameters:
  ///   - configuration: with at least one head.
  ///   - name: nil is what errors call the configuration.
  ///   - size: of the pictures, where it shall not be what `[net]` says.
  ///   - seed: of the initial weights.
  ///   - initializes: false leaves weights zero.
  /// - Throws: ``DarknetError``, `NetworkError.invalidOption`.
  public convenience init(
    darknet configuration: DarknetConfiguration, name: String? = nil, size: Image.Size? = nil,
    seed: UInt64 = 0, initializes: Bool = true
  ) throws {
    let architecture = try DarknetArchitecture(configuration, size: size)
    try self.init(
      name: name ?? configuration.file, inputSize: architecture.input,
      inputChannels: architecture.inputChannels, seed: seed, initializes: initializes
    ) { DarknetNetwork($0, architecture) }
  }

  /// What each raw output means.
  public var heads: [DetectionHead] { body.heads }

  /// All anchors of its heads, in pixels of the input; nil where it has none.
  public var anchors: [YOLOHead.Anchor]? {
    for case .anchors(let head) in heads {
      guard head.unit == .cells else { return head.anchors }
      // A head of version 2 is darknet's last layer, a 32nd of the picture.
      return head.anchors.map { YOLOHead.Anchor($0.width * 32, $0.height * 32) }
    }
    return nil
  }

  /// Refuses what the network cannot take, before anything runs.
  /// - Parameter input: the shape of a batch, `[N, H, W, C]`.
  /// - Throws: `NetworkError`, ``DarknetError``.
  public func check(_ input: Shape) throws {
    guard input.rank == 4, input[0] > 0, input[1] > 0, input[2] > 0, input[3] == inputChannels else {
      throw NetworkError.wrongInput(network: name, shape: input, channels: inputChannels)
    }
    try body.check(input)
  }

  /// The raw outputs, one for each of ``heads``.
  /// - Parameters:
  ///   - x: `[N, H, W, C]`; a shape that ``check(_:)`` refuses traps.
  ///   - pass: what is asked of the layers.
  public func callAsFunction(_ x: consuming Tensor, _ pass: Pass) -> YOLOOutput {
    do {
      try check(x.shape)
    } catch {
      preconditionFailure("YOLONetwork: \(error)")
    }
    let input = Image.Size(width: x.shape[2], height: x.shape[1])
    var x: Tensor? = x
    let maps = pass.inTurn { body.maps(x.take()!, pass) }
    return YOLOOutput(maps: maps, heads: heads, input: input)
  }
}

/// What a YOLO network makes of a batch.
public struct YOLOOutput: Sendable {
  /// One for each head: `[N, h, w, A · (5 + C)]` of a head with anchors, `[N, S · S · (C + 5 · B)]` of a grid.
  public let maps: [Tensor]
  /// What ``maps`` mean.
  public let heads: [DetectionHead]
  /// The size of the batch's pictures.
  public let input: Image.Size

  /// - Parameters:
  ///   - maps: one for each head.
  ///   - heads: what `maps` mean.
  ///   - input: the size of the batch's pictures.
  public init(maps: [Tensor], heads: [DetectionHead], input: Image.Size) {
    (self.maps, self.heads, self.input) = (maps, heads, input)
  }

  /// The objects of a picture.
  /// - Parameters:
  ///   - picture: the place in the batch.
  ///   - options: which are kept; nil values are those of ``YOLODetector/defaults``.
  /// - Returns: by falling score, in continuous pixels of the network's input; boxes may reach beyond.
  public func detections(of picture: Int, _ options: DetectionOptions = .init()) -> [Detection] {
    let score = options.score ?? YOLODetector.defaults.score!
    let candidates = zip(heads, maps).flatMap { head, map in
      head.candidates(in: map, of: picture, input: input, above: score)
    }
    return nonMaximumSuppression(
      candidates, threshold: options.overlap ?? YOLODetector.defaults.overlap!, limit: options.maximum ?? .max
    )
  }
}
