extension Int {
  /// The number of pieces of at most `size` that hold this many.
  @inline(__always)
  func dividedUp(by size: Int) -> Int { (self + size - 1) / size }

  /// The size of pieces, all but the last equal, that cut this many into as few as `most` allows; at least 1.
  func evenPiece(atMost most: Int) -> Int {
    Swift.max(1, dividedUp(by: Swift.max(1, dividedUp(by: most))))
  }

  /// The same with pieces in fours, unless one is enough: two or four threads get as many each.
  func balancedPiece(atMost most: Int) -> Int {
    let pieces = dividedUp(by: Swift.max(1, most))
    return pieces <= 1 ? Swift.max(1, self) : dividedUp(by: pieces.dividedUp(by: 4) * 4)
  }
}
