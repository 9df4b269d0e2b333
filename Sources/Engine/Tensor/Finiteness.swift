extension Tensor {
  /// Whether no element is infinite or NaN.
  package var isFinite: Bool {
    // x − x is 0 for what is finite, NaN else: the sum tells of all elements at once.
    withUnsafeBufferPointer { elements in
      var sum: Float = 0
      for element in elements { sum += element - element }
      return sum == 0
    }
  }
}
