import Colonnade

/// Lines of cells in columns, each as wide as its widest cell. Control characters in cells are escaped.
struct TextTable {
  enum Alignment { case left, right }

  private let alignments: [Alignment]
  private var rows: [[String]] = []

  /// - Parameters:
  ///   - alignments: of the columns.
  ///   - header: the first line's cells; nil for none.
  init(_ alignments: [Alignment], header: [String]? = nil) {
    self.alignments = alignments
    if let header { add(header) }
  }

  /// - Precondition: there are as many cells as columns.
  mutating func add(_ cells: [String]) {
    precondition(
      cells.count == alignments.count, "TextTable: \(cells.count) cells in \(alignments.count) columns")
    rows.append(cells.map { printable($0) })
  }

  /// The lines, without trailing spaces.
  var lines: [String] {
    let widths = alignments.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      let cells = row.indices.map { column in
        let space = String(repeating: " ", count: widths[column] - row[column].count)
        return alignments[column] == .left ? row[column] + space : space + row[column]
      }
      let line = cells.joined(separator: "  ")
      return String(line[..<(line.lastIndex { $0 != " " }.map(line.index(after:)) ?? line.startIndex)])
    }
  }
}
