import ArgumentParser
import Colonnade

/// How a classifier's loader decodes the pictures of a data set.
struct LoadingArguments: ParsableArguments {
  @Flag(
    help:
      "Of classifiers: decode JPEGs at 1/2, 1/4 or 1/8 of their scale where they are made so much smaller anyway: faster, with slightly other pixels."
  )
  var scaledDecoding = false

  /// The options of a data set with what was given.
  /// - Parameters:
  ///   - options: what else was given.
  ///   - isResumed: whether the options are, but for what was given, those of a run that goes on.
  /// - Throws: ``Failure`` where that run was made otherwise.
  func applied(to options: DataOptions, isResumed: Bool = false) throws -> DataOptions {
    guard scaledDecoding else { return options }
    var result = options
    guard !isResumed || options.scaledDecoding == true else {
      throw Failure(
        .usage,
        "--scaled-decoding: the run to resume was made otherwise and can only go on as it was; leave that out, or begin "
          + "another run with --weights")
    }
    result.scaledDecoding = true
    return result
  }

  /// Refuses to decode pictures so that are none to be decoded.
  /// - Throws: ``Failure``.
  func check(_ pictures: any Dataset<Int>, of data: String) throws {
    if scaledDecoding, pictures is InMemoryDataset {
      throw Failure(.usage, "--scaled-decoding: of picture files; the pictures of \(data) are none")
    }
  }

  /// The options that were given.
  var given: [String] { scaledDecoding ? ["--scaled-decoding"] : [] }
}
