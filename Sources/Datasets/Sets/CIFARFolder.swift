import Engine
import Foundation
import Images

/// The binary version of CIFAR-10 or CIFAR-100 (Krizhevsky 2009): records of a label (of CIFAR-100 a coarse and a fine one,
/// of which the fine one counts) and 32×32 pixels, all red ones first, then green and blue. Files may be gzipped.
struct CIFARFolder {
  private let root: BytePath
  private let isHundred: Bool
  private let train: [String]
  private let test: [String]
  private let names: String?
  /// Of the files that are not read.
  let unused: [[UInt8]]

  private static let side = 32
  /// Of a file; the original ones have 50,000 at most.
  private static let mostRecords = 1_000_000
  /// In the order of the labels.
  static let tenNames = [
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
  ]

  /// Nil where no file is called like one of theirs: `data_batch_1.bin` and `test_batch.bin`, or `train.bin` and `test.bin`.
  init?(_ root: BytePath, _ files: [[UInt8]]) {
    self.root = root
    func plain(_ file: [UInt8]) -> String {
      let name = BytePath.text(file)
      return name.hasSuffix(".gz") ? String(name.dropLast(3)) : name
    }
    func named(_ isWanted: (String) -> Bool) -> [String] {
      files.filter { isWanted(plain($0)) }.map(BytePath.text)
    }
    let batches = named { $0.hasPrefix("data_batch_") && $0.hasSuffix(".bin") }
    isHundred = batches.isEmpty
    train = isHundred ? named { $0 == "train.bin" } : batches
    guard !train.isEmpty else { return nil }
    test = named { [isHundred] in $0 == (isHundred ? "test.bin" : "test_batch.bin") }
    names = named { [isHundred] in $0 == (isHundred ? "fine_label_names.txt" : "batches.meta.txt") }.first
    let used = train + test + (names.map { [$0] } ?? [])
    unused = files.filter { !used.contains(BytePath.text($0)) }
  }

  /// - Throws: ``DatasetError`` where a file is not what it should be.
  func open(name: String) throws -> OpenedData {
    let classNames = try classNames()
    let validation: InMemoryDataset? = try test.isEmpty ? nil : dataset(test, classNames)
    return OpenedData(
      name: isHundred ? "CIFAR-100" : "CIFAR-10", path: root.description,
      train: try dataset(train, classNames), validation: validation)
  }

  private func classNames() throws -> [String] {
    let count = isHundred ? 100 : 10
    guard let names else { return isHundred ? (0..<100).map(String.init) : Self.tenNames }
    let url = url(names)
    guard let text = String(bytes: try ByteReader(url).read(1 << 20), encoding: .utf8) else {
      throw DatasetError.invalidCIFAR(file: url.path, reason: "it is no UTF-8 text")
    }
    let lines = text.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
      .filter { !$0.isEmpty }
    guard Set(lines).count == count, lines.count == count else {
      throw DatasetError.invalidCIFAR(
        file: url.path, reason: "\(lines.count) names where \(count) different ones are expected")
    }
    return lines
  }

  private func dataset(_ files: [String], _ classNames: [String]) throws -> InMemoryDataset {
    let plane = Self.side * Self.side
    let (before, record) = (isHundred ? 1 : 0, (isHundred ? 2 : 1) + 3 * plane)
    var (pixels, labels) = ([UInt8](), [Int]())
    for file in files {
      let url = url(file)
      let reader = try ByteReader(url)
      var records = 0
      while true {
        let bytes = try reader.read(record * 256)
        guard bytes.count % record == 0 else {
          throw DatasetError.invalidCIFAR(
            file: url.path, reason: "its length is not a multiple of \(record) bytes, a label and a picture")
        }
        if bytes.isEmpty { break }
        records += bytes.count / record
        guard records <= Self.mostRecords else {
          throw DatasetError.invalidCIFAR(file: url.path, reason: "more than \(Self.mostRecords) pictures")
        }
        for start in stride(from: 0, to: bytes.count, by: record) {
          let label = Int(bytes[start + before])
          guard label < classNames.count else {
            throw DatasetError.invalidCIFAR(
              file: url.path,
              reason:
                "label \(label) of picture \(labels.count) is not one of \(counted(classNames.count, "class"))"
            )
          }
          labels.append(label)
          let first = start + before + 1
          for pixel in first..<first + plane {
            pixels.append(bytes[pixel])
            pixels.append(bytes[pixel + plane])
            pixels.append(bytes[pixel + 2 * plane])
          }
        }
      }
      guard records > 0 else { throw DatasetError.invalidCIFAR(file: url.path, reason: "it is empty") }
    }
    return InMemoryDataset(
      width: Self.side, height: Self.side, channels: 3, pixels: pixels, labels: labels, classNames: classNames
    )
  }

  private func url(_ name: String) -> URL { FileReading.url(root.appending(name.utf8).description) }
}
