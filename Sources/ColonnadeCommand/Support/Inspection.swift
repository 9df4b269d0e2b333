import Colonnade
import Foundation

/// A weight file's contents, and the networks it fits; what `inspect --json` prints.
struct Inspection: Encodable {
  let file: String
  let format: String
  let tensors: [Entry]
  /// What a checkpoint holds beside the tensors, in words.
  let others: [String: String]
  let metadata: [String: String]
  /// The networks that the file loads into; the closest one where there is none.
  let networks: [Fit]
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
    others = Dictionary((weights?.others ?? []).map { ($0.key, $0.kind) }) { first, _ in first }
    metadata = weights?.metadata ?? [:]
    tensors = try source.keys.map { key in
      Entry(
        key: key, type: source.type(of: key)!.rawValue, shape: source.shape(of: key)!.dimensions,
        statistics: try ElementStatistics.read(key, of: source))
    }
    let shapes = Dictionary(uniqueKeysWithValues: source.keys.map { ($0, source.shape(of: $0)!) })
    networks = Registry.fits(shapes).map { fit in
      Fit(
        network: fit.network, fits: fit.isComplete, classes: fit.classes, input_channels: fit.inputChannels,
        auxiliary_heads: fit.hasAuxiliaryHeads, agreement: fit.agreement,
        misfits: fit.misfits.map(\.description))
    }
    published = try PublishedWeights.named(by: source.path).map { published in
      let digest = try SHA256.digest(ofFile: source.path)
      return Published(name: published.fileName, digest_agrees: digest.hasPrefix(published.digestPrefix))
    }
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
        printable(tensor.key), tensor.type, "\(Shape(tensor.shape))", number(statistics?.min),
        number(statistics?.max), number(statistics?.mean), number(statistics?.std),
        statistics.map { grouped($0.nan + $0.infinite) } ?? "–",
      ])
    }
    terminal.print(terminal.styled(table.lines[0], .dim))
    for line in table.lines.dropFirst() { terminal.print(line) }

    let elements = tensors.reduce(0) { $0 + Shape($1.shape).count }
    terminal.print("\(format): \(counted(tensors.count, "tensor")), \(counted(elements, "element"))")
    if !others.isEmpty {
      let list = others.sorted { $0.key < $1.key }.map { "\(printable($0.key)) (\($0.value))" }
      terminal.print("beside them: \(list.joined(separator: ", "))")
    }
    for fit in networks {
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
  }

  private func closest(_ fit: Fit) -> String {
    guard fit.agreement > 0 else { return "fits no known network" }
    let shown = fit.misfits.prefix(3).joined(separator: "; ")
    let rest = fit.misfits.count > 3 ? "; and \(fit.misfits.count - 3) more" : ""
    return
      "fits no known network; closest is \(fit.network) (\(percent(fit.agreement, 0)) of the keys): \(shown)\(rest)"
  }
}
