import Datasets
import Foundation

/// A question of the review's that is answered by training or timing networks anew, with the review's own numbers beside ours.
/// `colonnade reproduce` runs those of ``Studies``.
public protocol Study: Sendable {
  /// One word, as it stands on the command line: `augmentation`.
  var name: String { get }
  /// The question, in a line.
  var question: String { get }
  /// Whether it looks at published weights where there are some, see ``StudyOptions/weights``; false where it is not said.
  var usesWeights: Bool { get }
  /// Answers it.
  /// - Parameter context: the data, the budget and where runs are kept.
  /// - Throws: ``TrainingError``, and what reading data and weights throws.
  func run(_ context: StudyContext) throws -> StudyResult
}

extension Study {
  public var usesWeights: Bool { false }
}

/// The studies that `colonnade reproduce` knows.
public enum Studies {
  /// In the order in which `all` runs them.
  public static let all: [any Study] = [
    ErrorStudy(),
    DepthStudy(),
    InferenceStudy(),
    AugmentationStudy(),
    BatchNormStudy(),
    BaselineStudy(),
    BiasStudy(),
    RobustnessStudy(),
    TransferStudy(),
    SelfSupervisionStudy(),
  ]

  /// - Parameter name: of ``Study/name``.
  public static func study(named name: String) -> (any Study)? { all.first { $0.name == name } }
}

/// What a person may say of how studies are done.
public struct StudyOptions: Hashable, Codable, Sendable {
  /// For all of one study, in seconds: it decides how many epochs each of its runs has.
  public var budget = 1_800.0
  /// Each configuration is trained once with each; tables give mean and spread.
  public var seeds: [UInt64] = [1, 2, 3]
  /// Of each run; nil is what the budget allows, up to the study's own wish.
  public var epochs: Int?
  /// Pixels of training and evaluation pictures, height and width; nil is what suits the data.
  public var size: Int?
  /// The folder with published weights, `<network>/*.safetensors` or `.pth`; nil leaves out what needs them.
  public var weights: URL?

  /// The defaults.
  public init() {}
}

/// What a study is given.
public struct StudyContext {
  /// The pictures, in their two parts.
  public let data: DataSource<Int>
  /// What the person has said.
  public let options: StudyOptions
  /// Where the study keeps its runs, a folder each: a study that was stopped goes on where it was.
  public let folder: URL
  /// Is told in a line what is done next.
  public let say: (String) -> Void
  /// Is told how each run goes; held as long as the context.
  public let observer: (any TrainingObserver)?
  private let version: String
  let memory: StudyMemory

  /// - Parameters:
  ///   - data: the pictures.
  ///   - options: what the person has said.
  ///   - folder: of this study's runs; it may exist.
  ///   - version: of the program, kept with what is measured.
  ///   - observer: is told how each run goes.
  ///   - say: is told in a line what is done next.
  public init(
    data: DataSource<Int>, options: StudyOptions, folder: URL, version: String = "",
    observer: (any TrainingObserver)? = nil, say: @escaping (String) -> Void
  ) {
    (self.data, self.options, self.folder, self.observer, self.say) = (data, options, folder, observer, say)
    self.version = version
    memory = StudyMemory(data)
  }

  /// Where and when something is measured now.
  var environment: RunEnvironment { .current(version: version) }
}
