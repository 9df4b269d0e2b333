import Foundation
import Images

/// Classified pictures as they were found, before it is known what they are wanted for.
struct OpenedData {
  var name: String
  var path: String
  var train: any Dataset<Int>
  var validation: (any Dataset<Int>)?
  /// A folder of classes without parts.
  var isUndivided = false
  var attribution: String?
  var preprocessing: Preprocessing?
  var findings: DataFindings?

  private static let builtIn = "builtin:"

  static func open(_ argument: String, _ options: DataOptions) throws -> OpenedData {
    if argument.hasPrefix(builtIn), let data = try named(String(argument.dropFirst(builtIn.count))) {
      return data
    }
    guard ["digits", "fashion-mnist"].contains(argument) else { return try open(folder: argument, options) }
    guard FileReading.isFolder(FileReading.url(argument)) == true else { return try named(argument)! }
    do {
      var data = try open(folder: argument, options)
      data.findings?.choice = "the folder of this name is read; the data set is \(builtIn)\(argument)"
      return data
    } catch let error as DatasetError {
      switch error {
      case .unknownLayout, .emptyFolder: break
      default: throw error
      }
      var data = try named(argument)!
      data.findings = DataFindings(folder: argument)
      data.findings?.choice = "the data set of this name is read, for the folder here holds no pictures"
      return data
    }
  }

  private static func named(_ name: String) throws -> OpenedData? {
    switch name {
    case "digits":
      let parts = try Digits.load()
      return OpenedData(
        name: "UCI digits", path: name, train: parts.train, validation: parts.test,
        attribution: Digits.attribution, preprocessing: Digits.preprocessing)
    case "fashion-mnist":
      let parts = try FashionMNIST.load()
      return OpenedData(
        name: "Fashion-MNIST", path: name, train: parts.train, validation: parts.test,
        preprocessing: FashionMNIST.preprocessing)
    default: return nil
    }
  }

  private static func open(folder: String, _ options: DataOptions) throws -> OpenedData {
    let root = BytePath(folder)
    let name = FileReading.url(folder).lastPathComponent
    if FileReading.isFolder(FileReading.url(folder)) == false {
      if TarArchive.isOne(root) { return try TarShards.open([folder], name: name, path: folder, options) }
      if let other = otherFormat(root) {
        throw DatasetError.invalidTable(file: folder, line: nil, reason: other)
      }
      return try PictureTable.open(root, name: name, path: folder, options)
    }
    let layout = try FolderLayout(root)
    func dataset(_ folder: BytePath) throws -> FolderDataset {
      try FolderDataset(folder, PictureReading(options))
    }
    if case .parts(let parts) = layout.kind {
      let train = try dataset(parts.train)
      let validation: FolderDataset?
      if let folder = parts.validation {
        validation = try dataset(folder).withClasses(of: train)
      } else {
        validation = nil
      }
      return OpenedData(
        name: name, path: folder, train: train, validation: validation,
        findings: findings(layout.findings, train, validation))
    }
    if case .validation(let part) = layout.kind {
      let pictures = try dataset(part)
      var findings = layout.findings
      findings.add(pictures.findings)
      return OpenedData(name: name, path: folder, train: pictures, isUndivided: true, findings: findings)
    }
    var unread: String?
    if let data = try filed(root, layout, name: name, path: folder, options, unread: &unread) { return data }
    if let files = try IDXFolder(root, layout.files) {
      var data = try files.open(name: name)
      data.findings = layout.findings
      data.findings?.count(unusedFiles: files.unused, folders: layout.folders)
      let missing = data.missingInValidation
      data.findings?.missingInValidation = missing
      return data
    }
    guard case .classes = layout.kind else { throw DatasetError.unknownLayout(path: folder) }
    let pictures = try dataset(root)
    var findings = pictures.findings
    findings.notes += layout.findings.notes
    if let unread { findings.notes.append(unread) }
    return OpenedData(name: name, path: folder, train: pictures, isUndivided: true, findings: findings)
  }

  /// What a file that is named as the data is in place of a table, and what to do; nil where it may be one.
  private static func otherFormat(_ file: BytePath) -> String? {
    let head = FileReading.beginning(file, count: 4)
    if head.starts(with: [0x1F, 0x8B]) { return "it is compressed by gzip: unpack it first (gunzip)" }
    if head.starts(with: [0x50, 0x4B, 0x03, 0x04]) {
      return "it is a zip archive, as .npz is: unpack it first"
    }
    guard let format = PictureFormat(contentsOf: file) else { return nil }
    if case .other(let name, _) = format { return "it is \(name), no data set" }
    return "it is a picture, no data set: name the folder that it is in"
  }

