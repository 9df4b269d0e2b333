import Foundation
import Images

/// The pictures of a folder of class folders, those in folders inside them included, and what is not used.
///
/// Classes and pictures are in the order of the bytes of their names. All names are one array: of 200,000 pictures
/// nothing is kept but some bytes each.
struct FolderListing: Sendable {
  /// A class folder and the places of its pictures in ``FolderListing/starts``.
  struct Class: Sendable {
    let name: [UInt8]
    let pictures: Range<Int>
  }

  let root: BytePath
  /// Those with pictures.
  private(set) var classes: [Class] = []
  private(set) var findings: DataFindings
  /// Paths from the root on, each closed by a zero.
  private var names: [UInt8] = []
  /// Where each picture's path begins in `names`.
  private var starts: [Int] = []
  /// The place in `classes` of each picture's class.
  private(set) var labels: [Int32] = []

  /// - Throws: ``DatasetError`` where a folder cannot be read.
  init(classFolders root: BytePath) throws {
    self.root = root
    findings = DataFindings(folder: root.description)
    let (folders, identity) = try readRoot()
    for folder in folders {
      let first = starts.count
      try collect(folder, above: [identity])
      guard starts.count > first else {
        findings.emptyClasses.append(BytePath.text(folder))
        continue
      }
      sort(from: first)
      labels += repeatElement(Int32(classes.count), count: starts.count - first)
      classes.append(Class(name: folder, pictures: first..<starts.count))
    }
  }

  /// All pictures of a folder, whatever folders they are in, as one class.
  /// - Throws: ``DatasetError`` where a folder cannot be read.
  init(pictures root: BytePath) throws {
    self.root = root
    findings = DataFindings(folder: root.description)
    try collect([], above: [])
    sort(from: 0)
  }

  /// How many pictures there are.
  var count: Int { starts.count }

  /// The path of a picture.
  func path(at index: Int) -> BytePath {
    root.appending(names[starts[index]...].prefix { $0 != 0 })
  }

  /// The names of the class folders in order; what is not used in the root is counted.
  private mutating func readRoot() throws -> ([[UInt8]], FolderReader.Identity) {
    var folders: [[UInt8]] = []
    let identity = try FolderReader.read(root) { name, kind in
      switch kind {
      case _ where leaveOut(name, kind): break
      case .folder: folders.append(Array(name))
      case .file:
        if EntryNames.isPicture(name) {
          findings.loosePictures += 1
        } else {
          findings.otherFiles[EntryNames.shownEnding(name), default: 0] += 1
        }
      case .other: break
      }
      return true
    }
    return (folders.sorted { $0.lexicographicallyPrecedes($1) }, identity)
  }

  /// Takes the pictures of a folder and of those in it.
  /// - Parameters:
  ///   - folder: its path from the root on.
  ///   - above: the folders it is in: a link may lead back to one.
  private mutating func collect(_ folder: [UInt8], above: [FolderReader.Identity]) throws {
    let prefix = folder.isEmpty ? [] : folder + [UInt8(ascii: "/")]
    var (folders, unknown) = ([[UInt8]](), [[UInt8]]())
    let path = folder.isEmpty ? root : root.appending(folder)
    let before = (starts.count, names.count)
    let identity = try FolderReader.read(path) { name, kind in
      if kind == .file, !EntryNames.isHidden(name), EntryNames.isPicture(name) {
        add(prefix, name)
      } else if !leaveOut(name, kind) {
        if kind == .folder {
          folders.append(Array(name))
        } else if EntryNames.isText(name) {
          findings.otherFiles[EntryNames.shownEnding(name), default: 0] += 1
        } else {
          unknown.append(Array(name))
        }
      }
      return true
    }
    guard !above.contains(identity) else {
      starts.removeLast(starts.count - before.0)
      names.removeLast(names.count - before.1)
      findings.special += 1
      return
    }
    for name in unknown { look(into: name, path, prefix) }
    for name in folders.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
      try collect(prefix + name, above: above + [identity])
    }
  }

  /// Whether an entry is left out for its name or its kind; it is counted then.
  private mutating func leaveOut(_ name: UnsafeBufferPointer<UInt8>, _ kind: FolderReader.Kind) -> Bool {
    if let litter = EntryNames.litter(name) {
      findings.litter[litter, default: 0] += 1
    } else if EntryNames.isHidden(name) {
      findings.hidden += 1
    } else if kind == .other {
      findings.special += 1
    } else {
      return false
    }
    return true
  }

  /// A file whose name says nothing may be a picture by its content.
  private mutating func look(into name: [UInt8], _ folder: BytePath, _ prefix: [UInt8]) {
    let format = PictureFormat(contentsOf: folder.appending(name))
    name.withUnsafeBufferPointer { name in
      switch format {
      case .other(let format, advice: _)?: findings.otherFiles[format, default: 0] += 1
      case nil: findings.otherFiles[EntryNames.shownEnding(name), default: 0] += 1
      default: add(prefix, name)
      }
    }
  }

  private mutating func add(_ prefix: [UInt8], _ name: UnsafeBufferPointer<UInt8>) {
    starts.append(names.count)
    names.append(contentsOf: prefix)
    names.append(contentsOf: name)
    names.append(0)
  }

  /// Sorts the pictures from there on by the bytes of their paths.
  private mutating func sort(from first: Int) {
    let names = names
    names.withUnsafeBytes { bytes in
      guard let base = bytes.assumingMemoryBound(to: CChar.self).baseAddress else { return }
      starts[first...].sort { strcmp(base + $0, base + $1) < 0 }
    }
  }
}
