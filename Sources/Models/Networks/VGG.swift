import Engine

/// Simonyan and Zisserman 2014, "Very Deep Convolutional Networks for Large-Scale Image Recognition".
public final class VGG: ModuleChain {
  /// torchvision's two parts: `[N, H, W, C]` to `[N, 7·7·512]`, pooled and flattened, and from there to logits.
  public let features, classifier: Sequential
  public var children: [any Module] { [features, classifier] }

  /// - Parameters:
  ///   - scope: where its parameters' keys begin.
  ///   - options: the dropout is 0.5 unless it says otherwise.
  ///   - depths: convolutions in each of the five stages, of 64, 128, 256, 512 and 512 channels.
  ///   - normalizes: whether batch norm follows each convolution.
  public init(_ scope: Scope, _ options: NetworkOptions, depths: [Int], normalizes: Bool) {
    let stages = scope["features"]
    var layers: [any Module] = []
    var (index, channels) = (0, options.inputChannels)
    for (stage, (depth, width)) in zip(depths, [64, 128, 256, 512, 512]).enumerated() {
      for _ in 0..<depth {
        let convolution = Conv2d(
          stages[index], from: channels, to: width, kernel: 3, padding: 1,
          initializer: .kaimingNormal(.output), biasInitializer: .zeros)
        let unit: any Module =
          normalizes
          ? ConvNormActivation(
            convolution, BatchNorm2d(stages[index + 1], channels: width), at: stages[index + 2])
          : ConvActivation(convolution, at: stages[index + 1])
        layers.append(unit)
        // torchvision counts batch norm, ReLU and pooling as layers.
        index += normalizes ? 3 : 2
        channels = width
      }
      layers.append(MaxPool2d(stages[index], kernel: 2))
      index += 1
      if stage == 2 { layers = [MicroBatches(layers)] }
    }
    features = Sequential([
      Sequential(stages, layers), AdaptiveAvgPool2d(scope["avgpool"], size: 7), Flatten(),
    ])

    func linear(
      _ index: Int, from: Int, to: Int, flattening: (channels: Int, height: Int, width: Int)? = nil
    ) -> Linear {
      Linear(
        scope["classifier"][index], from: from, to: to, flattening: flattening,
        initializer: .normal(standardDeviation: 0.01), biasInitializer: .zeros)
    }
    let dropout = options.dropout ?? 0.5
    let head = scope["classifier"]
    classifier = Sequential(
      head,
      [
        linear(0, from: 512 * 7 * 7, to: 4096, flattening: (512, 7, 7)), ReLU(head[1]),
        Dropout(probability: dropout),
        linear(3, from: 4096, to: 4096), ReLU(head[4]), Dropout(probability: dropout),
        linear(6, from: 4096, to: options.classes),
      ])
  }

  public func forward(_ x: consuming Tensor, _ pass: Pass) -> Tensor {
    classifier(features(x, pass), pass)
  }
}

extension NetworkCard {
  static let vggs = [
    vgg("vgg11", [1, 1, 2, 2, 2], 132_863_336, 7_609_090_048, .torchvision(30.980, 11.372)),
    vgg("vgg13", [2, 2, 2, 2, 2], 133_047_848, 11_308_466_176, .torchvision(30.072, 10.754)),
    vgg("vgg16", [2, 2, 3, 3, 3], 138_357_544, 15_470_264_320, .torchvision(28.408, 9.618)),
    vgg("vgg19", [2, 2, 4, 4, 4], 143_667_240, 19_632_062_464, .torchvision(27.624, 9.124)),
    vgg("vgg11_bn", [1, 1, 2, 2, 2], 132_868_840, 7_609_090_048, .torchvision(29.630, 10.190)),
    vgg("vgg13_bn", [2, 2, 2, 2, 2], 133_053_736, 11_308_466_176, .torchvision(28.414, 9.626)),
    vgg("vgg16_bn", [2, 2, 3, 3, 3], 138_365_992, 15_470_264_320, .torchvision(26.640, 8.484)),
    vgg("vgg19_bn", [2, 2, 4, 4, 4], 143_678_248, 19_632_062_464, .torchvision(25.782, 8.158)),
  ]

  private static func vgg(
    _ name: String, _ depths: [Int], _ parameterCount: Int, _ macs: Int, _ error: PublishedError
  ) -> NetworkCard {
    NetworkCard(
      name, variant: .torchvision, family: "VGG",
      paper: "Simonyan, Zisserman: Very Deep Convolutional Networks for Large-Scale Image Recognition, 2014",
      minimumSize: 32, parameterCount: parameterCount, macs: macs, error: error
    ) { scope, options in
      VGG(scope, options, depths: depths, normalizes: name.hasSuffix("_bn"))
    }
  }
}
