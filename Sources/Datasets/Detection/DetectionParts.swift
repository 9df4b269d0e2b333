import Engine
import Foundation
import Images

extension DetectionSource {
  /// Whether a folder or file seems to hold annotated pictures; those of one class a folder, and IDX files, are not.
  /// - Parameter path: a folder, or a JSON file in COCO's format.
  public static func recognizes(_ path: String) -> Bool {
    let root = URL(fileURLWithPath: path)
    guard let isFolder = FileReading.isFolder(root) else { return false }
    if isFolder && (VOCReader.recognizes(root) || !YOLOFolders.find(root).isEmpty) { return true }
    return (isFolder ? COCOReader.candidates(root) : [root]).contains(where: COCOReader.recognizes)
  }

  /// Reads all annotations of a folder or file that ``recognizes(_:)`` is true of; nil for others.
  /// - Throws: ``DatasetError``.
  init?(recognizing path: String, _ options: DataOptions) throws {
    do { try self.init(path, options) } catch {
      // Read once where all is well: COCO's files are large, and to recognize them is to read them.
      if Self.recognizes(path) { throw error }
      return nil
    }
  }

  /// The two parts for training.
  ///
  /// Trained on is the split `train`, or all pictures where there are no splits; validated by is `val`, or `test` where there is
  /// none, or the share of the pictures to train on that the options split off.
  /// - Parameter options: other splits than these, the share, and the seed that decides which pictures it has.
  /// - Throws: ``DatasetError/unknownSplit(path:split:known:)``, ``DatasetError/noValidation(path:)``,
  ///   ``DatasetError/hasValidation(path:)``.
  public func dataSource(_ options: DataOptions = DataOptions()) throws -> DataSource<
    [LabelledBox]
  > {
    let isWhole = splits.isEmpty && options.trainPart == nil
    var train = try dataset(isWhole ? nil : options.trainPart ?? "train")
    var validation: DetectionDataset
    if let share = options.validationShare {
      guard options.validationPart == nil, !hasSplit("val") else {
        throw DatasetError.hasValidation(path: path)
      }
      (train, validation) = train.split(share: share, seed: options.seed)
    } else if let part = options.validationPart {
      validation = try dataset(part)
    } else {
      guard !isWhole, hasSplit("val") || hasSplit("test") else { throw DatasetError.noValidation(path: path) }
      validation = try dataset(hasSplit("val") ? "val" : "test")
    }
    var findings = DataFindings(folder: path)
    for part in [train, validation] { findings.annotations.add(part.report) }
    if options.skipsBroken {
      let broken = [train.removeUnreadable(), validation.removeUnreadable()]
      findings.broken = broken.flatMap { $0 }
    }
    let trained = Set(train.pictures.map(\.url))
    findings.inBothParts = validation.pictures.count { trained.contains($0.url) }
    return DataSource(
      name: name, train: train, validation: validation, findings: findings, options: options)
  }

  /// A part by its name as commands take it: `train`, `validation` and so on.
  /// - Parameter part: nil is `val`, or `test` where there is none, or all pictures where there are no splits.
  /// - Throws: ``DatasetError/unknownSplit(path:split:known:)``.
  public func part(_ part: String?) throws -> DetectionDataset {
    if let part { return try dataset(part) }
    return try dataset(splits.isEmpty ? nil : hasSplit("test") && !hasSplit("val") ? "test" : "val")
  }

  private func hasSplit(_ name: String) -> Bool { splits.contains { Listing.splitKey($0) == name } }
}

extension DetectionDataset {
  /// Reads every picture once, and leaves out those that cannot be read.
  /// - Returns: why, naming the files.
  package mutating func removeUnreadable() -> [String] {
    let (indices, errors) = soundExamples()
    if !errors.isEmpty { self = with(indices.map { pictures[$0] }, report: report) }
    return errors.map { "\($0)" }
  }

  /// Two parts of it; which pictures go where depends on the seed and on how many there are alone.
  /// - Parameters:
  ///   - share: of the pictures, rounded to a whole number, at least one for each part where there are two.
  ///   - seed: decides which ones.
  /// - Precondition: the share is between 0 and 1.
  func split(share: Double, seed: UInt64) -> (train: DetectionDataset, validation: DetectionDataset) {
    precondition(0 < share && share < 1, "DetectionDataset.split: a share of \(share) is not between 0 and 1")
    var generator = RandomStream(seed: seed).split("validation share")
    let order = generator.permutation(count)
    let wanted = Int((Double(count) * share).rounded())
    let taken = Set(order.prefix(min(max(wanted, count > 1 ? 1 : 0), max(count - 1, 0))))
    func part(_ isTaken: Bool) -> DetectionDataset {
      with(
        pictures.indices.filter { taken.contains($0) == isTaken }.map { pictures[$0] },
        report: isTaken ? AnnotationReport() : report)
    }
    return (part(false), part(true))
  }
}
