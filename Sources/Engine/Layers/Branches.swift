/// Modules side by side on one input, the channels of their outputs joined.
///
/// In inference nothing is copied where every branch ends in a convolution: each writes its channels of the result.
public final class Branches: Module {
  public let path: String
  private let branches: [Sequential]
  public var children: [any Module] { branches }
  /// The branches as what comes before their last convolution, and it; nil where one does not end in a convolution.
  private let writers: [(body: Sequential, last: any SliceWriting)]?

  /// - Parameters:
  ///   - scope: where the branches are; nil leaves them without a name.
  ///   - branches: each a stack, by the order of its channels in the output.
  public init(_ scope: Scope? = nil, branches: [[any Module]]) {
    path = scope?.path ?? ""
    self.branches = branches.map(Sequential.init)
    let writers = branches.compactMap { modules in
      (modules.last as? any SliceWriting).map { (body: Sequential(modules.dropLast()), last: $0) }
    }
    self.writers = writers.count == branches.count ? writers : nil
  }

  public func forward(_ x: consuming Tensor, _ pass: Pass) -> Tensor {
    let x = x
    guard !pass.recordsGradients, !pass.wantsAny(in: self), let writers else {
      let outputs = branches.map { $0(x, pass) }
      return pass.observing(path, "Concat") { concat(outputs, axis: 3) }
    }
    let inputs = writers.map { $0.body(x, pass) }
    let shapes = zip(writers, inputs).map { $0.last.convolution.geometry($1.shape).outputShape }
    var joined = shapes[0].dimensions
    joined[3] = shapes.reduce(0) { $0 + $1[3] }
    let result = Tensor(uninitialized: Shape(joined))
    var start = 0
    for (index, shape) in shapes.enumerated() {
      let slice = ChannelSlice(result, channels: start..<start + shape[3])
      precondition(slice.shape == shape, "Branches: \(shape) does not join \(slice.shape)")
      writers[index].last.write(inputs[index], pass, into: slice)
      start += shape[3]
    }
    return result
  }
}

/// A convolution with what follows it in its epilogue.
package protocol SliceWriting: Module {
  var convolution: Conv2d { get }

  /// As the module's call, in a pass that records no gradients.
  func write(_ x: Tensor, _ pass: Pass, into slice: ChannelSlice)
}
