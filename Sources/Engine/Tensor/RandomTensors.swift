// Tensors of random numbers: the same for the same state of the generator, on any number of threads.

extension Tensor {
  /// Normal numbers, drawn one after another from `generator`.
  public init(
    randomNormal shape: Shape, mean: Float = 0, standardDeviation: Float = 1, generator: inout RandomStream
  ) {
    self.init(shape: shape) { elements in
      for index in elements.indices {
        elements.initializeElement(at: index, to: mean + standardDeviation * generator.normal())
      }
    }
  }

  /// Numbers uniform in `range`, drawn one after another from `generator`. Steps are 2⁻²⁴ of the range's length; the
  /// upper bound itself may come where rounding makes it.
  public init(
    randomUniform shape: Shape, in range: Range<Float> = 0..<1, generator: inout RandomStream
  ) {
    self.init(shape: shape) { elements in
      for index in elements.indices {
        elements.initializeElement(at: index, to: generator.uniform(range.lowerBound, range.upperBound))
      }
    }
  }
}
