import Foundation
import Images

/// A picture file with the objects in it.
public struct AnnotatedPicture: Hashable, Sendable {
  /// The picture's file.
  public var url: URL
  /// In pixels, as the file stores them or turned upright: as the data set reads its pictures.
  public var size: Image.Size
  /// The objects in it, boxes in continuous pixels inside the picture; none where it shows none.
  public var boxes: [LabelledBox]

  /// - Parameters:
  ///   - url: the picture's file.
  ///   - size: in pixels, as the data set reads the picture.
  ///   - boxes: the objects in it, in continuous pixels.
  public init(url: URL, size: Image.Size, boxes: [LabelledBox]) {
    self.url = url
    self.size = size
    self.boxes = boxes
  }
}

/// Pictures with boxes around the objects in them. Boxes are held in memory, pictures are read when they are asked for.
///
/// A picture without boxes is an example like others, with an empty target. ``DetectionSource`` reads data sets from disk.
public struct DetectionDataset: Dataset {
  /// In the order of the labels.
  public let classNames: [String]
  /// In the order of the examples.
  public let pictures: [AnnotatedPicture]
  /// What was wrong with the annotations.
  public let report: AnnotationReport
  private let reading: PictureReading

  /// - Parameters:
  ///   - pictures: in the order of the examples.
  ///   - classNames: in the order of the labels.
  ///   - report: what was wrong with the annotations.
  /// - Precondition: labels are below the number of names.
  public init(_ pictures: [AnnotatedPicture], classNames: [String], report: AnnotationReport = .init()) {
    self.init(pictures, classNames: classNames, report: report, PictureReading(DataOptions()))
  }

  init(
    _ pictures: [AnnotatedPicture], classNames: [String], report: AnnotationReport, _ reading: PictureReading
  ) {
    precondition(
      pictures.allSatisfy { $0.boxes.allSatisfy { classNames.indices ~= $0.label } },
      "DetectionDataset: a label is not below the number of classes \(classNames.count)")
    self.pictures = pictures
    self.classNames = classNames
    self.report = report
    self.reading = reading
  }

  /// Other pictures, or other labels, of the same data set.
  func with(
    _ pictures: [AnnotatedPicture], classNames: [String]? = nil, report: AnnotationReport
  ) -> DetectionDataset {
    DetectionDataset(pictures, classNames: classNames ?? self.classNames, report: report, reading)
  }

  /// The number of pictures.
  public var count: Int { pictures.count }

  public func target(at index: Int) -> [LabelledBox] { pictures[index].boxes }
  public func name(at index: Int) -> String { pictures[index].url.path }

  /// The pixels are as the file stores them, as annotation tools that ignore EXIF see them, unless the data set was opened to
  /// have them turned upright.
  /// - Throws: `ImageError` where the picture cannot be read.
  public func example(at index: Int) throws -> Example<[LabelledBox]> {
    Example(image: try reading.image(BytePath(pictures[index].url.path)), target: pictures[index].boxes)
  }

  /// How many objects there are of each class, by label; difficult ones and crowds among them.
  public var boxCounts: [Int] {
    var counts = [Int](repeating: 0, count: classNames.count)
    for picture in pictures { for box in picture.boxes { counts[box.label] += 1 } }
    return counts
  }

  /// The same pictures with the labels of another list of classes, such as a detector's.
  ///
  /// Names are compared without regard to case, spaces, hyphens and underscores, and the six classes that Pascal VOC and
  /// COCO call differently are the same: aeroplane and airplane, motorbike and motorcycle, sofa and couch, tvmonitor and tv,
  /// pottedplant and potted plant, diningtable and dining table. Objects of classes that are not in the list are left out
  /// and counted in the ``report`` as ``AnnotationReport/Kind/unknownClass``; their pictures stay.
  /// - Parameter names: the other list, in the order of its labels.
  public func relabelled(to names: [String]) -> DetectionDataset {
    let labels = labels(in: names)
    var report = report
    let pictures = pictures.map { picture in
      var picture = picture
      picture.boxes = picture.boxes.compactMap { box in
        guard let label = labels[box.label] else {
          report.add(
            .unknownClass, file: picture.url.path, "'\(classNames[box.label])' is not among the classes")
          return nil
        }
        var box = box
        box.label = label
        return box
      }
      return picture
    }
    return with(pictures, classNames: names, report: report)
  }

  /// The classes that another list does not have, by the rules of ``relabelled(to:)``.
  public func unmatchedClasses(in names: [String]) -> [String] {
    zip(classNames, labels(in: names)).filter { $1 == nil }.map(\.0)
  }

  /// The labels of another list that classes of this data set have there, by the rules of ``relabelled(to:)``: of no other class
  /// the pictures say where it is and where not.
  public func annotatedLabels(in names: [String]) -> Set<Int> { Set(labels(in: names).compactMap { $0 }) }

  private func labels(in names: [String]) -> [Int?] {
    var places: [String: Int] = [:]
    for (label, name) in names.enumerated() where places[Self.key(name)] == nil {
      places[Self.key(name)] = label
    }
    return classNames.map { name in names.firstIndex(of: name) ?? places[Self.key(name)] }
  }

  /// By Pascal VOC's name the one that COCO has.
  private static let synonyms = [
    "aeroplane": "airplane", "motorbike": "motorcycle", "sofa": "couch", "tvmonitor": "tv",
  ]

  private static func key(_ name: String) -> String {
    let plain = name.lowercased().filter { !$0.isWhitespace && $0 != "-" && $0 != "_" }
    return synonyms[plain] ?? plain
  }
}
