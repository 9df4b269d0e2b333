import Foundation
import Images

/// A data set in its two parts; ``open(_:_:)`` finds classified pictures as the commands are told to.
public struct DataSource<Target: GeometricTarget>: Sendable {
  /// What it is called, for reports.
  public let name: String
  /// The part that is trained on.
  public let train: any Dataset<Target>
  /// The part that is not trained on: `val`, `t10k` or the test split.
  public let validation: any Dataset<Target>
  /// What its licence asks to be said.
  public let attribution: String?
  /// What is known to suit its pictures; nil where the network decides.
  public let preprocessing: Preprocessing?
  /// What of its folder is not used; nil where it is no folder.
  public let findings: DataFindings?
  /// How it was opened; nil where a program made it.
  public let options: DataOptions?

  /// - Parameters:
  ///   - name: what it is called, for reports.
  ///   - train: the part that is trained on.
  ///   - validation: the part that is not.
  ///   - attribution: what its licence asks to be said.
  ///   - preprocessing: what is known to suit its pictures; nil where the network decides.
  ///   - findings: what of its folder is not used; nil where it is no folder.
  ///   - options: how it was opened: a run that is resumed must have the same.
  public init(
    name: String, train: any Dataset<Target>, validation: any Dataset<Target>, attribution: String? = nil,
    preprocessing: Preprocessing? = nil, findings: DataFindings? = nil,
    options: DataOptions? = nil
  ) {
    self.name = name
    self.train = train
    self.validation = validation
    self.attribution = attribution
    self.preprocessing = preprocessing
    self.findings = findings
    self.options = options
  }
}

extension DataSource<Int> {
  /// One of a data set's two parts.
  public enum Part: String, CaseIterable, Sendable {
    /// What is trained on.
    case train
    /// What is not.
    case validation
  }

  /// Opens a folder, or a data set by its name: `digits` (shipped with the package) and `fashion-mnist` (where Debian
  /// puts it).
  ///
  /// What a folder is, its content says: parts (`train`, and `val`, `valid`, `validation` or `test`) with a folder of
  /// pictures a class; a folder of pictures a class without parts, of which a share is split off; IDX files as MNIST has
  /// them; the binary files of CIFAR-10 or CIFAR-100; a table `train.csv` (and `val.csv` or `test.csv`, or a column `split`), or
  /// `labels.csv`, with paths and labels, and with a column `group` where pictures belong to groups beside their classes
  /// (``Dataset/group(at:)``); or tar archives as WebDataset has them. A table or an archive may also be named itself. A folder
  /// that is called like a data set goes before it; the data set is `builtin:digits` then.
  /// - Parameters:
  ///   - argument: a path or a name.
  ///   - options: how it is opened.
  /// - Throws: ``DatasetError``.
  public static func open(_ argument: String, _ options: DataOptions = DataOptions()) throws -> DataSource {
    try OpenedData.open(argument, options).source(options)
  }

  /// One part alone, which must be there; of a folder of classes without parts, everything.
  /// - Parameters:
  ///   - part: the part.
  ///   - argument: as ``open(_:_:)`` takes it.
  ///   - options: how it is opened.
  /// - Throws: ``DatasetError``.
  public static func pictures(
    of part: Part, in argument: String, _ options: DataOptions = DataOptions()
  ) throws -> (pictures: any Dataset<Int>, findings: DataFindings?) {
    let data = try OpenedData.open(argument, options)
    if options.validationShare == nil {
      if data.isUndivided || (part == .train && data.validation == nil) {
        return data.sound(data.train, options)
      }
    }
    let source = try data.source(options)
    return (part == .train ? source.train : source.validation, source.findings)
  }
}
