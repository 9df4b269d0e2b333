import Engine
import Images

/// Says which pixels of a picture made a classifier see a class in it.
///
///     let explainer = Explainer(network)
///     let explanation = try explainer.explain(picture, by: .gradCAM())
///     try explanation.overlay(on: explainer.preprocessing.prepared(picture)).writePNG(to: file)
///
/// Everything is of a class's logit, before softmax. Nothing but the seed of ``ExplanationMethod/smoothGrad(samples:noise:seed:)``
/// is random, and bits do not depend on the number of threads. It may be called from several threads at once.
public struct Explainer: Sendable {
  /// What is explained.
  public let network: Network
  /// What is done to a picture first.
  public let preprocessing: Preprocessing

  /// Pictures of one pass: always the same, so that bits depend on nothing else.
  static let picturesOfAPass = 4

  /// - Parameters:
  ///   - network: with its weights.
  ///   - preprocessing: nil is what the network's card says.
  public init(_ network: Network, preprocessing: Preprocessing? = nil) {
    self.network = network
    self.preprocessing = preprocessing ?? network.card.preprocessing
  }

  /// Why the network sees a class in a picture.
  /// - Parameters:
  ///   - picture: of any size.
  ///   - label: the class; nil is the likeliest.
  ///   - method: how it is explained.
  /// - Throws: ``ExplanationError``, `NetworkError` where the network cannot take the picture or gives no finite numbers,
  ///   `ModuleError` where it has not the layer that is named.
  public func explain(
    _ picture: Image, class label: Int? = nil, by method: ExplanationMethod = .gradCAM()
  ) throws -> Explanation {
    try explain(preprocessing([picture]), class: label, by: method)
  }

  /// The same of a picture that was prepared.
  /// - Parameters:
  ///   - x: one picture, `[1, H, W, C]`, normalized.
  ///   - label: the class; nil is the likeliest.
  ///   - method: how it is explained.
  public func explain(
    _ x: Tensor, class label: Int? = nil, by method: ExplanationMethod = .gradCAM()
  ) throws -> Explanation {
    let logits = try network.logits(x)
    precondition(x.shape[0] == 1, "Explainer: \(x.shape) is not one picture")
    try NetworkError.checkFinite([logits], of: network.name)
    let label = label ?? logits.argmax(axis: 1)[0]
    try check(label)
    var (layer, baselineLogit): (String?, Float?) = (nil, nil)
    let map: Tensor
    switch method {
    case .gradCAM(let path):
      let path = try path ?? network.explainedLayer
      let small = try gradCAM(of: label, at: x, layer: path)
      let maps = small.reshaped(to: [1, small.shape[0], small.shape[1], 1])
      map = upsample2d(maps, height: x.shape[1], width: x.shape[2], mode: .bilinear)
      layer = path
    case .saliency:
      map = strength(of: try gradient(of: label, at: x).gradient)
    case .smoothGrad(let samples, let noise, let seed):
      precondition(samples > 0 && noise >= 0, "Explainer: \(samples) samples with noise of \(noise)")
      let deviation = noise * (x.max().scalar - x.min().scalar)
      let stream = RandomStream(seed: seed)
      map = strength(
        of: try smoothGradient(of: label, at: x, samples: samples) { sample in
          var generator = stream.split(sample)
          return Tensor(randomNormal: x.shape, standardDeviation: deviation, generator: &generator)
        })
    case .integratedGradients(let steps):
      let baseline = Tensor(zeros: x.shape)
      map = try integratedGradients(of: label, at: x, from: baseline, steps: steps).sum(axis: 3)
      baselineLogit = try network.logits(baseline)[0, label].scalar
    case .occlusion(let side, let stride):
      let side = side ?? max(min(x.shape[1], x.shape[2]) / 7, 1)
      map = try occlusionMap(of: label, at: x, side: side, stride: stride ?? max(side / 2, 1))
    }
    try NetworkError.checkFinite([map], of: network.name)
    return Explanation(
      method: method, class: label, logit: logits[0, label].scalar,
      probability: softmax(logits)[0, label].scalar, map: map.reshaped(to: [x.shape[1], x.shape[2]]),
      layer: layer, baselineLogit: baselineLogit)
  }

  /// The largest absolute value over channels: `[1, H, W, C]` to `[1, H, W]`.
  private func strength(of gradient: Tensor) -> Tensor { abs(gradient).max(axes: [3]) }

  func check(_ label: Int) throws {
    guard 0..<network.classes ~= label else {
      throw ExplanationError.noSuchClass(label, network: network.name, classes: network.classes)
    }
  }
}

extension Network {
  /// Where Grad-CAM looks unless told otherwise: the last module of the network's chain that has a convolution and comes before
  /// the classifier (the last module with a weight of two or more axes), so the last maps with their activation and before
  /// their pooling, such as `layer4.1` of ResNet-18, `features.29` of VGG-16 and `features.12` of SqueezeNet 1.1. Of a module
  /// without a name the last named one inside. Nil where there is none.
  public var lastConvolutionalLayer: String? {
    func isWeighted(_ module: any Module, _ axes: ClosedRange<Int>) -> Bool {
      module.parameters.contains { axes ~= $0.shape.rank }
    }
    guard let classifier = modules().last(where: { isWeighted($0.module, 2...8) })?.module else { return nil }
    let links = Self.links(of: body).prefix { link in !link.modules().contains { $0.module === classifier } }
    let last = links.last { $0.modules().contains { isWeighted($0.module, 4...4) } }
    guard let last else { return nil }
    return last.path.isEmpty ? last.modules().last { !$0.path.isEmpty }?.path : last.path
  }

  var explainedLayer: String {
    get throws {
      guard let path = lastConvolutionalLayer else { throw ExplanationError.noConvolution(network: name) }
      return path
    }
  }

  /// What a chain applies one after another, chains in it taken apart.
  private static func links(of module: any Module) -> [any Module] {
    guard let chain = module as? any ModuleChain else { return [module] }
    return chain.links.flatMap { links(of: $0) }
  }
}
