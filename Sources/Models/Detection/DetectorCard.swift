import Engine
import Images

/// A detector whose parameters can be read from a file.
public protocol LoadableDetector: Detector {
  /// The parameters under their keys.
  var store: ParameterStore { get }

  /// Reads the weights; the default reads safetensors or a PyTorch checkpoint with the store's keys.
  /// - Parameter path: the file.
  /// - Throws: `WeightFileError`.
  func load(weights path: String) throws

  /// What a parameter is called in a file; the default is its name.
  /// - Parameters:
  ///   - name: the parameter's.
  ///   - file: safetensors or a PyTorch checkpoint, perhaps of another program.
  func fileKey(of name: String, in file: WeightFile) -> String

  /// The layers whose outputs are classes': they start afresh where weights are for other classes. The default is none.
  var classLayers: [ClassLayer] { get }
}

extension LoadableDetector {
  public func load(weights path: String) throws {
    let file = try WeightFile(path: path)
    try store.load(file) { fileKey(of: $0, in: file) }
  }

  public func fileKey(of name: String, in file: WeightFile) -> String { name }
  public var classLayers: [ClassLayer] { [] }
}

/// What is asked of a detector when it is built; nil is its card's own.
public struct DetectorRequest: Sendable {
  /// The classes' names, without a background.
  public var classes: [String]?
  /// Of the pictures that the network gets.
  public var inputSize: Image.Size?
  /// What is done to a picture first, where it is not the detector's own way.
  public var preprocessing: Preprocessing?
  /// How it is made beside that.
  public var details: DetectorDetails
  /// Of detectors whose proposals come from elsewhere: the boxes of a picture that may hold an object, the best first, in
  /// continuous pixels of it.
  public var proposer: (@Sendable (Image) -> [BoundingBox])?
  /// Of the initial weights; nil leaves them zero, for weights that are about to be loaded.
  public var seed: UInt64?

  /// - Parameters:
  ///   - classes: their names, without a background.
  ///   - inputSize: of the pictures that the network gets.
  ///   - preprocessing: what is done to a picture first, where it is not the detector's own way.
  ///   - details: how it is made beside that.
  ///   - proposer: of detectors whose proposals come from elsewhere.
  ///   - seed: of the initial weights; nil leaves them zero.
  public init(
    classes: [String]? = nil, inputSize: Image.Size? = nil, preprocessing: Preprocessing? = nil,
    details: DetectorDetails = .init(), proposer: (@Sendable (Image) -> [BoundingBox])? = nil,
    seed: UInt64? = nil
  ) {
    (self.classes, self.inputSize, self.details) = (classes, inputSize, details)
    (self.preprocessing, self.proposer, self.seed) = (preprocessing, proposer, seed)
  }
}

/// What is known of a detector before it is built: a row of the ``DetectorRegistry``.
public struct DetectorCard: Sendable {
  /// The name in the registry, such as `yolov3-tiny`.
  public let name: String
  /// Authors, title, year; empty where there is none.
  public let paper: String
  /// The names of the classes of the published weights.
  public let classes: [String]
  /// Which files its weights come in, for people.
  public let weightFormats: String
  /// The classifier, by its name in the registry of networks, whose weights the detector's ``Backbone`` can begin with; nil
  /// where there is none.
  public let trunk: String?
  /// What an R-CNN is trained from, which no file of parameters is; nil of other detectors.
  public let regions: RegionPlan?
  private let make: @Sendable (DetectorRequest) throws -> any LoadableDetector

  /// - Parameters:
  ///   - name: by which a registry knows it.
  ///   - paper: authors, title, year.
  ///   - classes: the names of the classes of the published weights.
  ///   - weightFormats: which files its weights come in, for people.
  ///   - trunk: the classifier, by its name in the registry of networks, whose weights the detector's ``Backbone`` can begin with.
  ///   - make: builds the detector; classes are always set in its argument.
  public init(
    _ name: String, paper: String = "", classes: [String],
    weightFormats: String = "safetensors or a PyTorch checkpoint", trunk: String? = nil,
    make: @escaping @Sendable (DetectorRequest) throws -> any LoadableDetector
  ) {
    (self.name, self.paper, self.classes) = (name, paper, classes)
    (self.weightFormats, self.trunk, self.make, regions) = (weightFormats, trunk, make, nil)
  }

  /// An R-CNN: it is made by training, and read from the file that training wrote.
  /// - Parameters:
  ///   - name: by which a registry knows it.
  ///   - paper: authors, title, year.
  ///   - regions: what it is trained from.
  public init(_ name: String, paper: String = "", regions: RegionPlan) {
    (self.name, self.paper, self.regions) = (name, paper, regions)
    (classes, weightFormats, trunk) = ([], "the file that training wrote", nil)
    make = { _ in
      throw NetworkError.invalidOption(
        network: name, reason: "an R-CNN is trained, or read from the file that training wrote")
    }
  }

  /// Builds the detector.
  /// - Parameter request: what shall not be as the card says.
  /// - Throws: `NetworkError.invalidOption`, and what else cannot be built so.
  public func detector(_ request: DetectorRequest = .init()) throws -> any LoadableDetector {
    var request = request
    request.classes = request.classes ?? classes
    var fault = request.details.fault
    if request.classes!.isEmpty && regions == nil { fault = "no classes" }
    if let fault { throw NetworkError.invalidOption(network: name, reason: "\(fault) are not possible") }
    return try make(request)
  }
}
