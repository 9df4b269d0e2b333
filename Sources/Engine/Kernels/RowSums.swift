extension Kernels {
  /// sum ← sum + row.
  @inline(__always)
  static func addRow(_ row: Source, to sum: Destination, _ count: Int) {
    var c = 0
    while c &+ 16 <= count {
      (sum + c).vector += (row + c).vector
      c &+= 16
    }
    while c < count {
      sum[c] += row[c]
      c &+= 1
    }
  }

  /// sum ← sum + weight · row.
  @inline(__always)
  static func addRow(_ row: Source, weight: Float, to sum: Destination, _ count: Int) {
    var c = 0
    while c &+ 16 <= count {
      (sum + c).vector += (row + c).vector * weight
      c &+= 16
    }
    while c < count {
      sum[c] += row[c] * weight
      c &+= 1
    }
  }
}
