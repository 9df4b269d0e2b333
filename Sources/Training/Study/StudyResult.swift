import Foundation

/// What a study found, as values that a listing, a JSON file and a report show alike.
public struct StudyResult: Codable, Hashable, Sendable {
  /// ``Study/name``.
  public var study: String
  /// ``Study/question``.
  public var question: String
  /// What was done, and what came out: a paragraph each.
  public var paragraphs: [String] = []
  /// In the order in which they are shown.
  public var tables: [StudyTable] = []
  /// In the order in which they are shown.
  public var figures: [StudyFigure] = []
  /// In what this is not the review's experiment (data, size, crops, ensembles), a sentence each.
  public var differences: [String] = []
  /// Of the data.
  public var attribution: String?
  /// What training and measuring took, also where that was taken over from an earlier attempt: a study tells what it measured
  /// without its context, ``StudySession`` adds the rest.
  public var seconds = 0.0
  /// Where and when it was done; ``StudySession`` fills it in.
  public var environment: RunEnvironment?
  /// Where and when earlier attempts measured what was taken over from them, each once; nil where nothing was.
  /// ``StudySession`` fills it in.
  public var earlierEnvironments: [RunEnvironment]?
  /// The command that does it again; ``StudySession`` fills it in.
  public var command: String?
  /// Why the study could not be done: there is nothing else in the result then; nil where it was done.
  public var failure: String?

  /// - Parameter study: which it is of.
  public init(of study: any Study) { (self.study, question) = (study.name, study.question) }
}

/// A table of a study.
public struct StudyTable: Codable, Hashable, Sendable {
  /// How a column's numbers read.
  public enum Unit: String, Codable, Sendable {
    /// A share in 0...1, shown as per cent with two digits.
    case share
    /// Shown as milliseconds.
    case seconds
    /// Shown as hours, minutes and seconds.
    case duration
    /// Shown as whole numbers.
    case count
    /// Shown as bytes, kB, MB.
    case bytes
    /// Four significant digits.
    case number
    /// Words.
    case text
  }

  /// A column.
  public struct Column: Codable, Hashable, Sendable {
    /// Its head.
    public var title: String
    /// Of its cells.
    public var unit: Unit
    /// Whether its numbers were published by others, and not measured here.
    public var isPublished: Bool

    /// - Parameters:
    ///   - title: its head.
    ///   - unit: of its cells.
    ///   - isPublished: whether others measured its numbers.
    public init(_ title: String, _ unit: Unit, isPublished: Bool = false) {
      (self.title, self.unit, self.isPublished) = (title, unit, isPublished)
    }
  }

  /// A cell.
  public enum Cell: Codable, Hashable, Sendable {
    /// Words, whatever the column's unit.
    case text(String)
    /// In the column's unit.
    case number(Double)
    /// Mean and sample standard deviation of several runs, in the column's unit.
    case spread(mean: Double, deviation: Double)
    /// Nothing was measured or published.
    case none
  }

  /// Its caption.
  public var title: String
  /// From left to right.
  public var columns: [Column]
  /// Each with as many cells as there are columns.
  public var rows: [[Cell]]
  /// What must be known to read it.
  public var note: String?

  /// - Parameters:
  ///   - title: its caption.
  ///   - columns: from left to right.
  ///   - rows: each with as many cells as there are columns.
  ///   - note: what must be known to read it.
  public init(_ title: String, columns: [Column], rows: [[Cell]], note: String? = nil) {
    precondition(
      rows.allSatisfy { $0.count == columns.count }, "StudyTable: a row has not \(columns.count) cells")
    (self.title, self.columns, self.rows, self.note) = (title, columns, rows, note)
  }
}

extension StudyTable.Cell {
  /// A number; ``none`` where there is none.
  /// - Parameter value: in the column's unit.
  public static func of(_ value: Double?) -> Self {
    guard let value else { return .none }
    return .number(value)
  }

  /// Mean and sample standard deviation; a single value stands alone, none is ``none``.
  /// - Parameter values: of runs that differ in their seed.
  public static func of(_ values: [Double]) -> Self {
    guard let first = values.first else { return .none }
    guard values.count > 1 else { return .number(first) }
    let mean = values.reduce(0, +) / Double(values.count)
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return .spread(mean: mean, deviation: (squares / Double(values.count - 1)).squareRoot())
  }
}

/// A chart of a study.
public struct StudyFigure: Codable, Hashable, Sendable {
  /// A point, with the least and greatest of its runs where there are several.
  public struct Point: Codable, Hashable, Sendable {
    /// On the horizontal axis.
    public var x: Double
    /// In the figure's unit.
    public var y: Double
    /// The least of its runs; nil of one run alone.
    public var low: Double?
    /// The greatest of its runs; nil of one run alone.
    public var high: Double?

    /// - Parameters:
    ///   - x: on the horizontal axis.
    ///   - values: of runs that differ in their seed; their mean is shown, and their range as a band.
    public init(x: Double, values: [Double]) {
      self.x = x
      y = values.isEmpty ? .nan : values.reduce(0, +) / Double(values.count)
      if values.count > 1 { (low, high) = (values.min(), values.max()) }
    }
  }

  /// A line, or a cloud of points.
  public struct Series: Codable, Hashable, Sendable {
    /// In the legend.
    public var name: String
    /// From left to right where they are a line.
    public var points: [Point]
    /// Whether a line goes through them.
    public var isLine: Bool

    /// - Parameters:
    ///   - name: in the legend.
    ///   - points: from left to right where they are a line.
    ///   - isLine: whether a line goes through them.
    public init(_ name: String, _ points: [Point], isLine: Bool = true) {
      (self.name, self.points, self.isLine) = (name, points, isLine)
    }
  }

  /// Its caption.
  public var title: String
  /// Of the axis.
  public var xTitle: String
  /// Of the values.
  public var unit: StudyTable.Unit
  /// At most eight.
  public var series: [Series]
  /// Whether the horizontal axis may be logarithmic.
  public var spansDecades = false
  /// Whether the axis of the values may be.
  public var valuesSpanDecades = false

  /// - Parameters:
  ///   - title: its caption.
  ///   - xTitle: of the horizontal axis.
  ///   - unit: of the values.
  ///   - series: at most eight.
  public init(_ title: String, xTitle: String, unit: StudyTable.Unit, series: [Series]) {
    (self.title, self.xTitle, self.unit, self.series) = (title, xTitle, unit, series)
  }
}
