import Images

/// How a classifier does on pictures that something befell.
public struct Robustness: Codable, Hashable, Sendable {
  /// One corruption at its strengths.
  public struct Row: Codable, Hashable, Sendable {
    /// What befell the pictures.
    public let corruption: Corruption
    /// The share of pictures not recognized, by strength from 1 to 5.
    public let errors: [Double]
    /// The mean of ``errors``.
    public let meanError: Double
    /// The sum of the errors over the baseline's; nil without a baseline, or where it makes no errors.
    public let corruptionError: Double?
    /// The sum of what the errors are above the error without corruption, over the baseline's; nil without a baseline, or where
    /// its errors are not above its own.
    public let relativeCorruptionError: Double?
  }

  /// A part of each picture covered by grey.
  public struct Coverage: Codable, Hashable, Sendable {
    /// The share of the picture that is covered.
    public let area: Double
    /// The share of pictures recognized.
    public let accuracy: Double

    /// - Parameters:
    ///   - area: the share of the picture that is covered.
    ///   - accuracy: the share of pictures recognized.
    public init(area: Double, accuracy: Double) { (self.area, self.accuracy) = (area, accuracy) }
  }

  /// The share of pictures not recognized as they are.
  public let cleanError: Double
  /// By corruption.
  public let rows: [Row]
  /// The mean over corruptions and strengths of the share of pictures not recognized.
  public let meanError: Double
  /// Hendrycks and Dietterich's mCE: the mean over corruptions of the errors' sums relative to a baseline's. Nil without one.
  public let meanCorruptionError: Double?
  /// Their relative mCE: the same of what the errors are above the error without corruption. Nil without a baseline.
  public let meanRelativeCorruptionError: Double?
  /// By how much of the picture a grey square covers, at a place drawn for each picture.
  public let coverage: [Coverage]
  /// The share of pictures recognized where a grey rectangle, one of `n` × `n` that make up the picture, covers each of them:
  /// `occlusion[row][column]`.
  public let occlusion: [[Double]]

  /// - Parameters:
  ///   - cleanError: the share of pictures not recognized as they are.
  ///   - errors: of each corruption, by strength.
  ///   - coverage: by covered area.
  ///   - occlusion: shares recognized by the place that is covered.
  ///   - baseline: of another network on the same pictures.
  public init(
    cleanError: Double, errors: [(corruption: Corruption, errors: [Double])], coverage: [Coverage],
    occlusion: [[Double]], baseline: Robustness? = nil
  ) {
    self.cleanError = cleanError
    self.coverage = coverage
    self.occlusion = occlusion
    func sum(_ errors: [Double], above level: Double = 0) -> Double { errors.reduce(0) { $0 + $1 - level } }
    rows = errors.map { corruption, errors in
      let other = baseline?.rows.first { $0.corruption == corruption }
      func ratio(_ own: Double, _ others: Double?) -> Double? {
        others.flatMap { $0 > 0 ? own / $0 : nil }
      }
      return Row(
        corruption: corruption, errors: errors, meanError: sum(errors) / Double(errors.count),
        corruptionError: ratio(sum(errors), other.map { sum($0.errors) }),
        relativeCorruptionError: ratio(
          sum(errors, above: cleanError),
          other.map { sum($0.errors, above: baseline!.cleanError) }))
    }
    func mean(_ values: [Double]) -> Double? {
      values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
    }
    meanError = mean(rows.map(\.meanError)) ?? 0
    meanCorruptionError = mean(rows.compactMap(\.corruptionError))
    meanRelativeCorruptionError = mean(rows.compactMap(\.relativeCorruptionError))
  }

  /// Of a mean that leaves corruptions out: how many it is over, such as " over 5 of 6 corruptions"; else nothing.
  /// - Parameter value: what a row has where it counts.
  package func extent(_ value: (Row) -> Double?) -> String {
    let count = rows.count { value($0) != nil }
    return count == rows.count ? "" : " over \(count) of \(rows.count) corruptions"
  }

  /// What is known of a corruption; nil where it was not measured.
  public func row(of corruption: Corruption) -> Row? { rows.first { $0.corruption == corruption } }

  /// The same with the errors relative to another baseline's, or to none.
  /// - Parameter baseline: of another network on the same pictures.
  public func relative(to baseline: Robustness?) -> Robustness {
    Robustness(
      cleanError: cleanError, errors: rows.map { ($0.corruption, $0.errors) }, coverage: coverage,
      occlusion: occlusion, baseline: baseline)
  }
}
