import Foundation
import Images

/// The IDX files of a folder, found by what is in them: three axes are pictures, one axis labels. To which part they
/// belong only their names say: `train`; `t10k`, `test` or `val`.
struct IDXFolder {
  /// Of the files that are not read.
  private(set) var unused: [[UInt8]] = []
  private let root: BytePath
  private var train = Pair()
  private var test = Pair()

  private struct Pair {
    var pictures: [String] = []
    var labels: [String] = []
    var isEmpty: Bool { pictures.isEmpty && labels.isEmpty }
  }

  /// More files are not looked into, but for those that are called like IDX files.
  private static let most = 64

  /// Nil where there are no pictures in IDX files.
  /// - Throws: ``DatasetError`` where files contradict each other.
  init?(_ root: BytePath, _ files: [[UInt8]]) throws {
    self.root = root
    var found: [String: (rank: Int, file: String)] = [:]
    for file in files {
      let name = BytePath.text(file)
      guard let rank = Self.rank(root, name, isLookedInto: files.count <= Self.most) else {
        unused.append(file)
        continue
      }
      // Of a file and the same one packed, the packed one, whose name comes later, is read.
      let plain = name.hasSuffix(".gz") ? String(name.dropLast(3)) : name
      if let other = found.updateValue((rank, name), forKey: plain) { unused.append(Array(other.file.utf8)) }
    }
    for (name, entry) in found.sorted(by: { $0.key < $1.key }) {
      let part = Self.isTest(name) ? \IDXFolder.test : \IDXFolder.train
      if entry.rank == 3 {
        self[keyPath: part].pictures.append(entry.file)
      } else {
        self[keyPath: part].labels.append(entry.file)
      }
    }
    if train.pictures.isEmpty && test.pictures.isEmpty { return nil }
    try check(train, "to train on")
    if !test.isEmpty { try check(test, "to validate by") }
  }

  private func check(_ pair: Pair, _ purpose: String) throws {
    for (files, what) in [(pair.pictures, "pictures"), (pair.labels, "labels")] where files.count != 1 {
      let found = files.isEmpty ? "no file" : "\(files.count) files (\(files.joined(separator: ", ")))"
      throw DatasetError.invalidIDX(file: root.description, reason: "\(found) of \(what) \(purpose)")
    }
  }

  /// - Throws: ``DatasetError`` where a file is invalid.
  func open(name: String) throws -> OpenedData {
    let pairs = try pairs()
    let parts = try datasets(pairs, nil)
    guard let test = parts.test, FashionMNIST.isIt(train: parts.train, test: test) else {
      return OpenedData(name: name, path: root.description, train: parts.train, validation: parts.test)
    }
    let named = try datasets(pairs, FashionMNIST.classNames)
    return OpenedData(
      name: "Fashion-MNIST", path: root.description, train: named.train, validation: named.test,
      preprocessing: FashionMNIST.preprocessing)
  }

  /// - Parameter classNames: nil for the numbers from 0 to the largest label of both parts.
  /// - Throws: ``DatasetError`` where a file is invalid.
  func read(classNames: [String]?) throws -> (train: InMemoryDataset, test: InMemoryDataset?) {
    try datasets(pairs(), classNames)
  }

  private func pairs() throws -> (train: IDXPair, test: IDXPair?) {
    let training = try IDXPair(url(train.pictures[0]), url(train.labels[0]))
    if test.isEmpty { return (training, nil) }
    return (training, try IDXPair(url(test.pictures[0]), url(test.labels[0])))
  }

  private func datasets(
    _ pairs: (train: IDXPair, test: IDXPair?), _ classNames: [String]?
  ) throws -> (train: InMemoryDataset, test: InMemoryDataset?) {
    let largest = max(pairs.train.largestLabel, pairs.test?.largestLabel ?? 0)
    let names = classNames ?? (0...largest).map(String.init)
    let training = try pairs.train.dataset(names)
    guard let test = pairs.test else { return (training, nil) }
    return (training, try test.dataset(names))
  }

  private func url(_ name: String) -> URL {
    FileReading.url(root.appending(name.utf8).description)
  }

  private static func isTest(_ name: String) -> Bool {
    let name = name.lowercased()
    return !name.contains("train") && ["t10k", "test", "val"].contains { name.contains($0) }
  }

  /// The number of a file's axes where it is an IDX file of pictures or labels. One that is only called like that is
  /// taken for one: to read it will say what is wrong with it.
  private static func rank(_ root: BytePath, _ name: String, isLookedInto: Bool) -> Int? {
    let small = name.lowercased()
    let isCalled = small.contains("idx") && small.contains("ubyte")
    guard isLookedInto || isCalled else { return nil }
    let url = FileReading.url(root.appending(name.utf8).description)
    if let reader = try? ByteReader(url), let magic = try? reader.read(4), magic.count == 4,
      magic.starts(with: [0, 0]), [8, 9, 11, 12, 13, 14].contains(magic[2]), magic[3] == 1 || magic[3] == 3
    {
      return Int(magic[3])
    }
    guard isCalled else { return nil }
    return small.contains("labels") ? 1 : 3
  }
}
