import Engine

/// What is wrong with a darknet configuration, in one line that names the file, the line and the section.
public enum DarknetError: Error, Equatable, CustomStringConvertible {
  /// Where something is wrong.
  public struct Place: Hashable, Sendable, CustomStringConvertible {
    /// The file, as the text was called.
    public let file: String
    /// From 1; 0 is the file as a whole.
    public let line: Int
    /// The section's name without brackets; empty before the first one.
    public let section: String

    /// - Parameters:
    ///   - file: as the text was called.
    ///   - line: from 1; 0 is the file as a whole.
    ///   - section: without brackets; empty before the first one.
    public init(file: String, line: Int, section: String = "") {
      (self.file, self.line, self.section) = (file, line, section)
    }

    public var description: String {
      "\(file)" + (line > 0 ? ":\(line)" : "") + (section.isEmpty ? "" : ": [\(shown(section))]")
    }
  }

  /// A line is neither a section's head, nor `key=value`, nor a comment.
  case malformedLine(Place, text: String)
  /// The sections make no network: there is no `[net]` at the head, or nothing behind it.
  case noNetwork(Place, reason: String)
  /// No layer of this kind is known here.
  case unknownSection(Place)
  /// A key is missing that has no default here.
  case missingKey(Place, key: String)
  /// A key's value is not of its kind, or out of bounds.
  case invalidValue(Place, key: String, value: String, expected: String)
  /// A key asks for what is not done here.
  case unsupported(Place, key: String, value: String)
  /// A layer does not fit those before it.
  case misfit(Place, reason: String)

  public var description: String {
    switch self {
    case .malformedLine(let place, let text):
      "\(place): '\(shown(text))' is neither a section, nor key=value, nor a comment"
    case .noNetwork(let place, let reason): "\(place): \(reason)"
    case .unknownSection(let place): "\(place): no layer of this kind is known"
    case .missingKey(let place, let key): "\(place): '\(key)' is missing"
    case .invalidValue(let place, let key, let value, let expected):
      "\(place): \(shown(key))=\(shown(value)): \(expected) is expected"
    case .unsupported(let place, let key, let value):
      "\(place): \(shown(key))=\(shown(value)) is not supported"
    case .misfit(let place, let reason): "\(place): \(reason)"
    }
  }
}
