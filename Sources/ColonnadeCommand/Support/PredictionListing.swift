import Colonnade

/// Predictions for people: bars on a terminal, aligned lines in a pipe.
struct PredictionListing {
  private let terminal = Terminal.standardOutput
  private let fileWidth: Int

  /// - Parameter files: all that will be printed, for the alignment.
  init(files: [String]) { fileWidth = files.map { printable($0).count }.max() ?? 0 }

  func print(_ result: Classification) {
    if terminal.isDecorated { printBars(result) } else { printLines(result) }
  }

  /// The picture's name, then a line a class: label, bar, probability.
  private func printBars(_ result: Classification) {
    let labelWidth = max(12, min(40, terminal.width - 44))
    terminal.print(terminal.styled(printable(result.file), .bold))
    for prediction in result.predictions {
      let bar = Bar.text(Double(prediction.probability), width: 24)
      terminal.print(
        "  \(Self.fitted(printable(prediction.label), labelWidth))  \(terminal.styled(bar, .cyan))"
          + "  \(Self.right(percent(Double(prediction.probability)), 8))")
    }
  }

  /// A line a class: picture, class, probability, label.
  private func printLines(_ result: Classification) {
    for prediction in result.predictions {
      let probability = fixed(Double(prediction.probability), 6)
      terminal.print(
        "\(Self.fitted(printable(result.file), fileWidth))  \(Self.right(String(prediction.class), 4))  \(probability)"
          + "  \(printable(prediction.label))")
    }
  }

  private static func fitted(_ text: String, _ width: Int) -> String {
    guard text.count > width else { return text + String(repeating: " ", count: width - text.count) }
    return text.prefix(max(0, width - 1)) + "…"
  }

  private static func right(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }
}
