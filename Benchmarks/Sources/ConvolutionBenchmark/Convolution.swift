import Engine
import Sampling

/// A convolution of a network: square pictures, kernels, strides and padding.
struct Convolution {
  let name: String
  let size, inChannels, outChannels, kernel, groups, stride, padding: Int
  /// How often one forward pass of its network has it.
  let uses: Int

  init(
    _ name: String, size: Int, from inChannels: Int, to outChannels: Int, kernel: Int, groups: Int = 1,
    stride: Int = 1, pad padding: Int = 0, uses: Int = 1
  ) {
    self.name = name
    (self.size, self.inChannels, self.outChannels) = (size, inChannels, outChannels)
    (self.kernel, self.groups, self.stride, self.padding, self.uses) = (kernel, groups, stride, padding, uses)
  }

  /// One filter a channel.
  init(
    _ name: String, size: Int, depthwise channels: Int, kernel: Int, stride: Int = 1, pad padding: Int = 0,
    uses: Int = 1
  ) {
    self.init(
      name, size: size, from: channels, to: channels, kernel: kernel, groups: channels, stride: stride,
      pad: padding, uses: uses)
  }

  func geometry(batch: Int) -> ConvolutionGeometry {
    ConvolutionGeometry(
      input: [batch, size, size, inChannels], weight: [kernel, kernel, inChannels / groups, outChannels],
      stride: .init(stride), padding: .init(padding), groups: groups)
  }
}

/// Every way to compute a convolution's output and gradients, on operands that they share.
struct Methods {
  let all: [(result: ConvolutionMethod.Result, method: ConvolutionMethod)]

  init(_ g: ConvolutionGeometry, _ results: [ConvolutionMethod.Result]) {
    let x = randomTensor(g.inputShape, seed: 1)
    let weight = randomTensor(g.weightShape, seed: 2)
    let dy = randomTensor(g.outputShape, seed: 3)
    all = results.flatMap { result in
      ConvolutionMethod.all(result, of: g, x: x, weight: weight, outputGradient: dy).map { (result, $0) }
    }
  }

  /// Traps where two ways differ by more than Winograd's rounding.
  func check(_ name: String) {
    for result in ConvolutionMethod.Result.allCases {
      let outputs = all.filter { $0.result == result }.map { ($0.method, $0.method().scalars) }
      guard let (_, expected) = outputs.first else { continue }
      let scale = expected.reduce(0) { max($0, abs($1)) }
      for (method, output) in outputs.dropFirst() {
        let error = zip(output, expected).reduce(0) { max($0, abs($1.0 - $1.1)) }
        precondition(error <= 1e-3 * scale, "\(name), \(result), \(method): differs by \(error) of \(scale)")
      }
    }
  }
}
