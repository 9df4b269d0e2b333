/// Modules side by side on one input, the channels of their outputs joined.
///
/// In inference nothing is copied where every branch ends in a convolution: each writes its channels of the result.
public final class Branches: Module {
  private let branches: [Sequential]

  public init(_ branches: [[any Module]]) { self.branches = branches.map(Sequential.init) }

  public func callAsFunction(_ x: consuming Tensor, _ pass: Pass) -> Tensor {
    let x = x
    let last = branches.compactMap { $0.modules.last as? any SliceWriting }
    guard !pass.recordsGradients, last.count == branches.count else {
      let outputs = branches.map { $0(x, pass) }
      return pass.observing("", "Concat") { concat(outputs, axis: 3) }
    }
    let inputs = branches.map { Sequential($0.modules.dropLast())(x, pass) }
    let shapes = zip(last, inputs).map { $0.outputShape($1.shape) }
    var joined = shapes[0].dimensions
    joined[3] = shapes.reduce(0) { $0 + $1[3] }
    let result = Tensor(uninitialized: Shape(joined))
    var start = 0
    for (index, shape) in shapes.enumerated() {
      let slice = ChannelSlice(result, channels: start..<start + shape[3])
      precondition(slice.shape == shape, "Branches: \(shape) does not join \(slice.shape)")
      last[index].write(inputs[index], pass, into: slice)
      start += shape[3]
    }
    return result
  }
}

/// A convolution with what follows it in its epilogue.
package protocol SliceWriting: Module {
  /// The output's shape for an input of that shape.
  func outputShape(_ input: Shape) -> Shape

  /// As the module's call, in a pass that records no gradients.
  func write(_ x: Tensor, _ pass: Pass, into slice: ChannelSlice)
}
