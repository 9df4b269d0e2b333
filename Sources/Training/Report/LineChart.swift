import Foundation

/// Curves over epochs as inline SVG. Colours come from the report's style sheet, by class.
struct LineChart {
  struct Series {
    let name: String
    /// The class of its elements in the style sheet: `train`, `validation` or `rate`.
    let style: String
    /// A value an epoch, from epoch 1.
    let values: [Double]
  }

  let title: String
  let series: [Series]
  /// How a value reads on the axis and in a point's tooltip.
  let label: (Double) -> String
  /// The epoch to mark on the last series.
  var marked: Int?

  private static let (width, height) = (560.0, 300.0)
  private static let (left, right, top, bottom) = (58.0, 14.0, 12.0, 40.0)

  /// The chart as a figure.
  var html: String {
    let axis = Axis(series.flatMap(\.values))
    let epochs = series.map(\.values.count).max() ?? 0
    func x(_ epoch: Int) -> Double {
      let share = epochs > 1 ? Double(epoch - 1) / Double(epochs - 1) : 0.5
      return Self.left + share * (Self.width - Self.left - Self.right)
    }
    func y(_ value: Double) -> Double {
      Self.height - Self.bottom - axis.share(value) * (Self.height - Self.top - Self.bottom)
    }
    var parts: [String] = []
    for tick in axis.ticks {
      let line = at(y(tick))
      parts.append(
        "<line class=\"grid\" x1=\"\(at(Self.left))\" x2=\"\(at(Self.width - Self.right))\" y1=\"\(line)\" y2=\"\(line)\"/>"
      )
      parts.append(
        "<text class=\"tick end\" x=\"\(at(Self.left - 8))\" y=\"\(at(y(tick) + 4))\">\(HTML.escaped(label(tick)))</text>"
      )
    }
    for epoch in Self.epochTicks(epochs) {
      parts.append(
        "<text class=\"tick middle\" x=\"\(at(x(epoch)))\" y=\"\(at(Self.height - 20))\">\(epoch)</text>")
    }
    parts.append(
      "<text class=\"tick middle\" x=\"\(at((Self.left + Self.width - Self.right) / 2))\" y=\"\(at(Self.height - 3))\">epoch</text>"
    )
    for one in series {
      let points = one.values.enumerated().map { (x: at(x($0 + 1)), y: at(y($1))) }
      parts.append(
        "<polyline class=\"\(one.style)\" points=\"\(points.map { "\($0.x),\($0.y)" }.joined(separator: " "))\"/>"
      )
      let radius = epochs == 1 ? "4" : "0"
      for (index, point) in points.enumerated() {
        let text = "\(one.name), epoch \(index + 1): \(label(one.values[index]))"
        parts.append(
          "<g class=\"point \(one.style)\"><circle r=\"\(radius)\" cx=\"\(point.x)\" cy=\"\(point.y)\"/>"
            + "<circle class=\"target\" r=\"9\" cx=\"\(point.x)\" cy=\"\(point.y)\"><title>\(HTML.escaped(text))</title></circle></g>"
        )
      }
      if let marked, one.name == series.last?.name, points.indices ~= marked - 1 {
        let point = points[marked - 1]
        parts.append("<circle class=\"mark \(one.style)\" r=\"5\" cx=\"\(point.x)\" cy=\"\(point.y)\"/>")
      }
    }
    return """
      <figure class="chart"><figcaption>\(HTML.escaped(title))\(legend)</figcaption>
      <svg viewBox="0 0 \(at(Self.width)) \(at(Self.height))" role="img" aria-label="\(HTML.escaped(title)) by epoch">
      \(parts.joined(separator: "\n"))
      </svg></figure>
      """
  }

  /// None for one curve: the title names it.
  private var legend: String {
    guard series.count > 1 else { return "" }
    let keys = series.map { "<span><i class=\"key \($0.style)\"></i>\(HTML.escaped($0.name))</span>" }
    return "<span class=\"legend\">\(keys.joined())</span>"
  }

  private func at(_ value: Double) -> String { String(format: "%.5g", value) }

  /// At most about ten whole numbers, from 1 on.
  private static func epochTicks(_ epochs: Int) -> [Int] {
    guard epochs > 1 else { return epochs == 1 ? [1] : [] }
    let step = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].first { epochs / $0 <= 10 } ?? epochs
    return step == 1 ? Array(1...epochs) : [1] + Array(stride(from: step, through: epochs, by: step))
  }
}

/// The value axis: linear, or logarithmic where positive values differ by more than a factor of 20.
struct Axis {
  let ticks: [Double]
  private let low, high: Double
  private let isLogarithmic: Bool

  init(_ values: [Double]) {
    let (least, most) = (values.min() ?? 0, values.max() ?? 1)
    isLogarithmic = least > 0 && most / least > 20
    if isLogarithmic {
      let decades = Int(floor(log10(least)))...Int(ceil(log10(most)))
      let digits = decades.count > 4 ? [1.0] : [1, 2, 5]
      let all = decades.flatMap { decade in digits.map { $0 * pow(10, Double(decade)) } }
      // From the last tick below all values to the first above.
      let first = all.lastIndex { $0 <= least } ?? 0
      let last = all.firstIndex { $0 >= most } ?? all.count - 1
      ticks = Array(all[first...last])
    } else {
      let span = most > least ? most - least : max(abs(most), 1)
      let raw = span / 5
      let magnitude = pow(10, floor(log10(raw)))
      let step = [1, 2, 2.5, 5, 10].map { $0 * magnitude }.first { $0 >= raw * 0.999 } ?? raw
      let (first, last) = (
        floor(least / step + 1e-9), max(ceil(most / step - 1e-9), floor(least / step + 1e-9) + 1)
      )
      ticks = (0...Int(last - first)).map { (first + Double($0)) * step }
    }
    (low, high) = (ticks.first!, ticks.last!)
  }

  /// Where a value lies on the axis, 0 at its foot and 1 at its head.
  func share(_ value: Double) -> Double {
    isLogarithmic ? log(value / low) / log(high / low) : (value - low) / (high - low)
  }
}
