/// What one check of `doctor` found.
struct Finding: Encodable {
  enum Verdict: String, Encodable {
    case passed
    /// Right, but not as it should be.
    case warning
    case failed
  }

  let name: String
  let verdict: Verdict
  /// For people.
  let detail: String
  /// For programs: what was measured, under names that end in the unit.
  let measured: [String: Double]

  init(_ name: String, _ verdict: Verdict, _ detail: String, measured: [String: Double] = [:]) {
    self.name = name
    self.verdict = verdict
    self.detail = detail
    self.measured = measured
  }

  func line(on terminal: Terminal) -> String {
    let mark =
      switch verdict {
      case .passed: terminal.styled("ok  ", .green)
      case .warning: terminal.styled("warn", .yellow)
      case .failed: terminal.styled("FAIL", .bold, .red)
      }
    return "\(mark)  \(name)\(String(repeating: " ", count: max(0, 20 - name.count)))  \(detail)"
  }
}
