import Foundation

/// An axis with its ticks: linear or, where it may be, logarithmic if positive values differ by more than a factor of 20.
struct Axis {
  let ticks: [Double]
  private let low, high: Double
  private let isLogarithmic: Bool

  init(_ values: [Double], spansDecades: Bool) {
    // What a file says may be anything; no sum or difference below is infinite.
    let values = values.filter(\.isFinite).map { min(max($0, -1e300), 1e300) }
    let (least, most) = (values.min() ?? 0, values.max() ?? 1)
    isLogarithmic = spansDecades && least > 0 && most / least > 20
    if isLogarithmic {
      let (foot, head) = (Int(floor(log10(least))), Int(ceil(log10(most))))
      let digits = head - foot > 3 ? [1.0] : [1, 2, 5]
      // No more than about eight: losses that diverge span dozens of decades.
      let step = max(1, (head - foot + 7) / 8)
      let decades = stride(from: foot, through: head + step - 1, by: step)
      let all = decades.flatMap { decade in digits.map { $0 * pow(10, Double(decade)) } }
      // From the last tick below all values to the first above.
      let first = all.lastIndex { $0 <= least } ?? 0
      let last = all.firstIndex { $0 >= most } ?? all.count - 1
      ticks = Array(all[first...last])
    } else {
      let span = most - least > 1e-300 ? most - least : max(abs(most), 1)
      let raw = span / 5
      let magnitude = pow(10, floor(log10(raw)))
      let step = [1, 2, 2.5, 5, 10].map { $0 * magnitude }.first { $0 >= raw * 0.999 } ?? raw
      let first = floor(least / step + 1e-9)
      let last = max(ceil(most / step - 1e-9), first + 1)
      ticks = (0...Int(last - first)).map { (first + Double($0)) * step }
    }
    (low, high) = (ticks.first!, ticks.last!)
  }

  /// From 1 to the last epoch, with at most about ten of them as ticks.
  init(epochs: Int) {
    isLogarithmic = false
    (low, high) = (1, Double(max(epochs, 1)))
    let step = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].first { epochs / $0 <= 10 } ?? max(epochs, 1)
    let whole =
      step == 1 ? Array(1...max(epochs, 1)) : [1] + Array(stride(from: step, through: epochs, by: step))
    ticks = epochs > 0 ? whole.map(Double.init) : []
  }

  /// Where a value lies on the axis, 0 at its foot and 1 at its head; in the middle of an axis of one value.
  func share(_ value: Double) -> Double {
    guard high > low else { return 0.5 }
    return isLogarithmic ? log(value / low) / log(high / low) : (value - low) / (high - low)
  }
}
