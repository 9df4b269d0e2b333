/// The calls that each caller made, one after the other, while all called at once.
struct Calls: Sendable {
  /// Fewer of each caller give no rate.
  static let fewest = 3

  let ofCallers: [[Call]]

  var all: [Call] { ofCallers.flatMap(\.self) }

  var fewestOfACaller: Int { ofCallers.map(\.count).min() ?? 0 }

  /// Calls a second, by the line of least squares through the number of calls that have ended over time. A share of a call that
  /// ends too late would count one that only waited for its turn; and of two that end together the line takes neither side.
  /// Callers end one after the other: what comes after the first has ended does not count.
  var rate: Double {
    guard let limit = ofCallers.compactMap(\.last?.end).min() else { return 0 }
    let ends = all.map(\.end).filter { $0 <= limit }.sorted()
    let seconds = ends.map { ($0 - ends[0]) / .seconds(1) }
    let middle = seconds.reduce(0, +) / Double(ends.count)
    let (covariance, variance) = seconds.enumerated().reduce(into: (0.0, 0.0)) { sums, call in
      sums.0 += (call.element - middle) * Double(call.offset)
      sums.1 += (call.element - middle) * (call.element - middle)
    }
    return covariance / variance
  }
}
