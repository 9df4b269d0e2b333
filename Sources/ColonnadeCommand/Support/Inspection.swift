import Colonnade
import Foundation

/// A weight file's contents, and the networks it fits; what `inspect --json` prints.
struct Inspection: Encodable {
  let file: String
  let format: String
  let tensors: [Entry]
  /// Where in a checkpoint the tensors are; empty at the top.
  let under: String
  /// What wrappers put into all keys, and is taken off.
  let removed: [String]
  /// What a checkpoint holds beside the tensors, in words.
  let others: [String: String]
  /// The classes of objects that were passed by without executing anything, and how many there are of each.
  let skipped: [String: Int]
  let metadata: [String: String]
  /// The networks that the file loads into; the closest one where there is none.
  let networks: [Fit]
  /// The detector that the file says it holds the weights of; nil where it says nothing.
  let detector: String?
  /// Nil where the file is not called like a published one.
  let published: Published?

  struct Entry: Encodable {
    let key: String
    let type: String
    let shape: [Int]
    let statistics: ElementStatistics?
  }

  struct Fit: Encodable {
    let network: String
    let fits: Bool
    let classes: Int
    let input_channels: Int
    let auxiliary_heads: Bool
    /// The share of keys with equal shapes.
    let agreement: Double
    let misfits: [String]
    /// What must be taken off all keys.
    let without: [String]
    /// Of ``misfits``, for people.
    let summary: String

    private enum CodingKeys: String, CodingKey {
      case network, fits, classes, input_channels, auxiliary_heads, agreement, misfits, without
    }
  }

  struct Published: Encodable {
    let name: String
    /// Whether the SHA-256 begins as the name says.
    let digest_agrees: Bool
  }

  /// - Throws: `WeightFileError` where elements cannot be read.
  init(_ source: some TensorFile) throws {
    file = source.path
    let weights = source as? WeightFile
    format = weights?.format ?? "NumPy"
    under = weights?.place ?? ""
    removed = weights?.removed ?? []
    others = Dictionary((weights?.others ?? []).map { ($0.key, $0.kind) }) { first, _ in first }
    skipped = Dictionary((weights?.skipped ?? []).map { ($0.name, $0.count) }) { first, _ in first }
    metadata = weights?.metadata ?? [:]
    tensors = try source.keys.map { key in
      Entry(
        key: key, type: source.type(of: key)!.rawValue, shape: source.shape(of: key)!.dimensions,
        statistics: try ElementStatistics.read(key, of: source))
    }
    networks = if let weights { Self.fits(weights.inEveryForm) } else { Self.fits([source]) }
    detector = weights.flatMap { TrainedDetector.name(of: $0) }
    published = try PublishedWeights.named(by: source.path).map { published in
      let digest = try weights?.digest ?? SHA256.digest(ofFile: source.path)
      return Published(name: published.fileName, digest_agrees: digest.hasPrefix(published.digestPrefix))
    }
  }

  /// The networks that the file loads into under one form of its keys, else the closest one under any.
  private static func fits(_ forms: [any TensorFile]) -> [Fit] {
    var best: [Fit] = []
    for form in forms {
      let fits = Registry.standard.fits(form).map { fit in
        Fit(
          network: fit.network, fits: fit.isComplete, classes: fit.classes, input_channels: fit.inputChannels,
          auxiliary_heads: fit.hasAuxiliaryHeads, agreement: fit.agreement,
          misfits: fit.misfits.map(\.description), without: (form as? WeightFile)?.removed ?? [],
          summary: WeightFileError.Misfit.summary(fit.misfits, limit: 3))
      }
      if fits.first?.agreement ?? 0 > best.first?.agreement ?? -1 { best = fits }
      if best.first?.fits ?? false { break }
    }
    return best
  }

  func print() {
    let terminal = Terminal.standardOutput
    var table = TextTable(
      [.left, .left, .left, .right, .right, .right, .right, .right],
      header: ["key", "type", "shape", "min", "max", "mean", "std", "not finite"])
    for tensor in tensors {
      let statistics = tensor.statistics
      func number(_ value: Double?) -> String { value.map { String(format: "%.4g", $0) } ?? "–" }
      table.add([
        shown(tensor.key, limit: .max), tensor.type, "\(Shape(tensor.shape))", number(statistics?.min),
        number(statistics?.max), number(statistics?.mean), number(statistics?.std),
        statistics.map { grouped($0.nan + $0.infinite) } ?? "–",
      ])
    }
    terminal.print(terminal.styled(table.lines[0], .dim))
    for line in table.lines.dropFirst() { terminal.print(line) }

    let elements = tensors.reduce(0) { $0 + Shape($1.shape).count }
    terminal.print("\(format): \(counted(tensors.count, "tensor")), \(counted(elements, "element"))")
    if !under.isEmpty { terminal.print("under \(shown(under))") }
    if !removed.isEmpty { terminal.print("\(prefixes(removed)) taken off the keys") }
    if !others.isEmpty {
      let list = others.sorted { $0.key < $1.key }.map { "\(shown($0.key)) (\($0.value))" }
      terminal.print("beside them: \(list.joined(separator: ", "))")
    }
    if !skipped.isEmpty {
      let list = skipped.sorted { $0.key < $1.key }.map { "\($0.value) × \(shown($0.key))" }
      terminal.print("skipped, not executed: \(list.joined(separator: ", "))")
    }
    if Set(tensors.map(\.key)).count < tensors.count {
      terminal.print("keys that look alike differ in their Unicode normalization")
    }
    if let detector { terminal.print("the weights of the detector \(shown(detector)), as the metadata say") }
    // A detector is none of the networks, and like none.
    for fit in networks where fit.fits || detector == nil {
      terminal.print(fit.fits ? "fits \(fit.network), \(describe(fit))" : closest(fit))
    }
    if let published {
      terminal.print(
        published.digest_agrees
          ? "published by torchvision: the checksum agrees with the name"
          : "called \(published.name) like a file of torchvision's, but its checksum differs: not that file")
    }
  }

  private func describe(_ fit: Fit) -> String {
    "\(counted(fit.classes, "class")), \(counted(fit.input_channels, "input channel"))"
      + (fit.auxiliary_heads ? ", with auxiliary heads" : "")
      + (fit.without == removed ? "" : ", without \(prefixes(fit.without)) before its keys")
  }

  private func prefixes(_ names: [String]) -> String { listed(names.map { "'\($0)'" }) }

  private func closest(_ fit: Fit) -> String {
    guard fit.agreement > 0 else { return "fits no known network" }
    return
      "fits no known network; closest is \(fit.network) (\(percent(fit.agreement, 0)) of the keys): \(fit.summary)"
  }
}
