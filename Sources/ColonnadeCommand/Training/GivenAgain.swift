import Colonnade
import Foundation

/// What is given again where a run goes on: what the run has is taken, all else is refused in one line.
struct GivenAgain {
  private var others: [String] = []

  /// - Parameters:
  ///   - option: its name.
  ///   - given: its value; nil where it was not given.
  ///   - run: the resumed run's.
  ///   - none: in place of that, where it has none.
  ///   - text: of a value.
  mutating func compare<T: Equatable>(
    _ option: String, _ given: T?, with run: T?, none: String = "none", _ text: (T) -> String = { "\($0)" }
  ) {
    guard let given, given != run else { return }
    refuse("\(option) \(text(given))", "the run has \(run.map(text) ?? none)")
  }

  /// - Parameters:
  ///   - option: with its value.
  ///   - reason: what of the resumed run is otherwise.
  mutating func refuse(_ option: String, _ reason: String) { others.append("\(option) (\(reason))") }

  /// - Throws: ``Failure`` where anything is refused.
  func check() throws {
    guard !others.isEmpty else { return }
    throw Failure(
      .usage,
      "\(others.joined(separator: ", ")): the run to resume can only go on as it was; leave that out, or begin another run"
    )
  }
}

extension GivenAgain {
  /// Refuses data that would be opened otherwise than the resumed run's.
  /// - Parameters:
  ///   - options: what was given, and of what was not, the run's.
  ///   - earlier: the run; nil where none is resumed.
  /// - Throws: ``Failure``.
  static func check(_ options: DataOptions, _ earlier: RunDescription?) throws {
    guard let earlier else { return }
    let run = earlier.dataOptions ?? DataOptions()
    var again = GivenAgain()
    again.compare("--orientation", options.orientation, with: run.orientation) {
      $0 == .upright ? "exif" : "ignore"
    }
    let flags = [
      ("--accept-truncated", options.acceptsTruncated, run.acceptsTruncated),
      ("--skip-broken", options.skipsBroken, run.skipsBroken),
    ]
    for (flag, given, had) in flags where given && !had { again.refuse(flag, "the run was begun without it") }
    again.compare("--validation-share", options.validationShare, with: run.validationShare)
    let standard = "what is taken where nothing is said"
    again.compare("--train-part", options.trainPart, with: run.trainPart, none: standard)
    again.compare("--validation-part", options.validationPart, with: run.validationPart, none: standard)
    try again.check()
  }

  /// Refuses other weights to begin with than the resumed run's.
  /// - Throws: `WeightFileError`.
  mutating func compare(weights: String?, key: String?, with run: RunDescription) throws {
    guard let weights else { return }
    guard let start = run.start else {
      // Of a run whose files say where it began, they say what it began with, too.
      let isKnown = run.environment != nil
      return refuse(
        "--weights \(weights)",
        isKnown ? "the run began with random ones" : "the run does not say with which ones it began")
    }
    let given = try RunStart(weights: weights, key: key)
    guard given.digest == start.digest else {
      func said(_ digest: String) -> String { "SHA-256 \(digest.prefix(16))…" }
      return refuse(
        "--weights \(weights), \(said(given.digest))",
        "the run began with \(printable(start.file)), \(said(start.digest))")
    }
    if given.key != start.key {
      refuse("--key \(given.key ?? "none")", "the run has \(start.key.map { printable($0) } ?? "none")")
    }
  }
}

extension TrainingError {
  /// How a run differs from another, options by the command's names.
  static func inOptions(_ differences: [String]) -> [String] {
    let options = [
      "orientation": "--orientation", "acceptsTruncated": "--accept-truncated",
      "scaledDecoding": "--scaled-decoding", "skipsBroken": "--skip-broken",
      "validationShare": "--validation-share", "trainPart": "--train-part",
      "validationPart": "--validation-part",
    ]
    return differences.map { options[$0] ?? $0 }
  }
}
