/// What was measured of one pass over a set: means over its pictures.
public struct Measures: Codable, Hashable, Sendable {
  /// As the task has it in that pass.
  public let loss: Double
  /// The loss's parts by name.
  public let parts: [String: Double]
  /// By name. One that is not finite, such as a mean over nothing, is left out.
  public let metrics: [String: Double]

  /// - Parameters:
  ///   - loss: mean over the pictures.
  ///   - parts: of the loss, by name.
  ///   - metrics: by name; those that are not finite are left out.
  public init(loss: Double, parts: [String: Double] = [:], metrics: [String: Double] = [:]) {
    self.loss = loss
    self.parts = parts
    self.metrics = metrics.filter { $0.value.isFinite }
  }

  /// A metric, or the loss by the name `loss`.
  public subscript(name: String) -> Double? { name == "loss" ? loss : metrics[name] }
}

/// The mean loss of batches, and of its parts.
struct LossMeter: Codable {
  /// Pictures so far.
  private(set) var count = 0
  private var sum = 0.0
  private var parts: [String: Double] = [:]

  mutating func add(_ loss: TaskLoss, pictures: Int) {
    count += pictures
    sum += Double(loss.total.scalar) * Double(pictures)
    for part in loss.parts { parts[part.name, default: 0] += Double(part.value.scalar) * Double(pictures) }
  }

  var mean: Double { count == 0 ? 0 : sum / Double(count) }

  func measures(_ metrics: [String: Double]) -> Measures {
    Measures(loss: mean, parts: parts.mapValues { $0 / Double(max(count, 1)) }, metrics: metrics)
  }
}
