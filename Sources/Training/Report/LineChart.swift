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
  /// Whether the axis may be logarithmic.
  var spansDecades = false
  /// The epoch to mark on the last series.
  var marked: Int?

  private static let (width, height) = (420.0, 270.0)
  private static let (left, right, top, bottom) = (58.0, 14.0, 12.0, 40.0)

  /// The chart as a figure.
  var html: String {
    let axis = Axis(series.flatMap(\.values), spansDecades: spansDecades)
    let epochs = series.map(\.values.count).max() ?? 0
    func x(_ epoch: Int) -> Double {
      let share = epochs > 1 ? Double(epoch - 1) / Double(epochs - 1) : 0.5
      return Self.left + share * (Self.width - Self.left - Self.right)
    }
    func y(_ value: Double) -> Double {
      Self.height - Self.bottom - axis.share(value) * (Self.height - Self.top - Self.bottom)
    }
    var parts: [String] = []
    func add(_ name: String, _ style: String, _ attributes: KeyValuePairs<String, Double>, text: String = "")
    {
      let placed = attributes.map { " \($0)=\"\(String(format: "%.5g", $1))\"" }.joined()
      parts.append("<\(name) class=\"\(style)\"\(placed)>\(text)</\(name)>")
    }
    let end = Self.width - Self.right
    for tick in axis.ticks {
      add("line", "grid", ["x1": Self.left, "x2": end, "y1": y(tick), "y2": y(tick)])
      add("text", "tick end", ["x": Self.left - 8, "y": y(tick) + 4], text: HTML.escaped(label(tick)))
    }
    for epoch in Self.epochTicks(epochs) {
      add("text", "tick middle", ["x": x(epoch), "y": Self.height - 20], text: String(epoch))
    }
    add("text", "tick middle", ["x": (Self.left + end) / 2, "y": Self.height - 3], text: "epoch")
    for one in series {
      let points = one.values.enumerated().map { String(format: "%.5g,%.5g", x($0 + 1), y($1)) }
      parts.append("<polyline class=\"\(one.style)\" points=\"\(points.joined(separator: " "))\"/>")
      for (index, value) in one.values.enumerated() {
        let place = (x: x(index + 1), y: y(value))
        let text = HTML.escaped("\(one.name), epoch \(index + 1): \(label(value))")
        // A curve of one point has no line to be seen.
        add("circle", "dot \(one.style)", ["r": epochs == 1 ? 4 : 0, "cx": place.x, "cy": place.y])
        add("circle", "target", ["r": 9, "cx": place.x, "cy": place.y], text: "<title>\(text)</title>")
      }
      if let marked, one.name == series.last?.name, one.values.indices ~= marked - 1 {
        add("circle", "mark \(one.style)", ["r": 5, "cx": x(marked), "cy": y(one.values[marked - 1])])
      }
    }
    return """
      <figure class="chart"><figcaption>\(HTML.escaped(title))\(legend)</figcaption>
      <svg viewBox="0 0 \(Int(Self.width)) \(Int(Self.height))" role="img" aria-label="\(HTML.escaped(title)) by epoch">
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

  /// At most about ten whole numbers, from 1 on.
  private static func epochTicks(_ epochs: Int) -> [Int] {
    guard epochs > 1 else { return epochs == 1 ? [1] : [] }
    let step = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].first { epochs / $0 <= 10 } ?? epochs
    return step == 1 ? Array(1...epochs) : [1] + Array(stride(from: step, through: epochs, by: step))
  }
}

/// The value axis: linear or, where it may be, logarithmic if positive values differ by more than a factor of 20.
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
      let decades = Int(floor(log10(least)))...Int(ceil(log10(most)))
      let digits = decades.count > 4 ? [1.0] : [1, 2, 5]
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

  /// Where a value lies on the axis, 0 at its foot and 1 at its head.
  func share(_ value: Double) -> Double {
    isLogarithmic ? log(value / low) / log(high / low) : (value - low) / (high - low)
  }
}
