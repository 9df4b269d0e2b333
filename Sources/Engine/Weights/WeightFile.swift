/// A weight file of any format that is read here, told apart by content and not by name: safetensors
/// (``SafetensorsFile``) or a PyTorch checkpoint (``CheckpointFile``).
///
/// A checkpoint's keys are shown without what `DataParallel`, `torch.compile` and a class around the network put before
/// them; ``aligned(with:)`` takes off, or leaves, what makes them a network's. What was done is in ``notes``.
public struct WeightFile: TensorFile {
  private let opened: MappedFile
  private let file: any TensorFile
  /// The first part of the keys that was asked for, with its dot.
  private let part: String
  /// The file's own keys, in the order of ``keys``.
  private let ownKeys: [String]
  private let forms: KeyForms
  /// Tensors that are not among the keys.
  private let leftOut: [String]
  private var form: KeyForms.Form
  /// The places of the keys.
  private var places: [ExactKey: Int]

  /// Opens the file and checks all of it but the elements.
  /// - Parameters:
  ///   - path: the file; a pipe is read to its end, into memory, up to 4 GiB.
  ///   - key: where the tensors are to be taken from: the keys that lead to a checkpoint's state dict, joined by dots, such
  ///     as `model_ema`, the first components of the tensors' own keys, such as `student`, or both, as ``place`` has it. Nil where there is one set.
  /// - Throws: ``WeightFileError`` where the file cannot be read, breaks its format's rules or is refused; where it is of
  ///   another format that is known; where it holds several state dicts and none is chosen.
  public init(path: String, key: String? = nil) throws { try self.init(.fileOrPipe(path), key: key) }

  /// As ``init(path:key:)``, of a file that is open.
  package init(_ opened: MappedFile, key: String? = nil) throws {
    let (path, bytes) = (opened.path, opened.bytes)
    let file: any TensorFile
    var part = key.map { $0 + "." } ?? ""
    var available: [String] = []
    if !SafetensorsHeader.isLikely(bytes), CheckpointFile.isCheckpoint(bytes) {
      let checkpoint = try CheckpointFile(opened, key: key)
      if checkpoint.isChosen {
        part = ""
      } else if !checkpoint.place.isEmpty, part.hasPrefix(checkpoint.place + ".") {
        // The way to the state dict, and behind it a part of its keys, as ``place`` tells both.
        part.removeFirst(checkpoint.place.count + 1)
      }
      available = checkpoint.available
      file = checkpoint
    } else {
      if !SafetensorsHeader.isLikely(bytes), let error = ForeignFormat.error(bytes, path: path) {
        throw error
      }
      file = try SafetensorsFile(opened)
    }
    var own = file.keys.filter { $0.utf8.starts(with: part.utf8) && $0.utf8.count > part.utf8.count }
    if let key, own.isEmpty { throw WeightFileError.nothingUnder(file: path, key: key, keys: available) }
    // How many networks `AveragedModel` has averaged; all else is the network, which it calls module.
    let isAverage =
      own.count > 1 && own.contains("n_averaged")
      && own.allSatisfy { $0 == "n_averaged" || $0.hasPrefix("module.") }
    if isAverage { own.removeAll { $0 == "n_averaged" } }
    let kept = Set(own.map(ExactKey.init))
    leftOut = own.count == file.keys.count ? [] : file.keys.filter { !kept.contains(ExactKey($0)) }
    forms = KeyForms(own.map { String(decoding: $0.utf8.dropFirst(part.utf8.count), as: UTF8.self) })
    // Safetensors are written under the keys that are meant.
    form = file is CheckpointFile ? forms.withoutWrappers : forms.asTheyAre
    places = Self.places(of: form.keys)
    ownKeys = own
    self.opened = opened
    self.file = file
    self.part = part
  }

  /// Whether it is safetensors, all of it.
  package var isSafetensors: Bool { file is SafetensorsFile && part.isEmpty }

  private static func places(of keys: [String]) -> [ExactKey: Int] {
    Dictionary(keys.enumerated().map { (ExactKey($1), $0) }) { first, _ in first }
  }

