import Foundation

/// Shell patterns over parameter names: `*` is any run of characters (dots too), `?` any one, `[abc]` any of these.
package enum Glob {
  package static func matches(_ pattern: String, _ name: String) -> Bool { fnmatch(pattern, name, 0) == 0 }

  /// Whether any of the patterns matches.
  package static func matches(_ patterns: [String], _ name: String) -> Bool {
    patterns.contains { matches($0, name) }
  }
}
