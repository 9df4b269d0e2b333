// What does not fit, in a line: a key that is missing stands beside the one of the file that may be meant.

extension WeightFileError.Misfit {
  /// The first misfits in a line, with the number of all where there are more, and what to do where types are not read.
  ///
  /// A key that is missing is told together with the key of the file that comes closest to it, where one does: of the same
  /// shape, or called nearly the same.
  /// - Parameters:
  ///   - misfits: of one file and one network.
  ///   - limit: how many are spelt out.
  public static func summary(_ misfits: [Self], limit: Int = 5) -> String {
    guard !misfits.isEmpty else { return "nothing" }
    var unexpected: [(key: String, shape: Shape)] = []
    var others: [Self] = []
    for misfit in misfits {
      if case .unexpected(let key, let shape) = misfit {
        unexpected.append((key, shape))
      } else {
        others.append(misfit)
      }
    }
    // Some of both sides, where there are both.
    let places = max(1, limit - min(2, unexpected.count))
    var lines: [String] = []
    var told = 0
    for misfit in others.prefix(places) {
      told += 1
      if case .missing(let key, let shape) = misfit, let index = closest(to: key, shape, among: unexpected) {
        let other = unexpected.remove(at: index)
        lines.append("\(misfit), where the file has \(shown(other.key)) \(other.shape)")
        told += 1
      } else {
        lines.append(misfit.description)
      }
    }
    for (key, shape) in unexpected.prefix(limit - lines.count) {
      lines.append(Self.unexpected(key: key, shape: shape).description)
      told += 1
    }
    let rest = misfits.count - told
    var text = lines.joined(separator: "; ") + (rest > 0 ? "; and \(rest) more" : "")
    if rest > 0 { text = "\(counts(misfits)): \(text)" }
    let kinds = misfits.compactMap { misfit -> String? in
      if case .wrongType(_, let kind) = misfit { kind } else { nil }
    }
    if let part = part(of: misfits) {
      text += "; all that is missing is there under \(shown(part)): choose that key"
    }
    return kinds.isEmpty ? text : "\(text); \(UnreadKind.advice(kinds))"
  }

  /// The first components of the file's keys under which every missing one is; nil where there are none.
  private static func part(of misfits: [Self]) -> String? {
    var (missing, unexpected) = ([String](), [String]())
    for misfit in misfits {
      switch misfit {
      case .missing(let key, _): missing.append(key)
      case .unexpected(let key, _): unexpected.append(key)
      case .wrongShape, .wrongType: break
      }
    }
    // Of one alone the line says it.
    guard let first = missing.first, missing.count > 1 else { return nil }
    let there = Set(unexpected.map(ExactKey.init))
    return unexpected.lazy.filter { $0.hasSuffix("." + first) }.prefix(mostParts)
      .map { String($0.dropLast(first.count + 1)) }
      .first { part in missing.allSatisfy { there.contains(ExactKey("\(part).\($0)")) } }
  }

  /// How many there are of each kind.
  private static func counts(_ misfits: [Self]) -> String {
    var (missing, unexpected, shapes, types) = (0, 0, 0, 0)
    for misfit in misfits {
      switch misfit {
      case .missing: missing += 1
      case .unexpected: unexpected += 1
      case .wrongShape: shapes += 1
      case .wrongType: types += 1
      }
    }
    let kinds = [
      (missing, "missing"), (unexpected, "not expected"), (shapes, "of another shape"),
      (types, "of another type"),
    ]
    return kinds.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
  }

  // MARK: Pairs

  /// How many keys are compared, and of how many bytes the ends: a file must not cost time by what it holds.
  private static let mostKeys = 500
  /// How many parts of a file are looked at for all that is missing.
  private static let mostParts = 8
  private static let mostBytes = 64

  /// The key of the file that a missing one may be: one that ends in the other, one of the same shape and last
  /// component, or one that differs in less than a third; of these the one that differs least, equal shapes first.
  private static func closest(to key: String, _ shape: Shape, among keys: [(key: String, shape: Shape)])
    -> Int?
  {
    let wanted = Array(key.utf8.suffix(mostBytes))
    var best: (index: Int, cost: Int)?
    for (index, other) in keys.prefix(mostKeys).enumerated() {
      let name = Array(other.key.utf8.suffix(mostBytes))
      let hasShape = other.shape == shape
      var cost = 0
      if !isEnd(wanted, of: name) && !isEnd(name, of: wanted) {
        cost = EditDistance.between(wanted, name)
        let isAlike = 3 * cost < max(wanted.count, name.count)
        guard isAlike || hasShape && lastComponent(wanted) == lastComponent(name) else { continue }
      }
      if !hasShape { cost += mostBytes }
      if cost < best?.cost ?? .max { best = (index, cost) }
    }
    return best?.index
  }

  /// Whether a name of several components is the end of a longer one.
  private static func isEnd(_ end: [UInt8], of name: [UInt8]) -> Bool {
    let dot = UInt8(ascii: ".")
    return name.count > end.count && end.contains(dot) && name.suffix(end.count).elementsEqual(end)
      && name[name.count - end.count - 1] == dot
  }

  private static func lastComponent(_ name: [UInt8]) -> ArraySlice<UInt8> {
    name[(name.lastIndex(of: UInt8(ascii: ".")).map { $0 + 1 } ?? 0)...]
  }
}
