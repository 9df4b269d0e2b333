import Engine

/// What was wrong with the annotations of a data set: nothing of it stops the reading, all of it is counted.
public struct AnnotationReport: Codable, Hashable, Sendable {
  /// A kind of thing that is wrong, and what is made of it.
  public enum Kind: String, Codable, CaseIterable, CodingKeyRepresentable, Hashable, Sendable {
    /// A file that is not what it should be; its picture, or the rest of it, is left out.
    case brokenFile
    /// A picture that its annotations or a split name and that is not there or is none; left out.
    case missingPicture
    /// A picture of which no file says what is in it; left out, for it may show anything.
    case missingAnnotation
    /// An object whose class or numbers cannot be read; left out.
    case brokenObject
    /// A box without a positive width and height; left out.
    case degenerate
    /// A box at most a pixel wide or high, such as a slip of the mouse leaves; kept.
    case thin
    /// A box of which nothing is in the picture; left out.
    case outside
    /// A box that reaches beyond the picture by more than half a pixel; cut at its edge.
    case clipped
    /// An object of a class that is not among the classes wanted; left out.
    case unknownClass
    /// A size that the annotation says and the picture has not; the picture's counts.
    case differentSize
    /// A split whose folders or lists, as a .yaml file names them, are not there; it is what the folders' names make it.
    case unknownSplit
    /// A picture that no list of a split names, where lists say what the splits are; in none of them.
    case unlisted
  }

  /// One thing that was wrong.
  public struct Finding: Codable, Hashable, Sendable, CustomStringConvertible {
    /// What kind of thing.
    public let kind: Kind
    /// The file's path.
    public let file: String
    /// Counted from 1; nil where it is of the file as a whole.
    public let line: Int?
    /// In words.
    public let detail: String

    /// One line that names file and line, control characters escaped.
    public var description: String { printable("\(file)\(line.map { ":\($0)" } ?? ""): \(detail)") }
  }

  /// At most this many findings are kept in words; all are counted.
  public static let maximumFindings = 10_000

  /// In the order in which the files were read; the first ``maximumFindings``.
  public private(set) var findings: [Finding] = []
  /// How many there are of each kind; kinds without any are left out.
  public private(set) var counts: [Kind: Int] = [:]

  /// Nothing is wrong so far.
  public init() {}

  /// Whether nothing is wrong.
  public var isEmpty: Bool { counts.isEmpty }

  /// Counts what is wrong.
  /// - Parameters:
  ///   - kind: what kind of thing.
  ///   - file: the file's path.
  ///   - line: counted from 1; nil where it is of the file as a whole.
  ///   - detail: in words.
  public mutating func add(_ kind: Kind, file: String, line: Int? = nil, _ detail: String) {
    add(kind, count: 1, file: file, line: line, detail)
  }

  /// Counts several things of a kind that one finding tells.
  mutating func add(_ kind: Kind, count: Int, file: String, line: Int? = nil, _ detail: String) {
    counts[kind, default: 0] += count
    guard findings.count < Self.maximumFindings else { return }
    findings.append(Finding(kind: kind, file: file, line: line, detail: detail))
  }

  /// Counts what another report has, after what this one has.
  public mutating func add(_ other: AnnotationReport) {
    for (kind, count) in other.counts { counts[kind, default: 0] += count }
    findings += other.findings.prefix(Self.maximumFindings - findings.count)
  }
}

extension AnnotationReport {
  /// ``description``, and the first finding of up to three kinds by file and line, those first by which a split is another one or
  /// something is lost.
  package var summary: String {
    let kinds = [.unknownSplit] + Kind.allCases.filter(\.losesObjects) + [.differentSize]
    let first = kinds.compactMap { kind in findings.first { $0.kind == kind } }.prefix(3)
    guard !first.isEmpty else { return description }
    return "\(description) (such as \(first.map(\.description).joined(separator: "; ")))"
  }
}

extension AnnotationReport: CustomStringConvertible {
  /// One line: how many of each kind, such as "2 broken files, 1 box of a pixel"; "nothing wrong" where there is none.
  public var description: String {
    let parts = Kind.allCases.compactMap { kind in counts[kind].map(kind.words) }
    return parts.isEmpty ? "nothing wrong" : parts.joined(separator: ", ")
  }
}

extension AnnotationReport.Kind {
  /// Whether pictures or objects are left out for it.
  fileprivate var losesObjects: Bool {
    switch self {
    case .thin, .clipped, .differentSize, .unknownSplit: false
    default: true
    }
  }

  /// As a line of a summary says it.
  func words(_ count: Int) -> String {
    let (one, several) =
      switch self {
      case .brokenFile: ("broken file", "broken files")
      case .missingPicture: ("missing picture", "missing pictures")
      case .missingAnnotation: ("picture without annotation", "pictures without annotation")
      case .brokenObject: ("broken object", "broken objects")
      case .degenerate: ("box without area", "boxes without area")
      case .thin: ("box of a pixel", "boxes of a pixel")
      case .outside: ("box outside the picture", "boxes outside the picture")
      case .clipped: ("box cut at the picture's edge", "boxes cut at the picture's edge")
      case .unknownClass: ("object of another class", "objects of other classes")
      case .differentSize: ("wrong size", "wrong sizes")
      case .unknownSplit: ("split that is not found", "splits that are not found")
      case .unlisted: ("picture in no list", "pictures in no list")
      }
    return "\(count) \(count == 1 ? one : several)"
  }
}
