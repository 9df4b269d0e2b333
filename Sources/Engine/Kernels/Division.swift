extension Int {
  /// The number of pieces of at most `size` that hold this many.
  @inline(__always)
  func dividedUp(by size: Int) -> Int { (self + size - 1) / size }

  /// The size of pieces, all but the last equal, that cut this many into as few as `most` allows; at least 1.
  func evenPiece(atMost most: Int) -> Int {
    Swift.max(1, dividedUp(by: Swift.max(1, dividedUp(by: most))))
  }
}