  /// What a folder without parts holds where its files are a table, CIFAR's or archives.
  /// - Parameter unread: why a table that is there is not read.
  private static func filed(
    _ root: BytePath, _ layout: FolderLayout, name: String, path: String, _ options: DataOptions,
    unread: inout String?
  ) throws -> OpenedData? {
    func file(_ names: [String]) -> [UInt8]? {
      names.lazy.compactMap { name in layout.files.first { BytePath.text($0).lowercased() == name } }.first
    }
    if let train = file(["train.csv", "labels.csv"]) {
      let validation = file(["val.csv", "valid.csv", "validation.csv", "test.csv"])
      do {
        var table = try PictureTable.open(
          root.appending(train), validation: validation.map { root.appending($0) }, name: name, path: path,
          options)
        if case .classes = layout.kind {
          table.findings?.choice = "the table \(BytePath.text(train)) is read"
        }
        // The pictures that it names may be anywhere: folders are not called unused.
        let named = table.namedFiles
        let unused = layout.files.filter {
          $0 != train && $0 != validation && !named.contains(root.appending($0))
        }
        table.findings?.count(unusedFiles: unused, folders: [])
        return table
      } catch let error as DatasetError {
        // Beside class folders a table may be about something else: the folders are the data. One folder is no class folder but
        // where the table's pictures are.
        guard case .invalidTable = error, layout.folders.count > 1 else { throw error }
        unread = "not read: \(error)"
        return nil
      }
    }
    var (data, used) = (nil as OpenedData?, [[UInt8]]())
    if let files = CIFARFolder(root, layout.files) {
      data = try files.open(name: name)
      data?.findings = layout.findings
      used = layout.files.filter { !files.unused.contains($0) }
    } else if case .files = layout.kind {
      let archives = layout.files.filter { TarArchive.isOne(root.appending($0)) }
      guard !archives.isEmpty else { return nil }
      let paths = archives.map { root.appending($0).description }
      data = try TarShards.open(paths, name: name, path: path, options)
      used = archives
    }
    data?.findings?.count(
      unusedFiles: layout.files.filter { !used.contains($0) }, folders: layout.folders)
    return data
  }

  /// The files of a table's pictures.
  private var namedFiles: Set<BytePath> {
    Set([train, validation].compactMap { $0 as? PathDataset }.flatMap(\.paths))
  }

  /// The classes of which there are pictures in memory to train on and none to validate by.
  private var missingInValidation: [String] {
    guard let train = train as? InMemoryDataset, let validation = validation as? InMemoryDataset else {
      return []
    }
    func present(_ part: InMemoryDataset) -> Set<Int> { Set((0..<part.count).map(part.target)) }
    return present(train).subtracting(present(validation)).sorted().map { train.classNames[$0] }
  }

  private static func findings(
    _ root: DataFindings, _ train: FolderDataset, _ validation: FolderDataset?
  ) -> DataFindings {
    var result = root
    result.add(train.findings)
    guard let validation else { return result }
    // An empty folder of a class that is trained is a class without pictures in validation, and named below.
    var findings = validation.findings
    findings.emptyClasses.removeAll { train.classNames.contains($0) }
    result.add(findings)
    let present = validation.presentLabels
    result.missingInValidation = train.classNames.indices.filter { !present.contains($0) }.map {
      train.classNames[$0]
    }
    return result
  }

  /// Both parts, a share split off where one was asked for.
  func source(_ options: DataOptions) throws -> DataSource<Int> {
    var (train, validation, findings) = (self.train, self.validation, self.findings)
    if options.skipsBroken {
      (train, findings) = sound(train, options)
      if let part = validation {
        let (sound, more) = sound(part, options)
        validation = sound
        findings?.broken += more?.broken ?? []
      }
    }
    if let share = options.validationShare {
      guard validation == nil else { throw DatasetError.hasValidation(path: path) }
      (train, validation) = Self.split(train, share, options.seed)
    }
    guard let validation else { throw DatasetError.noValidation(path: path) }
    return DataSource(
      name: name, train: train, validation: validation, attribution: attribution,
      preprocessing: preprocessing, findings: findings, options: options)
  }

  /// Without the pictures that cannot be read, where that was asked for.
  func sound(_ part: any Dataset<Int>, _ options: DataOptions) -> (any Dataset<Int>, DataFindings?) {
    guard options.skipsBroken, !(part is InMemoryDataset) else { return (part, findings) }
    let (indices, errors) = part.soundExamples()
    guard !errors.isEmpty else { return (part, findings) }
    var found = findings ?? DataFindings(folder: path)
    found.broken = errors.map { "\($0)" }
    return (Subset(part, indices: indices), found)
  }

  private static func split(
    _ dataset: any Dataset<Int>, _ share: Double, _ seed: UInt64
  ) -> (any Dataset<Int>, any Dataset<Int>) {
    // Labels of folders and of memory are known without reading anything.
    guard let parts = try? dataset.split(share: share, seed: seed) else {
      preconditionFailure("OpenedData.split: a label cannot be read")
    }
    if let pictures = dataset as? InMemoryDataset {
      return (pictures.selecting(parts.train), pictures.selecting(parts.validation))
    }
    return (Subset(dataset, indices: parts.train), Subset(dataset, indices: parts.validation))
  }
}
