import Colonnade

/// What was measured in an epoch, in a line.
struct MeasureWords {
  /// A detector has parts of its loss, and average precision in place of accuracy.
  let isClassification: Bool

  /// Detectors take a second for a few pictures.
  var speedDigits: Int { isClassification ? 0 : 1 }

  /// The loss, of a detector with its parts, and what is measured.
  func words(_ measures: Measures, lossDigits: Int = 4, shareDigits: Int = 2) -> String {
    var words = ["loss \(fixed(measures.loss, lossDigits))"]
    if !measures.parts.isEmpty {
      let parts = measures.parts.sorted { $0.key < $1.key }.map { name, value in
        "\(name.replacing("loss_", with: "")) \(fixed(value, 3))"
      }
      words.append("(\(parts.joined(separator: ", ")))")
    }
    if isClassification || measures[metric(of: measures)] != nil {
      words.append(score(measures, digits: shareDigits))
    }
    return words.joined(separator: isClassification ? "  " : " ")
  }

  /// Of a detector average precision, of all else accuracy.
  private func metric(of measures: Measures) -> String {
    isClassification || measures["accuracy"] != nil ? "accuracy" : BestMetric.map50.name
  }

  /// The metric by which epochs are compared.
  func score(_ measures: Measures, digits: Int = 2) -> String {
    let name = metric(of: measures)
    return "\(name) \(measures[name].map { percent($0, digits) } ?? "–")"
  }
}
