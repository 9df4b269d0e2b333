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
}

extension LoadableDetector {
  public func load(weights path: String) throws { try store.load(from: path) }
}

/// What is asked of a detector when it is built; nil is its card's own.
public struct DetectorRequest: Sendable {
  /// The classes' names, without a background.
  public var classes: [String]?
  /// Of the pictures that the network gets.
  public var inputSize: Image.Size?
  /// What is done to a picture first, where it is not the detector's own way.
  public var preprocessing: Preprocessing?
  /// Of the initial weights; nil leaves them zero, for weights that are about to be loaded.
  public var seed: UInt64?

  /// - Parameters:
  ///   - classes: their names, without a background.
  ///   - inputSize: of the pictures that the network gets.
  ///   - preprocessing: what is done to a picture first, where it is not the detector's own way.
  ///   - seed: of the initial weights; nil leaves them zero.
  public init(
    classes: [String]? = nil, inputSize: Image.Size? = nil, preprocessing: Preprocessing? = nil,
    seed: UInt64? = nil
  ) {
    (self.classes, self.inputSize) = (classes, inputSize)
    (self.preprocessing, self.seed) = (preprocessing, seed)
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
  private let make: @Sendable (DetectorRequest) throws -> any LoadableDetector

  /// - Parameters:
  ///   - name: by which a registry knows it.
  ///   - paper: authors, title, year.
  ///   - classes: the names of the classes of the published weights.
  ///   - weightFormats: which files its weights come in, for people.
  ///   - make: builds the detector; classes are always set in its argument.
  public init(
    _ name: String, paper: String = "", classes: [String],
    weightFormats: String = "safetensors or a PyTorch checkpoint",
    make: @escaping @Sendable (DetectorRequest) throws -> any LoadableDetector
  ) {
    (self.name, self.paper, self.classes) = (name, paper, classes)
    (self.weightFormats, self.make) = (weightFormats, make)
  }

  /// Builds the detector.
  /// - Parameter request: what shall not be as the card says.
  /// - Throws: what cannot be built so.
  public func detector(_ request: DetectorRequest = .init()) throws -> any LoadableDetector {
    var request = request
    request.classes = request.classes ?? classes
    return try make(request)
  }
}
