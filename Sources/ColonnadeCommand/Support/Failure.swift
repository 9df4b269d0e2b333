import ArgumentParser
import Colonnade
import Foundation

/// What a command could not do: one line for a person, and a code for a program.
struct Failure: Error {
  /// The codes of `sysexits.h`, as far as they are used.
  enum Code: Int32 {
    /// The command line asks for what does not exist or contradicts itself.
    case usage = 64
    /// A picture, a data set or a weight file is not what it should be.
    case data = 65
    /// A file or folder is missing or cannot be read.
    case missingInput = 66
    /// This machine fails a check of `doctor`.
    case unavailable = 69
    /// The system gives no memory to compute with.
    case system = 71
    /// Anything unforeseen.
    case software = 70
    /// An output cannot be created or written.
    case cannotCreate = 73
  }

  let code: Code
  let message: String

  init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  /// Any error as a failure.
  init(_ error: any Error) {
    switch error {
    case let failure as Failure: self = failure
    case WeightFileError.severalStateDicts: self.init(.data, "\(error) (--key)")
    case let error as WeightFileError: self.init(error.exitCode, "\(error)")
    case let error as ImageError: self.init(error.exitCode, "\(error)")
    case NetworkError.unknownName(let name, _, _)
    where DetectorRegistry.standard.cards.contains(where: { $0.name == name }):
      self.init(
        .usage,
        "'\(name)' is a detector, for 'colonnade detect', no classifier ('colonnade summary' lists those)")
    case NetworkError.unknownName(let name, let nearest, _):
      let hint = nearest.map { "; did you mean \($0)?" } ?? ""
      self.init(.usage, "there is no network '\(name)'\(hint) ('colonnade summary' lists them)")
    case let error as NetworkError: self.init(error.exitCode, "\(error)")
    case let error as ExplanationError: self.init(error.exitCode, "\(error)")
    case let error as ModuleError: self.init(.usage, "\(error)")
    case let error as DarknetError: self.init(.data, "\(error)")
    case let error as DatasetError: self.init(error.exitCode, "\(error)")
    case TrainingError.differentRun(let folder, let differences):
      let said = TrainingError.inOptions(differences)
      self.init(.usage, "\(TrainingError.differentRun(folder: folder, differences: said))")
    case let error as TrainingError: self.init(error.exitCode, "\(error)")
    case let error as GEMMError: self.init(.system, "\(error)")
    case let error as TrainedNetworkError:
      if case .unknownNetwork = error {
        self.init(.usage, "\(error); give --network")
      } else {
        self.init(.data, "\(error)")
      }
    case let error as OptimizerStateError: self.init(.data, "\(error)")
    default:
      let text = (error as NSError).domain == NSCocoaErrorDomain ? error.localizedDescription : "\(error)"
      self.init(.software, text)
    }
  }

  /// Says it on the standard error: a line, and another where something under way is safe.
  func report() {
    Diagnostics.error(message)
    if let advice = Ending.presentAdvice { Diagnostics.note(advice) }
  }

  /// Prints help where that was asked for, a line or two on the standard error otherwise.
  /// - Parameter recipe: whose options are part of the command line; nil is none.
  /// - Returns: the process's exit code.
  static func report(_ error: any Error, _ recipe: RecipeFile?) -> Int32 {
    if let code = error as? ExitCode { return code.rawValue }
    switch RootCommand.exitCode(for: error) {
    case .success:
      Terminal.standardOutput.print(RootCommand.fullMessage(for: error))
      return 0
    case .validationFailure:
      let message = usageMessage(RootCommand.message(for: error))
      Diagnostics.error((recipe?.place(of: message) ?? "") + message)
      return Code.usage.rawValue
    default:
      var failure = Failure(error)
      if failure.code == .usage, let place = recipe?.place(of: failure.message) {
        failure = Failure(.usage, place + failure.message)
      }
      failure.report()
      return failure.code.rawValue
    }
  }

  /// The parser's message as one line, with where to read on.
  private static func usageMessage(_ text: String) -> String {
    let commands = RootCommand.configuration.subcommands.compactMap { $0.configuration.commandName }
    let first = CommandLine.arguments.dropFirst().first ?? ""
    guard commands.contains(first) || first.hasPrefix("-") || first.isEmpty || first == "help" else {
      return "there is no command '\(first)', only \(commands.joined(separator: ", "))"
    }
    var line = text.split(separator: "\n").first.map(String.init) ?? "wrong usage"
    if line.hasSuffix(".") { line.removeLast() }
    line = line.prefix(1).lowercased() + line.dropFirst()
    return "\(line) (see colonnade \(commands.contains(first) ? "\(first) " : "")--help)"
  }
}

extension WeightFileError {
  fileprivate var exitCode: Failure.Code {
    switch self {
    case .unreadable: .missingInput
    case .unwritable: .cannotCreate
    case .nothingUnder: .usage
    case .malformed, .noSuchKey, .wrongType, .wrongDigest, .otherFormat, .severalStateDicts, .wrongCount,
      .mismatch:
      .data
    }
  }
}

extension ImageError {
  fileprivate var exitCode: Failure.Code {
    if case .unreadable = self { .missingInput } else { .data }
  }
}

extension NetworkError {
  fileprivate var exitCode: Failure.Code {
    switch self {
    case .unknownName, .nameTaken, .invalidOption: .usage
    case .inputTooSmall, .wrongInput, .notFinite: .data
    }
  }
}

extension ExplanationError {
  fileprivate var exitCode: Failure.Code {
    switch self {
    case .noSuchClass, .noMaps, .badSquare: .usage
    case .noConvolution, .noPictures: .data
    }
  }
}

extension DatasetError {
  fileprivate var exitCode: Failure.Code {
    if case .unreadable = self { .missingInput } else { .data }
  }
}

extension TrainingError {
  fileprivate var exitCode: Failure.Code {
    switch self {
    case .invalidConfiguration, .differentRun, .fewerEpochs, .noSteps: .usage
    case .outputNotEmpty, .output, .inUse: .cannotCreate
    case .nothingToResume, .unreadable: .missingInput
    case .malformed, .noPictures, .noObjects, .classes, .diverged: .data
    }
  }
}
