import Colonnade
import Sampling

extension Case {
  /// Single convolutions, each by an algorithm of its own, and their gradients.
  static let convolutions =
    winograd + [
      convolution("winograd-input-gradient", .inputGradient, by: "Winograd F(4×4, 3×3)", of: square(3)),
      convolution("winograd-weight-gradient", .weightGradient, by: "Winograd F(4×4, 3×3)", of: square(3)),
      convolution("pointwise", .output, by: "pointwise", of: pointwise, isTimed: true),
      convolution("im2col", .output, by: "im2col", of: strided, isTimed: true),
      convolution("im2col-shared", .output, by: "im2col, shared", of: strided),
      convolution("im2col-input-gradient", .inputGradient, by: "im2col", of: strided),
      convolution("im2col-weight-gradient", .weightGradient, by: "im2col", of: strided),
      convolution("depthwise", .output, of: depthwise, isTimed: true),
      convolution("depthwise-input-gradient", .inputGradient, of: depthwise),
      convolution("depthwise-weight-gradient", .weightGradient, of: depthwise),
    ]

  private static let winograd = [(2, 3), (4, 3), (6, 3), (7, 3), (2, 5)].map { output, kernel in
    convolution(
      "winograd-\(output)x\(output)-\(kernel)x\(kernel)", .output,
      by: "Winograd F(\(output)×\(output), \(kernel)×\(kernel))", of: square(kernel),
      isTimed: output == 4)
  }

  /// 28×28 pixels: whole tiles of two, four and seven, and a rest of those of six.
  private static func square(_ kernel: Int) -> ConvolutionGeometry {
    ConvolutionGeometry(
      input: [1, 28, 28, 64], weight: [kernel, kernel, 64, 64], padding: .init(kernel / 2))
  }

  private static let pointwise = ConvolutionGeometry(input: [1, 28, 28, 128], weight: [1, 1, 128, 128])
  private static let strided = ConvolutionGeometry(
    input: [1, 56, 56, 32], weight: [3, 3, 32, 64], stride: 2, padding: 1)
  private static let depthwise = ConvolutionGeometry(
    input: [1, 56, 56, 96], weight: [3, 3, 1, 96], padding: 1, groups: 96)

  /// - Parameter algorithm: as `ConvolutionMethod` describes it; nil is the one that a network takes.
  private static func convolution(
    _ name: String, _ result: ConvolutionMethod.Result, by algorithm: String? = nil,
    of g: ConvolutionGeometry, isTimed: Bool = false
  ) -> Case {
    Case(name, macs: g.macs, isTimed: isTimed) {
      let methods = ConvolutionMethod.all(
        result, of: g, x: randomTensor(g.inputShape, seed: 1), weight: randomTensor(g.weightShape, seed: 2),
        outputGradient: randomTensor(g.outputShape, seed: 3))
      let method = methods.first { algorithm == nil ? $0.isChosen : $0.description == algorithm }
      guard let method else { throw MissingAlgorithm(case: name, algorithm: algorithm ?? "") }
      return { _ = method() }
    }
  }
}

/// A case asks for an algorithm that the engine does not offer for its geometry.
struct MissingAlgorithm: Error, CustomStringConvertible {
  let `case`, algorithm: String

  var description: String { "\(`case`): there is no algorithm '\(algorithm)' for this convolution" }
}
