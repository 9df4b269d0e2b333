import ArgumentParser
import Colonnade

/// What else a detector is made from than its name and its weights.
struct TrainedDetectorArguments: ParsableArguments {
  @Option(help: ArgumentHelp("A darknet configuration, in place of the detector's own.", valueName: "file"))
  var cfg: String?

  @Option(help: ArgumentHelp("The classes' names, a line each.", valueName: "file"))
  var names: String?

  @Option(
    name: .customLong("compress-fc"),
    help: ArgumentHelp(
      "Singular values to keep of each fully-connected layer over regions: faster, less exact (R-CNNs alone).",
      valueName: "k"))
  var compressedRank: Int?

  func validate() throws {
    if let compressedRank, compressedRank < 1 {
      throw ValidationError("--compress-fc \(compressedRank): at least one singular value must be kept")
    }
  }

  /// The options that were given.
  var given: [String] {
    [("--cfg", cfg != nil), ("--names", names != nil), ("--compress-fc", compressedRank != nil)].filter(\.1)
      .map(\.0)
  }

  /// The detector with its weights, and what is to be detected with: itself, or with the layers of its head compressed.
  func load(
    _ network: String?, weights: String
  ) throws -> (trained: TrainedDetector, detector: any Detector) {
    if let network, cfg != nil { throw Self.both(network) }
    let trained = try trained(network, weights)
    return (trained, try compressed(trained, weights))
  }

  private func trained(_ network: String?, _ weights: String) throws -> TrainedDetector {
    let classNames = try names.map(Input.classNames)
    let trained: TrainedDetector
    do {
      trained = try TrainedDetector(network, weights: weights, configuration: cfg, classNames: classNames)
    } catch NetworkError.unknownName(let name, _, _) where Registry.names.contains(name) {
      throw Failure(.usage, "'\(name)' is a classifier, for 'colonnade classify'")
    } catch let error as TrainedNetworkError {
      guard case .nameCount = error, let names else { throw error }
      throw Failure(.data, "\(names): \(error)")
    } catch NetworkError.unknownName(let name, let nearest, let known) {
      let hint = nearest.map { "; did you mean \($0)?" } ?? ", only \(known.joined(separator: ", "))"
      throw Failure(.usage, "there is no detector '\(name)'\(hint)")
    }
    if let cfg { Self.sayUnused(trained.unusedKeys, of: cfg) }
    return trained
  }

  /// That of a name and a configuration one is too many.
  static func both(_ network: String) -> Failure {
    Failure(.usage, "--network \(network): with --cfg the network is that of the configuration")
  }

  static func sayUnused(_ keys: [String], of cfg: String) {
    guard !keys.isEmpty else { return }
    let shown = keys.prefix(3).joined(separator: ", ")
    let rest = keys.count - 3
    Diagnostics.note(
      "\(cfg): \(counted(keys.count, "key")) not used, of training or unknown: \(shown)"
        + (rest > 0 ? " and \(rest) more" : ""))
  }

  private func compressed(_ trained: TrainedDetector, _ weights: String) throws -> any Detector {
    guard let compressedRank else { return trained.detector }
    guard let detector = trained.detector as? any CompressibleDetector else {
      throw Failure(.usage, "--compress-fc: \(trained.name) has no fully-connected layers over regions")
    }
    do {
      return try detector.compressed(rank: compressedRank)
    } catch let error as LinearAlgebraError {
      throw Failure(.data, "\(weights): \(error)")
    }
  }
}
