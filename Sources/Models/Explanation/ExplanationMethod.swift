/// How it is explained what a network sees in a picture.
public enum ExplanationMethod: Hashable, Sendable {
  /// Where the maps of a layer speak for the class: Selvaraju et al. 2017, "Grad-CAM: Visual Explanations from Deep Networks
  /// via Gradient-based Localization". The layer is a path of `Network.modules()`; nil is
  /// ``Network/lastConvolutionalLayer``.
  case gradCAM(layer: String? = nil)
  /// The gradient of the class's logit by pixel, the largest absolute value over channels: Simonyan et al. 2013, "Deep Inside
  /// Convolutional Networks".
  case saliency
  /// The mean gradient at pictures with normal noise on them, the largest absolute value of it over channels: Smilkov et al.
  /// 2017, "SmoothGrad: removing noise by adding noise". `noise` is the standard deviation as a share of the span of the
  /// picture's normalized values.
  case smoothGrad(samples: Int = 25, noise: Float = 0.15, seed: UInt64 = 0)
  /// The difference to the mean colour times the mean gradient on the way from it, summed over channels: Sundararajan et al.
  /// 2017, "Axiomatic Attribution for Deep Networks". The integral is a midpoint sum of `steps` gradients. Pixels against the
  /// class are negative.
  case integratedGradients(steps: Int = 50)
  /// By how much the class's logit falls where a square of the mean colour covers the picture: Zeiler, Fergus 2013,
  /// "Visualizing and Understanding Convolutional Networks". A side of nil is a seventh of the picture's shorter side, a
  /// stride of nil half the square's side.
  case occlusion(side: Int? = nil, stride: Int? = nil)

  /// As the command calls it, such as `grad-cam`.
  public var name: String {
    switch self {
    case .gradCAM: "grad-cam"
    case .saliency: "saliency"
    case .smoothGrad: "smoothgrad"
    case .integratedGradients: "integrated-gradients"
    case .occlusion: "occlusion"
    }
  }

  /// Every method with its defaults.
  public static let all: [ExplanationMethod] = [
    .gradCAM(), .saliency, .smoothGrad(), .integratedGradients(), .occlusion(),
  ]
}
