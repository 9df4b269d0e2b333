import ArgumentParser
import Colonnade
import Foundation
import Yams

/// Options of `train` and `pretrain` in a YAML file: `--recipe FILE` stands for them. What stands on the command line goes before it.
struct RecipeFile {
  /// A longer file is no recipe.
  private static let limit = 1 << 20

  /// Options that take a list with commas.
  private static let joined: Set = ["augment", "mean", "std", "class-weights", "grow", "anchors"]
  /// Options that can be given several times.
  private static let repeated: Set = ["freeze", "unfreeze"]

  private let path: String
  /// Those that the command line does not give.
  private let options: [Option]

  /// The file that `--recipe` names; nil where none is named.
  /// - Parameter arguments: the command line's.
  /// - Throws: ``Failure`` where the file cannot be read or is no recipe, or there are several.
  init?(namedIn arguments: [String]) throws {
    let paths = Self.paths(in: arguments)
    let commands: [String: any ParsableCommand.Type] = [
      "train": TrainCommand.self, "pretrain": PretrainCommand.self,
    ]
    guard let command = arguments.first.flatMap({ commands[$0] }), let path = paths.first else { return nil }
    guard paths.count == 1 else { throw Failure(.usage, "--recipe: \(paths.count) files; one can be given") }
    self.path = path
    let given = Set(arguments.compactMap(Self.option))
    options = try Self.read(path, flags: Self.flags(of: command)).filter { !given.contains("--\($0.name)") }
  }

  /// The arguments with the file's options.
  func expanding(_ arguments: [String]) -> [String] {
    [arguments[0]] + options.flatMap(\.arguments) + arguments.dropFirst()
  }

  /// Where in the file the option stands of which a message is, to be put before it: `recipe.yaml:3: `.
  /// - Parameter message: the first option that it names is the one that it is of.
  /// - Returns: nil where that is none of the file's.
  func place(of message: String) -> String? {
    guard let named = message.firstMatch(of: #/--([A-Za-z0-9_-]+)/#)?.output.1,
      let option = options.first(where: { $0.name == named })
    else { return nil }
    return path + (option.line.map { ":\($0)" } ?? "") + ": "
  }

  private static func paths(in arguments: [String]) -> [String] {
    let options = arguments.prefix { $0 != "--" }
    return options.enumerated().compactMap { place, argument in
      if argument == "--recipe" { return place + 1 < arguments.count ? arguments[place + 1] : nil }
      return argument.hasPrefix("--recipe=") ? String(argument.dropFirst("--recipe=".count)) : nil
    }
  }

  private static func option(_ argument: String) -> String? {
    argument.hasPrefix("--") ? argument.prefix { $0 != "=" }.description : nil
  }

  private struct Option {
    let name: String
    let line: Int?
    let arguments: [String]
  }

  /// The command's options that have no value.
  private static func flags(of command: any ParsableCommand.Type) -> Set<String> {
    struct Help: Decodable {
      struct Command: Decodable { let arguments: [Argument]? }
      struct Argument: Decodable {
        let kind: String
        let names: [Name]?
      }
      struct Name: Decodable { let name: String }
      let command: Command
    }
    guard let help = try? JSONDecoder().decode(Help.self, from: Data(command._dumpHelp().utf8)) else {
      preconditionFailure("RecipeFile: the options of \(command) are not told")
    }
    let flags = (help.command.arguments ?? []).filter { $0.kind == "flag" }
    return Set(flags.flatMap { ($0.names ?? []).map(\.name) })
  }

  /// YAML's words for yes and no, where they are not quoted.
  private static func truth(_ scalar: Yams.Node.Scalar) -> Bool? {
    guard scalar.style == .any || scalar.style == .plain else { return nil }
    switch scalar.string {
    case "true", "True", "TRUE": return true
    case "false", "False", "FALSE": return false
    default: return nil
    }
  }

  private static func read(_ path: String, flags: Set<String>) throws -> [Option] {
    let data: Data
    do { data = try FileReading.data(BytePath(path), limit: limit) } catch {
      throw Failure(.missingInput, "\(path): cannot be read: \(error.reason)")
    }
    func fault(_ reason: String, _ node: Yams.Node? = nil) -> Failure {
      let line = node?.mark.map { ":\($0.line)" } ?? ""
      return Failure(.data, "\(path)\(line): not a recipe: \(reason)")
    }
    guard let text = String(validating: data.withoutByteOrderMark, as: UTF8.self) else {
      throw fault("it is no UTF-8 text")
    }
    let root: Yams.Node?
    do { root = try Yams.compose(yaml: text) } catch {
      let message = "\(error)".split(whereSeparator: \.isNewline).map {
        $0.trimmingCharacters(in: .whitespaces)
      }
      throw fault(message.joined(separator: " "))
    }
    guard let mapping = root?.mapping else { throw fault("lines 'option: value' are expected", root) }
    return try mapping.map { key, value in
      guard let name = key.scalar?.string, !name.isEmpty, name != "recipe" else {
        throw fault("an option's name is expected", key)
      }
      let line = key.mark?.line
      if let scalar = value.scalar {
        guard !scalar.string.isEmpty else { throw fault("'\(name)' has no value", value) }
        guard flags.contains(name) else {
          return Option(name: name, line: line, arguments: ["--\(name)=\(scalar.string)"])
        }
        guard let isGiven = truth(scalar) else { throw fault("'\(name)' is true or false", value) }
        return Option(name: name, line: line, arguments: isGiven ? ["--\(name)"] : [])
      }
      guard let items = value.sequence, !items.isEmpty else {
        throw fault("'\(name)' must be a value or a list of values", value)
      }
      let values = try items.map { item in
        guard let text = item.scalar?.string else { throw fault("'\(name)' must be a list of values", item) }
        return text
      }
      guard joined.contains(name) || repeated.contains(name) else {
        throw fault("'\(name)' has one value, not a list", value)
      }
      let all = joined.contains(name) ? [values.joined(separator: ",")] : values
      return Option(name: name, line: line, arguments: all.map { "--\(name)=\($0)" })
    }
  }
}
