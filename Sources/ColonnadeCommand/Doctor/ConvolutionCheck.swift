import Colonnade
import Foundation

/// Convolutions with what is fused into them, held against plain loops: the kinds of which networks are made, by the kernels that this
/// processor and its BLAS library get.
enum ConvolutionCheck {
  private static let kinds = [
    Kind(name: "1×1", from: 16, to: 96, kernel: 1, activation: .relu6),
    Kind(name: "1×1 with a residual", from: 96, to: 96, kernel: 1, addsInput: true),
    Kind(name: "3×3", from: 32, to: 80, kernel: 3, activation: .relu),
    Kind(name: "strided", from: 3, to: 80, kernel: 7, stride: 2, activation: .silu),
    Kind(name: "grouped", from: 32, to: 160, kernel: 3, groups: 2, activation: .relu),
    Kind(name: "depthwise", from: 80, to: 80, kernel: 3, groups: 80, activation: .relu6),
  ]
  /// Of outputs of about 1; Winograd's algorithms come to some 10⁻⁵.
  private static let tolerance = 1e-3

  static func run() -> Finding {
    let name = "convolutions"
    let errors = kinds.map { ($0.name, $0.greatestError()) }
    // Not `<`, so that NaN is wrong.
    let wrong = errors.filter { !($0.1 <= tolerance) }
    let measured = ["kinds": Double(kinds.count), "wrong": Double(wrong.count)]
    guard wrong.isEmpty else {
      let told = wrong.map { "\($0) by \(fixed($1, 3))" }.joined(separator: ", ")
      return Finding(
        name, .failed, "wrong (\(told)): what networks compute here cannot be trusted", measured: measured)
    }
    return Finding(name, .passed, "\(kinds.count) kinds right", measured: measured)
  }

  private struct Kind {
    let name: String
    let from, to, kernel: Int
    var stride = 1, groups = 1
    var activation = Activation.none
    var addsInput = false
    /// Height and width: of more pixels than one piece of a product has.
    let side = 28

    /// The largest distance from what plain loops give; NaN where an output is none.
    func greatestError() -> Double {
      let store = ParameterStore(seed: 5)
      let layer = ConvNormActivation(
        store.scope["layer"], from: from, to: to, kernel: Size2D(kernel), stride: Size2D(stride),
        groups: groups,
        activation: activation)
      var generator = RandomStream(seed: 6)
      func random(_ shape: Shape, _ low: Float, _ high: Float) -> Tensor {
        Tensor((0..<shape.count).map { _ in generator.uniform(low, high) }, shape: shape)
      }
      let norm = layer.norm
      for parameter in [norm.weight, norm.runningVariance] { parameter.value = random([to], 0.5, 1.5) }
      for parameter in [norm.bias, norm.runningMean] { parameter.value = random([to], -0.5, 0.5) }
      let x = random([1, side, side, from], -1, 1)
      let y = layer.apply(x, .inference(), residual: addsInput ? x : nil)
      return zip(y.scalars, expected(layer, x.scalars)).reduce(0) { worst, pair in
        let error = abs(Double(pair.0) - pair.1)
        return error.isNaN || error > worst ? error : worst
      }
    }

    private func expected(_ layer: ConvNormActivation, _ x: [Float]) -> [Double] {
      let (norm, weight) = (layer.norm, layer.convolution.weight.value.scalars)
      let (scale, shift) = (norm.weight.value.scalars, norm.bias.value.scalars)
      let (mean, variance) = (norm.runningMean.value.scalars, norm.runningVariance.value.scalars)
      let (inputs, outputs, half, outSide) = (
        from / groups, to / groups, (kernel - 1) / 2, (side - 1) / stride + 1
      )
      var y: [Double] = []
      for pixel in 0..<outSide * outSide {
        var sums = [Double](repeating: 0, count: to)
        for tap in 0..<kernel * kernel {
          let row = pixel / outSide * stride + tap / kernel - half
          let column = pixel % outSide * stride + tap % kernel - half
          guard 0..<side ~= row, 0..<side ~= column else { continue }
          for o in 0..<to {
            for i in 0..<inputs {
              sums[o] +=
                Double(x[(row * side + column) * from + o / outputs * inputs + i])
                * Double(weight[(tap * inputs + i) * to + o])
            }
          }
        }
        for o in 0..<to {
          let normalized = (sums[o] - Double(mean[o])) / (Double(variance[o]) + 1e-5).squareRoot()
          let sum = normalized * Double(scale[o]) + Double(shift[o])
          y.append(activated(addsInput ? sum + Double(x[pixel * from + o]) : sum))
        }
      }
      return y
    }

    private func activated(_ x: Double) -> Double {
      switch activation {
      case .relu: max(x, 0)
      case .clip(let low, let high): min(max(x, Double(low)), Double(high))
      case .silu: x / (1 + exp(-x))
      default: x
      }
    }
  }
}
