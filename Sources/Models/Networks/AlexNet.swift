import Engine

/// Krizhevsky 2014, "One weird trick for parallelizing convolutional neural networks": the AlexNet of torchvision.
public final class AlexNet: ModuleChain {
  /// torchvision's two parts: `[N, H, W, C]` to `[N, 6·6·256]`, pooled and flattened, and from there to logits.
  public let features, classifier: Sequential
  public var children: [any Module] { [features, classifier] }

  /// Keys are torchvision's, `features.0.weight` to `classifier.6.bias`.
  /// - Parameters:
  ///   - scope: where its parameters' keys begin.
  ///   - options: the dropout is 0.5 unless it says otherwise.
  public init(_ scope: Scope, _ options: NetworkOptions) {
    let stage = scope["features"]
    func unit(
      _ index: Int, from: Int, to: Int, kernel: Int, stride: Int = 1, padding: Int
    ) -> ConvActivation {
      ConvActivation(
        Conv2d(
          stage[index], from: from, to: to, kernel: Size2D(kernel), stride: Size2D(stride),
          padding: Padding2D(padding)), at: stage[index + 1])
    }
    features = Sequential([
      Sequential(
        stage,
        [
          MicroBatches([
            unit(0, from: options.inputChannels, to: 64, kernel: 11, stride: 4, padding: 2),
            MaxPool2d(stage[2], kernel: 3, stride: 2),
            unit(3, from: 64, to: 192, kernel: 5, padding: 2),
            MaxPool2d(stage[5], kernel: 3, stride: 2),
          ]),
          unit(6, from: 192, to: 384, kernel: 3, padding: 1),
          unit(8, from: 384, to: 256, kernel: 3, padding: 1),
          unit(10, from: 256, to: 256, kernel: 3, padding: 1),
          MaxPool2d(stage[12], kernel: 3, stride: 2),
        ]),
      AdaptiveAvgPool2d(scope["avgpool"], size: 6), Flatten(),
    ])
    let scope = scope["classifier"]
    let dropout = options.dropout ?? 0.5
    // Dropout without a scope: the published runs' masks follow the order of layers.
    classifier = Sequential(
      scope,
      [
        Dropout(probability: dropout),
        Linear(scope[1], from: 256 * 6 * 6, to: 4096, flattening: (256, 6, 6)), ReLU(scope[2]),
        Dropout(probability: dropout),
        Linear(scope[4], from: 4096, to: 4096), ReLU(scope[5]),
        Linear(scope[6], from: 4096, to: options.classes),
      ])
  }

  public func forward(_ x: consuming Tensor, _ pass: Pass) -> Tensor {
    classifier(features(x, pass), pass)
  }
}

extension NetworkCard {
  static let alexNet = NetworkCard(
    "alexnet", variant: .torchvision, family: "AlexNet",
    paper: "Krizhevsky: One weird trick for parallelizing convolutional neural networks, 2014",
    minimumSize: 63, parameterCount: 61_100_840, macs: 714_188_480, error: .torchvision(43.478, 20.934)
  ) { scope, options in AlexNet(scope, options) }
}
