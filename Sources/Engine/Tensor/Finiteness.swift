extension Tensor {
  /// Whether no element is infinite or NaN.
  package var isFinite: Bool {
    // The magnitudes' bits are ordered, with infinity and NaN above all others: the greatest tells of all elements at once.
    withUnsafeBufferPointer { elements in
      var greatest: UInt32 = 0
      for element in elements { greatest = Swift.max(greatest, element.magnitude.bitPattern) }
      return greatest < Float.infinity.bitPattern
    }
  }
}
