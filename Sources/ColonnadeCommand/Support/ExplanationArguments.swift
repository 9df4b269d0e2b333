import ArgumentParser
import Colonnade

/// How a picture is explained, as the command line says it.
struct ExplanationArguments: ParsableArguments {
  enum Method: String, CaseIterable, ExpressibleByArgument {
    case gradCAM = "grad-cam"
    case saliency
    case smoothGrad = "smoothgrad"
    case integratedGradients = "integrated-gradients"
    case occlusion
  }

  @Option(help: "How pixels are weighed (default: grad-cam).")
  var method: Method?

  @Option(
    help: ArgumentHelp(
      "Of grad-cam: whose maps are looked at (default: the last with a convolution before the classifier).",
      valueName: "path"))
  var layer: String?

  @Option(
    help: ArgumentHelp(
      "Of smoothgrad (default: 25) and integrated-gradients (default: 50): how many gradients are averaged.",
      valueName: "n"))
  var steps: Int?

  @Option(
    help: ArgumentHelp(
      "Of smoothgrad: the noise's deviation as a share of the span of the picture's values (default: 0.15).",
      valueName: "share"))
  var noise: Float?

  @Option(help: ArgumentHelp("Of smoothgrad: of the noise (default: 0).", valueName: "n"))
  var seed: UInt64?

  @Option(
    help: ArgumentHelp(
      "Of occlusion: the covering square's side (default: a seventh of the picture's); it moves by half of it.",
      valueName: "pixels"))
  var square: Int?

  func validate() throws {
    if let steps, !(1...100_000 ~= steps) {
      throw ValidationError("--steps \(steps): from 1 to 100,000 gradients can be averaged")
    }
    if let noise, !(0...10 ~= noise) { throw ValidationError("--noise \(noise): a share is from 0 to 10") }
    if let square, !(1...8192 ~= square) {
      throw ValidationError("--square \(square): a side is from 1 to 8,192 pixels")
    }
    let owners: [(name: String, isGiven: Bool, of: [Method])] = [
      ("--layer", layer != nil, [.gradCAM]), ("--steps", steps != nil, [.smoothGrad, .integratedGradients]),
      ("--noise", noise != nil, [.smoothGrad]), ("--seed", seed != nil, [.smoothGrad]),
      ("--square", square != nil, [.occlusion]),
    ]
    for (name, isGiven, methods) in owners where isGiven && !methods.contains(method ?? .gradCAM) {
      throw ValidationError("\(name): of --method \(methods.map(\.rawValue).joined(separator: " or "))")
    }
  }

  /// Whether anything was given.
  var isGiven: Bool { method != nil || layer != nil }

  var explanation: ExplanationMethod {
    switch method ?? .gradCAM {
    case .gradCAM: .gradCAM(layer: layer)
    case .saliency: .saliency
    case .smoothGrad: .smoothGrad(samples: steps ?? 25, noise: noise ?? 0.15, seed: seed ?? 0)
    case .integratedGradients: .integratedGradients(steps: steps ?? 50)
    case .occlusion: .occlusion(side: square, stride: square.map { max($0 / 2, 1) })
    }
  }
}