  private func with(_ form: KeyForms.Form) -> WeightFile {
    var result = self
    result.form = form
    result.places = Self.places(of: form.keys)
    return result
  }

  /// The file with its keys in the form that has most of a network's names: a prefix that all keys have is taken off, or
  /// left where the names have it too. As it is where no form has more.
  public func aligned(with names: some Sequence<String>) -> WeightFile {
    let names = Set(names.map(ExactKey.init))
    func agreement(_ form: KeyForms.Form) -> Int { form.keys.count { names.contains(ExactKey($0)) } }
    var best = (form: form, agreement: agreement(form))
    // All of them agree already, as in most files.
    if best.agreement == form.keys.count { return self }
    for form in forms.all {
      let count = agreement(form)
      if count > best.agreement { best = (form, count) }
    }
    return with(best.form)
  }

  /// The file with its keys in each form, first the one that they are in.
  package var inEveryForm: [WeightFile] {
    [self] + forms.all.filter { $0.removed != form.removed }.map { with($0) }
  }

  /// Where it was opened, as it was given; errors name it.
  public var path: String { file.path }
  public var keys: [String] { form.keys }
  public func shape(of key: String) -> Shape? { ownKey(key).flatMap { file.shape(of: $0) } }
  public func type(of key: String) -> ElementType? { ownKey(key).flatMap { file.type(of: $0) } }
  public func withBytes<R>(of key: String, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
    guard let own = ownKey(key) else { throw WeightFileError.noSuchKey(file: path, key: key) }
    return try file.withBytes(of: own, body)
  }

  private func ownKey(_ key: String) -> String? { places[ExactKey(key)].map { ownKeys[$0] } }

  /// What the file is, for people.
  public var format: String { (file as? CheckpointFile)?.format.rawValue ?? "safetensors" }

  /// The `__metadata__` of a safetensors file.
  public var metadata: [String: String] { (file as? SafetensorsFile)?.metadata ?? [:] }

  /// Where in the file the tensors are, joined by dots: the keys that lead to a checkpoint's state dict, or the part of it
  /// that was asked for; empty where they are at the top.
  public var place: String {
    let place = (file as? CheckpointFile)?.place ?? ""
    return [place, String(part.dropLast())].filter { !$0.isEmpty }.joined(separator: ".")
  }

  /// What wrappers put into the keys and is taken off, such as `module.`.
  public var removed: [String] { form.removed }

  /// What the file holds beside the tensors, such as an epoch: the keys, and in words what is there.
  public var others: [(key: String, kind: String)] {
    ((file as? CheckpointFile)?.others ?? []) + leftOut.map { ($0, "a tensor") }
  }

  /// The classes of a checkpoint's objects that were passed by, and how many there are of each; nothing was executed.
  public var skipped: [(name: String, count: Int)] { (file as? CheckpointFile)?.skipped ?? [] }

  /// The checkpoint's tensors of kinds that are not read, and of what kind each is: their keys in the form of ``keys``.
  package var unread: [ExactKey: String] {
    var kinds: [ExactKey: String] = [:]
    for (key, kind) in (file as? CheckpointFile)?.unread ?? [] where key.utf8.starts(with: part.utf8) {
      let name = String(decoding: key.utf8.dropFirst(part.utf8.count), as: UTF8.self)
      kinds[ExactKey(forms.name(of: name, in: form))] = kind
    }
    return kinds
  }

  /// The SHA-256 of the whole file, in 64 lower-case hexadecimal digits.
  package var digest: String { SHA256.digest(opened.bytes) }

  /// What people should know of how the file was read, if anything: where the tensors are, what was taken off the keys,
  /// what was left out.
  public var notes: [String] {
    var notes: [String] = []
    if !place.isEmpty { notes.append("the tensors under \(shown(place)) are read") }
    if !removed.isEmpty { notes.append("\(listed(removed.map { "'\($0)'" })) taken off the keys") }
    if !others.isEmpty { notes.append("left out: \(listed(others.map(\.key)))") }
    if !skipped.isEmpty {
      let names = skipped.map { $0.count == 1 ? $0.name : "\($0.count) × \($0.name)" }
      notes.append("skipped, not executed: \(listed(names))")
    }
    return notes
  }
}
