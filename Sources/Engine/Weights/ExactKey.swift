/// A name from a file, compared byte by byte. Strings are equal where Unicode calls them equivalent: "é" as one scalar and
/// as an "e" with an accent are two keys of a file, and one `String`.
package struct ExactKey: Hashable, Comparable, Sendable {
  package let text: String

  package init(_ text: String) { self.text = text }

  package static func == (a: ExactKey, b: ExactKey) -> Bool { a.text.utf8.elementsEqual(b.text.utf8) }

  package static func < (a: ExactKey, b: ExactKey) -> Bool {
    a.text.utf8.lexicographicallyPrecedes(b.text.utf8)
  }

  package func hash(into hasher: inout Hasher) {
    var copy = text
    copy.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
  }
}
