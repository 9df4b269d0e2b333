import Colonnade
import Foundation

/// The command line as it is meant, before it is parsed.
enum Arguments {
  /// The process's arguments.
  /// - Throws: ``Failure`` where one of them is no text: a path of such bytes would name another file, or none.
  static func ofProcess() throws -> [String] {
    for index in 1..<max(Int(CommandLine.argc), 1) {
      guard let pointer = CommandLine.unsafeArgv[index] else { continue }
      let bytes = UnsafeRawBufferPointer(start: pointer, count: strlen(pointer))
      guard String(validating: bytes, as: UTF8.self) != nil else {
        throw Failure(
          .usage,
          "\(printable(bytes: bytes)): not UTF-8; rename the file, or name it by a link whose name is UTF-8")
      }
    }
    return normalized(Array(CommandLine.arguments.dropFirst()))
  }

  /// - A negative number after an option, or a list that begins with one, is the option's value and no option:
  ///   `--learning-rate -1` is `--learning-rate=-1`, so that what is said is said of its range.
  /// - A tilde is a name like any other. The shell has replaced those that mean a home; Foundation would replace the rest.
  static func normalized(_ arguments: [String]) -> [String] {
    var result: [String] = []
    var hasEnded = false
    for argument in arguments {
      if !hasEnded, argument.hasPrefix("-"), areNumbers(argument), let option = result.last,
        option.hasPrefix("--"), !option.contains("=")
      {
        result[result.count - 1] = "\(option)=\(argument)"
        continue
      }
      if argument == "--" { hasEnded = true }
      result.append(hasEnded ? literal(argument[...]) : literalValue(argument))
    }
    return result
  }

  private static func areNumbers(_ list: String) -> Bool {
    list.split(separator: ",", omittingEmptySubsequences: false).allSatisfy { Double($0) != nil }
  }

  private static func literalValue(_ argument: String) -> String {
    guard argument.hasPrefix("--"), let sign = argument.firstIndex(of: "=") else {
      return literal(argument[...])
    }
    return argument[...sign] + literal(argument[argument.index(after: sign)...])
  }

  private static func literal(_ path: Substring) -> String {
    path.hasPrefix("~") ? "./\(path)" : String(path)
  }
}
