import Engine
import Images

/// Krizhevsky, Sutskever, Hinton 2012, "ImageNet Classification with Deep Convolutional Neural Networks", with its
/// local response normalization, its convolutions in two groups, and its pictures of 227 pixels (the paper says 224,
/// which its own sizes contradict). Keys are the layer names of Caffe's model, `conv1` to `fc8`.
public final class AlexNetPaper: ModuleChain {
  /// `conv1` to `pool5`, flattened to `[N, 6·6·256]`, and `fc6` to `fc8`, which gives logits.
  public let features, classifier: Sequential
  public var children: [any Module] { [features, classifier] }

  /// Weights begin as in the paper's section 5: normal with standard deviation 0.01, biases 1 or 0.
  /// - Parameters:
  ///   - scope: where its parameters' keys begin.
  ///   - options: the dropout is 0.5 unless it says otherwise.
  public init(_ scope: Scope, _ options: NetworkOptions) {
    let normal = Initializer.normal(standardDeviation: 0.01)
    func unit(
      _ name: String, from: Int, to: Int, kernel: Int, stride: Int = 1, padding: Int, groups: Int = 1,
      bias: Float
    ) -> ConvActivation {
      ConvActivation(
        Conv2d(
          scope[name], from: from, to: to, kernel: Size2D(kernel), stride: Size2D(stride),
          padding: Padding2D(padding), groups: groups, initializer: normal,
          biasInitializer: .constant(bias)), at: scope["relu\(name.suffix(1))"])
    }
    func linear(
      _ name: String, from: Int, to: Int, bias: Float,
      flattening: (channels: Int, height: Int, width: Int)? = nil
    ) -> Linear {
      Linear(
        scope[name], from: from, to: to, flattening: flattening, initializer: normal,
        biasInitializer: .constant(bias))
    }
    // The paper's α multiplies the sum of squares, PyTorch's their mean over the 5 channels.
    let responseNorm = LocalResponseNorm(size: 5, alpha: 5 * 1e-4, beta: 0.75, k: 2)
    features = Sequential([
      MicroBatches([
        unit("conv1", from: options.inputChannels, to: 96, kernel: 11, stride: 4, padding: 0, bias: 0),
        responseNorm, MaxPool2d(scope["pool1"], kernel: 3, stride: 2),
        unit("conv2", from: 96, to: 256, kernel: 5, padding: 2, groups: 2, bias: 1),
        responseNorm, MaxPool2d(scope["pool2"], kernel: 3, stride: 2),
      ]),
      unit("conv3", from: 256, to: 384, kernel: 3, padding: 1, bias: 0),
      unit("conv4", from: 384, to: 384, kernel: 3, padding: 1, groups: 2, bias: 1),
      unit("conv5", from: 384, to: 256, kernel: 3, padding: 1, groups: 2, bias: 1),
      MaxPool2d(scope["pool5"], kernel: 3, stride: 2),
      // The identity at 227 pixels; lets other sizes in.
      AdaptiveAvgPool2d(size: 6), Flatten(),
    ])
    let dropout = options.dropout ?? 0.5
    classifier = Sequential([
      linear("fc6", from: 256 * 6 * 6, to: 4096, bias: 1, flattening: (256, 6, 6)), ReLU(scope["relu6"]),
      Dropout(probability: dropout),
      linear("fc7", from: 4096, to: 4096, bias: 1), ReLU(scope["relu7"]),
      Dropout(probability: dropout),
      linear("fc8", from: 4096, to: options.classes, bias: 0),
    ])
  }

  public func forward(_ x: consuming Tensor, _ pass: Pass) -> Tensor {
    classifier(features(x, pass), pass)
  }
}

extension NetworkCard {
  static let alexNetPaper = NetworkCard(
    "alexnet_paper", variant: .paper, family: "AlexNet",
    paper:
      "Krizhevsky, Sutskever, Hinton: ImageNet Classification with Deep Convolutional Neural Networks, 2012",
    inputSize: 227, minimumSize: 67, preprocessing: Preprocessing(resize: .shorterSide(256), crop: 227),
    parameterCount: 60_965_224, macs: 724_406_816, error: nil
  ) { scope, options in AlexNetPaper(scope, options) }
}
