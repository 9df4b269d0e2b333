/// The forms in which a file's keys may be a network's: as they are, and without what wrappers put before them or into them.
///
/// `DataParallel` puts `module.` before every key, `torch.compile` `_orig_mod.`, a class around the network the name that it
/// has there, such as `model.`; in any order, one within the other.
struct KeyForms: Sendable {
  /// Keys in the file's order, and what was taken off them.
  struct Form: Sendable {
    let keys: [String]
    let removed: [String]
  }

  private let keys: [String]
  /// The keys without markers, or as they are where that would make two of them one.
  private let stems: [String]
  /// The markers that there are.
  private let markers: [String]
  /// The first components that all stems have.
  private let common: [String]

  /// Components that only wrappers of PyTorch make, wherever they stand.
  private static let knownMarkers = ["_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module"]
  /// Components that wrappers make where they stand first.
  private static let knownPrefixes: Set<String> = ["module", "model"]
  private static let mostComponents = 8

  init(_ keys: [String]) {
    self.keys = keys
    let markers = Self.knownMarkers.filter { marker in keys.contains { Self.components($0).contains(marker) }
    }
    var stems = keys
    if !markers.isEmpty {
      stems = keys.map { Self.components($0).filter { !markers.contains($0) }.joined(separator: ".") }
    }
    let areKeys = !stems.contains("") && Set(stems.map(ExactKey.init)).count == keys.count
    self.stems = areKeys ? stems : keys
    self.markers = areKeys ? markers : []
    common = Self.commonComponents(self.stems)
  }

  private static func components(_ key: String) -> [String] {
    // Most keys have none, and splitting takes time.
    guard key.utf8.contains(UInt8(ascii: "_")) else { return [key] }
    return key.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
  }

  private static func commonComponents(_ keys: [String]) -> [String] {
    guard let first = keys.first else { return [] }
    var common: [String] = []
    var prefix = ""
    for component in first.split(separator: ".", omittingEmptySubsequences: false).dropLast().prefix(
      mostComponents)
    {
      prefix += component + "."
      let length = prefix.utf8.count
      guard keys.allSatisfy({ $0.utf8.count > length && $0.utf8.starts(with: prefix.utf8) }) else { break }
      common.append(String(component))
    }
    return common
  }

  /// As they are in the file.
  var asTheyAre: Form { Form(keys: keys, removed: []) }

  /// Without markers, and without the first components that only wrappers make.
  var withoutWrappers: Form { form(without: common.prefix { Self.knownPrefixes.contains($0) }.count) }

  /// All forms.
  var all: [Form] { (markers.isEmpty ? [] : [asTheyAre]) + (0...common.count).map(form) }

  /// What a key of the file that is not among these is called in a form.
  func name(of key: String, in form: Form) -> String {
    guard !form.removed.isEmpty else { return key }
    let stem = Self.components(key).filter { !markers.contains($0) }.joined(separator: ".")
    let prefix = form.removed.dropLast(markers.count).joined(separator: "")
    guard stem.utf8.starts(with: prefix.utf8) else { return stem }
    return String(decoding: stem.utf8.dropFirst(prefix.utf8.count), as: UTF8.self)
  }

  private func form(without count: Int) -> Form {
    let removed = common.prefix(count).map { $0 + "." }
    let length = removed.reduce(0) { $0 + $1.utf8.count }
    return Form(
      keys: length == 0 ? stems : stems.map { String(decoding: $0.utf8.dropFirst(length), as: UTF8.self) },
      removed: removed + markers.map { $0 + "." })
  }
}
