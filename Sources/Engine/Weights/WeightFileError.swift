/// What is wrong with a weight file, in one line that names the file, the key and the shapes.
public enum WeightFileError: Error, Equatable, CustomStringConvertible {
  /// The file cannot be opened or read.
  case unreadable(file: String, reason: String)
  /// The file cannot be written; what was there before is untouched, unless the reason says otherwise.
  case unwritable(file: String, reason: String)
  /// The file breaks the rules of its format, at `key` where the fault lies with one.
  case malformed(file: String, key: String?, reason: String)
  /// The key asked for is not in the file.
  case noSuchKey(file: String, key: String)
  /// The elements are not of a type that can be read as asked.
  case wrongType(file: String, key: String, type: String, wanted: String)
  /// The file's name says how its SHA-256 begins, and it does not.
  case wrongDigest(file: String, claimed: String, digest: String)
  /// The file is of a format that is not read here: which, and what can be done.
  case otherFormat(file: String, format: String, advice: String)
  /// The file has several state dicts: the keys that lead to each.
  case severalStateDicts(file: String, keys: [String])
  /// No tensors are under the key that was chosen; the keys under which there are some.
  case nothingUnder(file: String, key: String, keys: [String])
  /// A file without names has another number of elements than the network wants of it; none of them is applied.
  case wrongCount(file: String, elements: Int, network: Int)
  /// The file does not fit the network: every misfit, none of them applied.
  case mismatch(file: String, misfits: [Misfit])

  /// One way in which a file does not fit a network. Shapes are as files have them.
  public enum Misfit: Equatable, Sendable, CustomStringConvertible {
    /// The network has the key, the file has not.
    case missing(key: String, shape: Shape)
    /// The file has the key, the network has not.
    case unexpected(key: String, shape: Shape)
    /// Both have the key, with different shapes.
    case wrongShape(key: String, file: Shape, network: Shape)
    /// The elements are of a type, or the tensor of a kind in words, that is not read as the parameter's: `Float`, of a counter
    /// integers.
    case wrongType(key: String, type: String)

    public var description: String {
      switch self {
      case .missing(let key, let shape): "\(shown(key)) \(shape) is missing"
      case .unexpected(let key, let shape): "\(shown(key)) \(shape) is not expected"
      case .wrongShape(let key, let file, let network):
        "\(shown(key)) is \(file) in the file, \(network) in the network"
      case .wrongType(let key, let type): "\(shown(key)) holds \(type)"
      }
    }
  }

  public var description: String {
    switch self {
    case .unreadable(let file, let reason): return "\(file): cannot be read: \(reason)"
    case .unwritable(let file, let reason): return "\(file): cannot be written: \(reason)"
    case .malformed(let file, nil, let reason): return "\(file): \(reason)"
    case .malformed(let file, let key?, let reason): return "\(file): \(shown(key)): \(reason)"
    case .noSuchKey(let file, let key): return "\(file): no tensor \(shown(key))"
    case .wrongType(let file, let key, let type, let wanted):
      return "\(file): \(shown(key)) holds \(type), not \(wanted)"
    case .wrongDigest(let file, let claimed, let digest):
      return
        "\(file): its SHA-256 begins with \(digest.prefix(claimed.count)), not with \(claimed) as its name "
        + "says: damaged, incomplete or another file"
    case .otherFormat(let file, let format, let advice): return "\(file): is \(format): \(advice)"
    case .severalStateDicts(let file, let keys):
      return
        "\(file): holds \(keys.count) state dicts, one of which must be chosen by its key: \(listed(keys))"
    case .nothingUnder(let file, let key, let keys):
      let available = keys.isEmpty ? "nor under any other key" : "only under \(listed(keys))"
      return "\(file): no tensors are under \(shown(key)), \(available)"
    case .wrongCount(let file, let elements, let network):
      return "\(file): holds \(elements) numbers where the network has \(network)"
    case .mismatch(let file, let misfits):
      return "\(file) does not fit the network: \(Misfit.summary(misfits))"
    }
  }
}

/// Names from a file in a line: the first of them, and how many more there are.
package func listed(_ names: [String], limit: Int = 8) -> String {
  let rest = names.count - limit
  return names.prefix(limit).map { shown($0) }.joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")
}
