import Images

/// How a data folder is laid out, found by what is in it.
struct FolderLayout {
  /// The parts of a folder that has them.
  struct Parts {
    let train: BytePath
    let validation: BytePath?
  }

  enum Kind {
    case parts(Parts)
    /// Pictures to measure by, a folder a class, and none to train on.
    case validation(BytePath)
    /// A folder a class, and no parts.
    case classes
    /// Files, and no folders of pictures.
    case files
  }

  let kind: Kind
  /// What is left out of the folder itself; its files, and of a folder without parts its folders, are not counted yet.
  private(set) var findings: DataFindings
  /// The names of its folders, in order.
  let folders: [[UInt8]]
  /// The names of its files, litter left out, in order.
  let files: [[UInt8]]

  private static let trainNames = ["train", "training"]
  /// The first that is there is taken.
  private static let validationNames = ["val", "valid", "validation", "test", "testing"]

  /// - Throws: ``DatasetError`` where a folder cannot be read.
  init(_ root: BytePath) throws {
    var findings = DataFindings(folder: root.description)
    var (folders, files) = ([[UInt8]](), [[UInt8]]())
    try FolderReader.read(root) { name, kind in
      if let litter = EntryNames.litter(name) {
        findings.litter[litter, default: 0] += 1
      } else if EntryNames.isHidden(name) {
        findings.hidden += 1
      } else {
        switch kind {
        case .folder: folders.append(Array(name))
        case .file: files.append(Array(name))
        case .other: findings.special += 1
        }
      }
      return true
    }
    folders.sort { $0.lexicographicallyPrecedes($1) }
    self.folders = folders
    self.files = files.sorted { $0.lexicographicallyPrecedes($1) }
    self.findings = findings
    let used: [BytePath?]
    if let parts = try Self.parts(root, folders) {
      kind = .parts(parts)
      used = [parts.train, parts.validation]
    } else if let validation = try Self.validation(root, folders) {
      kind = .validation(validation)
      used = [validation]
    } else {
      kind = folders.isEmpty ? .files : .classes
      if let note = try Self.doubt(root, folders) { self.findings.notes.append(note) }
      return
    }
    self.findings.count(
      unusedFiles: self.files, folders: folders.filter { !used.contains(root.appending($0)) })
  }

  /// The parts of a folder that must have them.
  /// - Throws: ``DatasetError``.
  static func parts(_ root: BytePath) throws -> Parts {
    guard case .parts(let parts) = try FolderLayout(root).kind else {
      throw DatasetError.unreadable(path: root.appending("train".utf8).description, reason: "no such folder")
    }
    return parts
  }

  /// A folder `train` is a part where it holds folders, and a class where it holds pictures; where it holds both, or
  /// other classes are beside it, that there is a validation part decides.
  private static func parts(_ root: BytePath, _ folders: [[UInt8]]) throws -> Parts? {
    func named(_ names: [String]) -> [BytePath] { Self.named(names, root, folders) }
    guard let train = named(trainNames).first else { return nil }
    let inTrain = try contents(of: train)
    for validation in named(validationNames) {
      // Without class folders it is a class itself, or pictures of no known class.
      guard try contents(of: validation).hasFolders else { continue }
      return !inTrain.hasPictures || inTrain.hasFolders ? Parts(train: train, validation: validation) : nil
    }
    if inTrain.hasPictures { return nil }
    for folder in folders.map({ root.appending($0) }) where folder != train {
      let isPart = named(validationNames).contains(folder)
      if !isPart, try contents(of: folder).hasPictures { return nil }
    }
    return Parts(train: train, validation: nil)
  }

  /// Where all folders are parts to validate by or to test by, and hold class folders, the first of them.
  private static func validation(_ root: BytePath, _ folders: [[UInt8]]) throws -> BytePath? {
    guard !folders.isEmpty,
      folders.allSatisfy({ validationNames.contains(BytePath.text($0).lowercased()) })
    else { return nil }
    let parts = named(validationNames, root, folders)
    let arePartsAll = try parts.allSatisfy { part in
      let found = try contents(of: part)
      return found.hasFolders && !found.hasPictures
    }
    return arePartsAll ? parts.first : nil
  }

  /// What may be meant otherwise where folders are taken for classes.
  private static func doubt(_ root: BytePath, _ folders: [[UInt8]]) throws -> String? {
    let names = folders.map { BytePath.text($0).lowercased() }
    if !names.isEmpty, names.allSatisfy({ (trainNames + validationNames).contains($0) }) {
      let found = listed(folders.map(BytePath.text))
      return "\(found) taken for classes: there are pictures in them, and no class folders"
    }
    guard folders.count == 1 else { return nil }
    let only = root.appending(folders[0])
    var inner: [[UInt8]] = []
    try FolderReader.read(only) { name, kind in
      if kind == .folder { inner.append(Array(name)) }
      return true
    }
    guard try parts(only, inner) != nil else { return nil }
    let name = BytePath.text(folders[0])
    return "one class, \(name); it holds parts of a data set: name \(only.description) for them"
  }

  private static func named(_ names: [String], _ root: BytePath, _ folders: [[UInt8]]) -> [BytePath] {
    names.compactMap { name in folders.first { BytePath.text($0).lowercased() == name } }
      .map { root.appending($0) }
  }

  /// What is in a folder itself, no deeper.
  private static func contents(of folder: BytePath) throws -> (hasFolders: Bool, hasPictures: Bool) {
    var result = (hasFolders: false, hasPictures: false)
    try FolderReader.read(folder) { name, kind in
      if EntryNames.isHidden(name) || EntryNames.litter(name) != nil { return true }
      if kind == .folder { result.hasFolders = true }
      if kind == .file && EntryNames.isPicture(name) { result.hasPictures = true }
      return !(result.hasFolders && result.hasPictures)
    }
    return result
  }
}

extension DataFindings {
  /// Counts files that are not used by their endings, and names folders.
  mutating func count(unusedFiles files: [[UInt8]], folders: [[UInt8]]) {
    unusedFolders += folders.map(BytePath.text)
    for file in files {
      file.withUnsafeBufferPointer { name in
        if EntryNames.isPicture(name) {
          loosePictures += 1
        } else {
          otherFiles[EntryNames.shownEnding(name), default: 0] += 1
        }
      }
    }
  }
}
