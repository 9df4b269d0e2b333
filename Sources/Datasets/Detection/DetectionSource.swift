import Foundation
import Images

/// A data set of annotated pictures on disk, all of its splits: what it is, its content says.
///
///     let train = try DetectionSource.open("bccd", "train")
///     print(train.report)
///
/// Read are
/// - Pascal VOC: `Annotations/*.xml`, `JPEGImages/` and `ImageSets/Main/*.txt`, or folders of .xml files beside their
///   pictures. Boxes count pixels from 1 with the last one inside: left = xmin − 1, top = ymin − 1, right = xmax,
///   bottom = ymax in continuous pixels.
/// - COCO: JSON files `annotations/instances_*.json`, others there, in the folder or beside the pictures of a split, or one
///   file that is named itself. Boxes are left, top, width, height in continuous pixels; labels are places of the categories
///   in the order of their identifiers.
/// - YOLO: texts with lines `class cx cy w h` in shares of the picture, in `labels/` for `images/` or beside the pictures, with
///   the names of the classes in a .yaml file, `classes.txt` or `*.names`; of a segment `class x1 y1 x2 y2 x3 y3 …` the box
///   around it. Splits are what `train`, `val` and `test` of the .yaml file name, folders or lists, by the ends of their paths;
///   else what lists such as `train.txt` in the folder name; else folders.
///
/// The header of every picture is read, so that a missing or broken one is found at once and sizes are the pictures' own.
/// What is wrong with annotations is counted in the data set's ``DetectionDataset/report`` and left out.
public struct DetectionSource: Sendable {
  /// How boxes are written.
  public enum Format: String, Codable, Hashable, Sendable {
    /// Pascal VOC's XML files.
    case voc
    /// COCO's JSON files.
    case coco
    /// YOLO's texts.
    case yolo
  }

  /// A split.
  struct Part: Sendable {
    /// ``DetectionSource/whole`` where it is not one of several.
    let name: String
    let pictures: [AnnotatedPicture]
    var report: AnnotationReport
  }

  /// The name of a part that is all there is.
  static let whole = ""

  /// The folder's or file's name.
  public let name: String
  /// How boxes are written.
  public let format: Format
  /// In the order of the labels; the same for all splits.
  public let classNames: [String]
  private let parts: [Part]
  private let reading: PictureReading
  let path: String

  init(
    name: String, format: Format, classNames: [String], parts: [Part], _ reading: PictureReading,
    path: String = ""
  ) {
    self.name = name
    self.format = format
    self.classNames = classNames
    self.parts = parts
    self.reading = reading
    self.path = path
  }

  /// Reads all annotations; pictures are taken as their files store them.
  /// - Parameter path: a folder, or a JSON file in COCO's format.
  /// - Throws: ``DatasetError``.
  public init(_ path: String) throws { try self.init(path, DataOptions()) }

  /// Reads all annotations.
  /// - Parameters:
  ///   - path: a folder, or a JSON file in COCO's format.
  ///   - options: how pictures are read: turned upright by EXIF, where boxes were drawn on upright pictures, and whether
  ///     those are taken that end early; shares and parts do not count.
  /// - Throws: ``DatasetError``.
  public init(_ path: String, _ options: DataOptions) throws {
    let root = FileReading.url(path)
    guard let isFolder = FileReading.isFolder(root) else {
      throw DatasetError.unreadable(path: root.path, reason: "no such folder or file")
    }
    guard let found = try Self.read(root, isFolder: isFolder, PictureReading(options)) else {
      throw DatasetError.unknownDetectionLayout(path: root.path)
    }
    self.init(
      name: found.name, format: found.format, classNames: found.classNames, parts: found.parts,
      found.reading, path: root.path)
  }

  private static func read(
    _ root: URL, isFolder: Bool, _ reading: PictureReading
  ) throws -> DetectionSource? {
    if isFolder, VOCReader.recognizes(root) { return try VOCReader.read(root, reading) }
    if let source = try COCOReader.read(root, reading) { return source }
    return isFolder ? try YOLOReader.read(root, reading) : nil
  }

  /// The names of its splits, such as `train`, `val` and `test`; none where there is but one part.
  public var splits: [String] { parts.map(\.name).filter { $0 != Self.whole } }

  /// One of the splits, or all pictures.
  /// - Parameter split: one of ``splits``, `valid` and `validation` meaning `val`; nil for all pictures, each once.
  /// - Throws: ``DatasetError/unknownSplit(path:split:known:)``.
  public func dataset(_ split: String? = nil) throws -> DetectionDataset {
    guard let split else {
      let chosen = parts.first { $0.name == Self.whole }.map { [$0] } ?? parts
      var report = AnnotationReport()
      for part in chosen { report.add(part.report) }
      return DetectionDataset(chosen.flatMap(\.pictures), classNames: classNames, report: report, reading)
    }
    let part =
      parts.first { $0.name == split && split != Self.whole }
      ?? parts.first { Listing.splitKey($0.name) == Listing.splitKey(split) && split != Self.whole }
    guard let part else { throw DatasetError.unknownSplit(path: path, split: split, known: splits) }
    return DetectionDataset(part.pictures, classNames: classNames, report: part.report, reading)
  }

  /// Reads a data set and takes one of its splits.
  /// - Parameters:
  ///   - path: a folder, or a JSON file in COCO's format.
  ///   - split: one of ``splits``; nil for all pictures.
  /// - Throws: ``DatasetError``.
  public static func open(_ path: String, _ split: String? = nil) throws -> DetectionDataset {
    try DetectionSource(path).dataset(split)
  }
}
