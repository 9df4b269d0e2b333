import ArgumentParser
import Colonnade

/// How picture files are read: the same in every command that reads them.
struct PictureArguments: ParsableArguments {
  enum Orientation: String, CaseIterable, ExpressibleByArgument {
    case ignore, exif
  }

  @Option(
    help: ArgumentHelp(
      "What to do about the EXIF orientation of pictures: ignore it, as PyTorch does (the default), or turn them upright"
        + " by it (exif).", valueName: "ignore|exif"))
  var orientation: Orientation?

  @Flag(help: "Take pictures that end early as far as they go, as Pillow does where it is told to.")
  var acceptTruncated = false

  /// The options that were given.
  var given: [String] {
    [("--orientation", orientation != nil), ("--accept-truncated", acceptTruncated)].filter(\.1).map(\.0)
  }

  var imageOrientation: Image.Orientation { orientation == .exif ? .upright : .stored }

  /// How the pictures of a data set are read.
  /// - Parameter earlier: counts for what is not given.
  func dataOptions(_ earlier: DataOptions = DataOptions()) -> DataOptions {
    var options = earlier
    if orientation != nil { options.orientation = imageOrientation }
    if acceptTruncated { options.acceptsTruncated = true }
    return options
  }

  /// Reads a picture from a file, a pipe, or, for `-`, the standard input.
  /// - Throws: a failure, or `ImageError`, with the path as it was given.
  func image(_ file: PictureFile) throws -> Image {
    try Image(
      decoding: Input.data(file), name: file.name, orientation: imageOrientation,
      acceptsTruncated: acceptTruncated)
  }
}

extension PictureArguments {
  /// Reads each picture and does something with it. One that fails costs a line on the standard error; the others are
  /// still looked at.
  /// - Parameters:
  ///   - files: see ``PictureFile/all(_:)``.
  ///   - body: gets the picture with its name.
  ///   - failed: gets the name of a picture that failed, and why.
  /// - Returns: the exit code of the first failure.
  func forEach(
    _ files: [(name: String, file: Result<PictureFile, any Error>)],
    _ body: (_ name: String, _ picture: Image) throws -> Void,
    failed: (_ name: String, _ message: String) -> Void
  ) -> ExitCode? {
    var first: ExitCode?
    for (name, file) in files {
      do {
        try body(name, image(file.get()))
      } catch {
        let failure = Failure(error)
        Diagnostics.error(failure.message)
        failed(name, failure.message)
        first = first ?? ExitCode(failure.code.rawValue)
      }
    }
    return first
  }
}

/// A picture that a command is to read.
struct PictureFile {
  let path: BytePath
  /// As people read it.
  let name: String

  init(_ path: BytePath) {
    self.path = path
    name = path.description
  }

  /// The pictures of an argument: itself, or all that are in the folder that it names, in order.
  /// - Throws: `DatasetError` where the folder cannot be read or holds none.
  static func all(_ argument: String) throws -> [PictureFile] {
    guard argument != "-", Input.isFolder(argument) else { return [PictureFile(BytePath(argument))] }
    let found = try PictureFolder(argument)
    if !found.findings.isEmpty { Diagnostics.note("\(found.findings)") }
    return found.files.map { PictureFile($0) }
  }

  /// The pictures of all arguments; one that names none stands for itself, with its error.
  static func all(_ arguments: [String]) -> [(name: String, file: Result<PictureFile, any Error>)] {
    arguments.flatMap { argument -> [(name: String, file: Result<PictureFile, any Error>)] in
      do {
        return try all(argument).map { ($0.name, .success($0)) }
      } catch {
        return [(argument, .failure(error))]
      }
    }
  }
}
