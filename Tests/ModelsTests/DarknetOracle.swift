import Foundation

/// Darknet's layers as plain loops in `Double` over `[channels][rows][columns]`, reading a weight file's numbers from
/// front to back: what `DarknetNetwork` is held against.
struct DarknetOracle {
  struct Map {
    var channels, height, width: Int
    var values: [Double]

    init(_ channels: Int, _ height: Int, _ width: Int, _ value: (Int, Int, Int) -> Double) {
      (self.channels, self.height, self.width) = (channels, height, width)
      values = []
      for c in 0..<channels { for y in 0..<height { for x in 0..<width { values.append(value(c, y, x)) } } }
    }

    subscript(c: Int, y: Int, x: Int) -> Double { values[(c * height + y) * width + x] }

    /// `fallback` outside.
    func at(_ c: Int, _ y: Int, _ x: Int, _ fallback: Double) -> Double {
      0..<height ~= y && 0..<width ~= x ? self[c, y, x] : fallback
    }

    func map(_ f: (Double) -> Double) -> Map {
      var result = self
      result.values = values.map(f)
      return result
    }
  }

  private let numbers: [Float]
  private(set) var place = 0

  init(_ numbers: [Float]) { self.numbers = numbers }

  private mutating func take(_ count: Int) -> [Double] {
    defer { place += count }
    return numbers[place..<place + count].map(Double.init)
  }

  static func leaky(_ x: Double) -> Double { x > 0 ? x : 0.1 * x }
  static func logistic(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
  static func mish(_ x: Double) -> Double { x * tanh(log(1 + exp(x))) }

  /// (x − mean) / (√variance + 10⁻⁶) · γ + β of channel c.
  private static func normalized(_ x: Double, _ c: Int, _ n: [[Double]]) -> Double {
    (x - n[1][c]) / (n[2][c].squareRoot() + 1e-6) * n[0][c] + n[3][c]
  }

  mutating func convolution(
    _ x: Map, filters: Int, size: Int, stride: Int = 1, padding: Int, groups: Int = 1, normalizes: Bool,
    _ activation: (Double) -> Double
  ) -> Map {
    let beta = take(filters)
    let norm = normalizes ? [take(filters), take(filters), take(filters), beta] : []
    let (from, to) = (x.channels / groups, filters / groups)
    let weights = take(filters * from * size * size)
    return Map(
      filters, (x.height + 2 * padding - size) / stride + 1, (x.width + 2 * padding - size) / stride + 1
    ) { f, row, column in
      var sum = 0.0
      for c in 0..<from {
        for dy in 0..<size {
          for dx in 0..<size {
            let y = row * stride + dy - padding
            sum +=
              weights[((f * from + c) * size + dy) * size + dx]
              * x.at(f / to * from + c, y, column * stride + dx - padding, 0)
          }
        }
      }
      return activation(normalizes ? Self.normalized(sum, f, norm) : sum + beta[f])
    }
  }

  func maxPool(_ x: Map, size: Int, stride: Int, padding: Int? = nil) -> Map {
    let padding = padding ?? size - 1
    return Map(
      x.channels, (x.height + padding - size) / stride + 1, (x.width + padding - size) / stride + 1
    ) { c, row, column in
      var best = -Double.infinity
      for dy in 0..<size {
        for dx in 0..<size {
          let (y, z) = (row * stride + dy - padding / 2, column * stride + dx - padding / 2)
          best = max(best, x.at(c, y, z, -.infinity))
        }
      }
      return best
    }
  }

  func upsample(_ x: Map, _ scale: Int) -> Map {
    Map(x.channels, x.height * scale, x.width * scale) { x[$0, $1 / scale, $2 / scale] }
  }

  func route(_ parts: [Map], groups: Int = 1, group: Int = 0) -> Map {
    var result = parts[0]
    result.channels = 0
    result.values = []
    for part in parts {
      let count = part.channels / groups * part.height * part.width
      result.channels += part.channels / groups
      result.values += part.values[group * count..<(group + 1) * count]
    }
    return result
  }

  func shortcut(_ a: Map, _ b: Map, _ activation: (Double) -> Double) -> Map {
    Map(a.channels, a.height, a.width) { activation(a[$0, $1, $2] + b[$0, $1, $2]) }
  }

  func averagePool(_ x: Map) -> Map {
    let area = x.height * x.width
    return Map(x.channels, 1, 1) { c, _, _ in x.values[c * area..<(c + 1) * area].reduce(0, +) / Double(area)
    }
  }

  /// - Parameter transposed: whether the file has the weights `[in, out]`.
  mutating func connected(
    _ x: Map, outputs: Int, normalizes: Bool, transposed: Bool = false, _ activation: (Double) -> Double
  ) -> Map {
    let beta = take(outputs)
    let inputs = x.values.count
    let weights = take(outputs * inputs)
    let norm = normalizes ? [take(outputs), take(outputs), take(outputs), beta] : []
    return Map(outputs, 1, 1) { o, _, _ in
      var sum = 0.0
      for i in 0..<inputs {
        sum += x.values[i] * weights[transposed ? i * outputs + o : o * inputs + i]
      }
      return activation(normalizes ? Self.normalized(sum, o, norm) : sum + beta[o])
    }
  }

  func softmax(_ x: Map, temperature: Double) -> Map {
    let powers = x.values.map { exp($0 / temperature) }
    let sum = powers.reduce(0, +)
    var result = x
    result.values = powers.map { $0 / sum }
    return result
  }
}
