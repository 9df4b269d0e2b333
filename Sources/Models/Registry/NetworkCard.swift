import Engine
import Images

/// What is known of a network before it is built: a row of the ``Registry``.
///
///     let card = NetworkCard("tiny", classes: 10, inputSize: 28, preprocessing: Preprocessing(…)) { scope, options in
///       Tiny(scope, classes: options.classes, inputChannels: options.inputChannels)
///     }
///     let network = try Network(card, seed: 1)
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
    /// Per cent of pictures whose class is not the first prediction.
    public let top1: Double
    /// Nil where it is not published.
    public let top5: Double?
    /// Which weights, on which data.
    public let source: String

    /// - Parameters:
    ///   - top1: per cent.
    ///   - top5: per cent; nil where it is not published.
    ///   - source: which weights, on which data.
    public init(top1: Double, top5: Double?, source: String) {
      (self.top1, self.top5, self.source) = (top1, top5, source)
    }
  }

  /// The name in the registry, such as `resnet50`; the paper's variant of a torchvision network ends in `_paper`.
  public let name: String
  /// Nil where there is neither torchvision's nor a paper's.
  public let variant: Variant?
  /// The family's name, such as `ResNet`.
  public let family: String
  /// Authors, title's gist, year; empty where there is none.
  public let paper: String
  /// The number of classes where none is asked for.
  public let classes: Int
  /// Height and width of the square picture that the network was made for.
  public let inputSize: Int
  /// The least height and width that the network can take.
  public let minimumSize: Int
  /// What the published weights expect.
  public let preprocessing: Preprocessing
  /// Trained elements with the default number of classes and 3 input channels, without auxiliary heads; nil where the card
  /// does not say.
  public let parameterCount: Int?
  /// Multiply-accumulates of convolutions and linear layers for one picture of ``inputSize``; nil where the
  /// card does not say.
  public let macs: Int?
  /// Nil where no single-crop error of a single network is published.
  public let publishedError: PublishedError?
  /// Patterns of the auxiliary heads' keys: a network built without the heads may ignore them in a weight file.
  public let auxiliaryKeys: [String]

  let build: @Sendable (Scope, NetworkOptions) -> any Module

  /// - Parameters:
  ///   - name: by which a registry knows it, and which weight files and runs will carry.
  ///   - variant: whose architecture it is, where a paper's and torchvision's differ.
  ///   - family: nil is the name.
  ///   - paper: authors, title's gist, year.
  ///   - classes: where none are asked for.
  ///   - inputSize: height and width of the square picture that the network is made for.
  ///   - minimumSize: the least height and width that it can take.
  ///   - preprocessing: what is done to a picture first.
  ///   - parameterCount: trained elements with the default classes and 3 input channels, without auxiliary heads.
  ///   - macs: multiply-accumulates of convolutions and linear layers for one picture.
  ///   - error: of published weights.
  ///   - auxiliaryKeys: shell patterns (`aux1.*`) of the keys of heads that are for training alone.
  ///   - build: makes the module from a scope, which names the parameters, and the options. Called for every network, and
  ///     with large numbers of classes and channels where a weight file's network is looked for.
  public init(
    _ name: String, variant: Variant? = nil, family: String? = nil, paper: String = "", classes: Int = 1000,
    inputSize: Int = 224, minimumSize: Int = 1, preprocessing: Preprocessing = .torchvision,
    parameterCount: Int? = nil,
    macs: Int? = nil, error: PublishedError? = nil, auxiliaryKeys: [String] = [],
    build: @escaping @Sendable (Scope, NetworkOptions) -> any Module
  ) {
    self.name = name
    self.variant = variant
    self.family = family ?? name
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
  /// How many logits the network gives for a picture.
  public let classes: Int
  /// Channels of the pictures: 3 for colour, 1 for grey.
  public let inputChannels: Int
  /// Whether auxiliary heads are built where the network has them.
  public let auxiliary: Bool
  /// The probability of dropout before the classifier's layers; nil is the architecture's own. Networks without
  /// dropout have none to change.
  public let dropout: Float?

  /// - Parameters:
  ///   - classes: how many logits.
  ///   - inputChannels: of the pictures.
  ///   - auxiliary: whether heads for training alone are built, as GoogLeNet has them.
  ///   - dropout: a probability from 0 to below 1; nil is the architecture's own.
  public init(classes: Int, inputChannels: Int = 3, auxiliary: Bool = false, dropout: Float? = nil) {
    (self.classes, self.inputChannels) = (classes, inputChannels)
    (self.auxiliary, self.dropout) = (auxiliary, dropout)
  }
}
