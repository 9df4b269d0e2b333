import Engine
import Foundation

/// Text and numbers as the report shows them.
enum HTML {
  /// Text that is nothing but text in HTML and in attributes, its control characters escaped.
  static func escaped(_ text: String) -> String {
    var result = ""
    for character in printable(text).unicodeScalars {
      switch character {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      default: result.unicodeScalars.append(character)
      }
    }
    return result
  }

  /// 0.9833 as `98.33 %`.
  static func percent(_ share: Double, digits: Int = 2) -> String {
    String(format: "%.\(digits)f\u{202F}%%", share * 100)
  }

  /// Four significant digits, without superfluous zeros.
  static func number(_ value: Double) -> String { String(format: "%.4g", value) }

  /// With a thin space between thousands.
  static func count(_ value: Int) -> String {
    var digits = String(value)
    var place = digits.count - 3
    while place > 0 {
      digits.insert("\u{202F}", at: digits.index(digits.startIndex, offsetBy: place))
      place -= 3
    }
    return digits
  }

  /// A number of things: 1 class, 2,048 classes, with a thin space between thousands.
  static func counted(_ value: Int, _ noun: String) -> String { "\(count(value)) \(plural(noun, value))" }

  static func duration(_ seconds: Double) -> String {
    let whole = Int(seconds.rounded())
    if whole >= 3600 { return "\(whole / 3600) h \(whole % 3600 / 60) min" }
    if whole >= 60 { return "\(whole / 60) min \(whole % 60) s" }
    return String(format: seconds < 10 ? "%.1f s" : "%.0f s", seconds)
  }
}
