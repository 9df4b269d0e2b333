import Engine
import Images

/// What is known of a network before it is built: a row of the ``Registry``.
public struct NetworkCard: Sendable {
  /// Whose architecture it is, where the paper's and torchvision's differ.
  public enum Variant: String, Sendable {
    /// torchvision's, with its keys.
    case torchvision
    /// The paper's.
    case paper
  }

  /// The error of published weights, in per cent, of one network on one crop.
  public struct PublishedError: Hashable, Sendable {
    public let top1: Double
    /// Nil where it is not published.
    public let top5: Double?
    /// Which weights, on which data.
    public let source: String
  }

  /// The name in the registry, such as `resnet50`; the paper's variant of a torchvision network ends in `_paper`.
  public let name: String
  public let variant: Variant
  /// The family's name, such as `ResNet`.
  public let family: String
  /// Authors, title's gist, year.
  public let paper: String
  /// The number of classes where none is asked for.
  public let classes: Int
  /// Height and width of the square picture that the network was made for.
  public let inputSize: Int
  /// The least height and width that the network can take.
  public let minimumSize: Int
  /// What the published weights expect.
  public let preprocessing: Preprocessing
  /// Trained elements with the default number of classes and 3 input channels, without auxiliary heads.
  public let parameterCount: Int
  /// Multiply-accumulates of convolutions and linear layers for one picture of ``inputSize``.
  public let macs: Int
  /// Nil where no single-crop error of a single network is published.
  public let publishedError: PublishedError?
  /// Patterns of the auxiliary heads' keys: a network built without the heads may ignore them in a weight file.
  public let auxiliaryKeys: [String]

  let build: @Sendable (Scope, NetworkOptions) -> any Module

  init(
    _ name: String, variant: Variant = .torchvision, family: String, paper: String, classes: Int = 1000,
    inputSize: Int = 224, minimumSize: Int, preprocessing: Preprocessing = .torchvision,
    parameterCount: Int, macs: Int, error: PublishedError?, auxiliaryKeys: [String] = [],
    build: @escaping @Sendable (Scope, NetworkOptions) -> any Module
  ) {
    self.name = name
    self.variant = variant
    self.family = family
    self.paper = paper
    self.classes = classes
    self.inputSize = inputSize
    self.minimumSize = minimumSize
    self.preprocessing = preprocessing
    self.parameterCount = parameterCount
    self.macs = macs
    self.publishedError = error
    self.auxiliaryKeys = auxiliaryKeys
    self.build = build
  }

  /// Whether the network has auxiliary heads for training.
  public var hasAuxiliaryHeads: Bool { !auxiliaryKeys.isEmpty }
}

extension NetworkCard.PublishedError {
  /// torchvision's `IMAGENET1K_V1` weights on ImageNet's validation set: 100 less the `acc@1` and `acc@5` that
  /// torchvision has beside them.
  static func torchvision(_ top1: Double, _ top5: Double) -> Self {
    Self(top1: top1, top5: top5, source: "torchvision IMAGENET1K_V1, ImageNet validation, centre crop")
  }
}

/// How a network is built; resolved, nothing is left to defaults but ``dropout``.
public struct NetworkOptions: Hashable, Sendable {
  public let classes: Int
  public let inputChannels: Int
  /// Whether auxiliary heads are built where the network has them.
  public let auxiliary: Bool
  /// The probability of dropout before the classifier's layers; nil is the architecture's own. Networks without
  /// dropout have none to change.
  public let dropout: Float?

  package init(classes: Int, inputChannels: Int = 3, auxiliary: Bool = false, dropout: Float? = nil) {
    (self.classes, self.inputChannels) = (classes, inputChannels)
    (self.auxiliary, self.dropout) = (auxiliary, dropout)
  }
}
