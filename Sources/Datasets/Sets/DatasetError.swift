/// What is wrong with a data set on disk. Every case names the file or folder.
public enum DatasetError: Error, Equatable, Sendable {
  /// There is no such file or folder, or it may not be read.
  case unreadable(path: String, reason: String)
  /// A folder without class folders, or without pictures in them.
  case emptyFolder(path: String, expected: String)
  /// There are pictures of classes that training does not know.
  case unknownClasses(path: String, names: [String])
  /// There are pictures to train on, and none to validate by.
  case noValidation(path: String)
  /// A share of the training pictures was asked for where there are others to validate by.
  case hasValidation(path: String)
  /// Neither a folder of class folders nor one of IDX files.
  case unknownLayout(path: String)
  /// Not an IDX file, or one that contradicts itself.
  case invalidIDX(file: String, reason: String)
  /// A CSV file that is no table of pictures and classes; `line` is counted from 1.
  case invalidTable(file: String, line: Int?, reason: String)
  /// A file of CIFAR's that is none.
  case invalidCIFAR(file: String, reason: String)
  /// A tar archive that is broken, or holds no classified pictures.
  case invalidArchive(file: String, reason: String)
  /// A file of class names that is none, or leaves a class without a name; `line` is counted from 1.
  case invalidClassNames(file: String, line: Int?, reason: String)
  /// The gzip stream is broken or ends early.
  case invalidGzip(file: String, reason: String)
  /// A file of boxes that is not what its format wants; `line` is counted from 1.
  case invalidAnnotations(file: String, line: Int?, reason: String)
  /// A folder or file without annotated pictures in a format that is read.
  case unknownDetectionLayout(path: String)
  /// A data set has no part of that name.
  case unknownSplit(path: String, split: String, known: [String])
  /// Pictures of different sizes came together in a batch.
  case unequalSizes(example: Int, size: String, expected: String)
}

extension DatasetError: CustomStringConvertible {
  /// One line that names the file or folder.
  public var description: String {
    switch self {
    case .unreadable(let path, let reason): "\(path): cannot be read: \(reason)"
    case .emptyFolder(let path, let expected): "\(path): the folder holds no \(expected)"
    case .unknownClasses(let path, let names):
      "\(path): training knows no class \(names.prefix(4).joined(separator: ", "))"
        + (names.count > 4 ? " and \(names.count - 4) more" : "")
    case .noValidation(let path):
      "\(path): no pictures to validate by: no val/, valid/, validation/ or test/ laid out as those to train on; a share of "
        + "these can be split off (--validation-share 0.2)"
    case .hasValidation(let path):
      "\(path): has pictures to validate by: no share of the training pictures is split off"
    case .unknownLayout(let path):
      "\(path): not a data set: neither train/ and val/ with a folder for each class, nor IDX files, CIFAR's, a train.csv or "
        + "tar archives"
    case .invalidIDX(let file, let reason): "\(file): not a valid IDX file: \(reason)"
    case .invalidTable(let file, let line, let reason):
      "\(file)\(line.map { ":\($0)" } ?? ""): not a table of pictures and classes: \(reason)"
    case .invalidCIFAR(let file, let reason): "\(file): not a file of CIFAR's: \(reason)"
    case .invalidArchive(let file, let reason): "\(file): not an archive of pictures: \(reason)"
    case .invalidClassNames(let file, let line, let reason):
      "\(file)\(line.map { ":\($0)" } ?? ""): \(reason)"
    case .invalidGzip(let file, let reason): "\(file): not a valid gzip file: \(reason)"
    case .invalidAnnotations(let file, let line, let reason):
      "\(file)\(line.map { ":\($0)" } ?? ""): not valid annotations: \(reason)"
    case .unknownDetectionLayout(let path):
      "\(path): no annotated pictures: neither Pascal VOC's Annotations/ or .xml files beside pictures, nor JSON files in "
        + "COCO's format, nor YOLO's images/ and labels/"
    case .unknownSplit(let path, let split, let known):
      known.isEmpty
        ? "\(path): there is no split '\(split)': the data set has no splits"
        : "\(path): there is no split '\(split)' but \(known.joined(separator: ", "))"
    case .unequalSizes(let example, let size, let expected):
      "example \(example) is \(size) where its batch is \(expected): resize or crop pictures to one size"
    }
  }
}
