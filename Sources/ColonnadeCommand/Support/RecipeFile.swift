import Colonnade
import Foundation
import Yams

/// Options of `train` and `pretrain` in a YAML file: `--recipe FILE` stands for them. What stands on the command line goes before it.
enum RecipeFile {
  /// A longer file is no recipe.
  private static let limit = 1 << 20

  /// The arguments with the options of the file that `--recipe` names put first, so that those that follow replace them.
  /// - Throws: ``Failure`` where the file cannot be read or is no recipe.
  static func expanding(_ arguments: [String]) throws -> [String] {
    guard ["train", "pretrain"].contains(arguments.first), let path = path(in: arguments) else {
      return arguments
    }
    let given = Set(arguments.compactMap(option))
    let options = try read(path).filter { !$0.isRepeatable || !given.contains("--\($0.name)") }
    return [arguments[0]] + options.flatMap(\.arguments) + arguments.dropFirst()
  }

  private static func path(in arguments: [String]) -> String? {
    for (place, argument) in arguments.enumerated() {
      if argument == "--" { return nil }
      if argument == "--recipe" { return place + 1 < arguments.count ? arguments[place + 1] : nil }
      if argument.hasPrefix("--recipe=") { return String(argument.dropFirst("--recipe=".count)) }
    }
    return nil
  }

  private static func option(_ argument: String) -> String? {
    argument.hasPrefix("--") ? argument.prefix { $0 != "=" }.description : nil
  }

  private struct Option {
    let name: String
    let arguments: [String]
    /// Whether it may be given several times: the file's are dropped then where the command line has some.
    let isRepeatable: Bool
  }

  private static func read(_ path: String) throws -> [Option] {
    let data: Data
    do { data = try FileReading.data(BytePath(path), limit: limit) } catch {
      throw Failure(.missingInput, "\(path): cannot be read: \(error.reason)")
    }
    func fault(_ reason: String, _ node: Yams.Node? = nil) -> Failure {
      let line = node?.mark.map { ":\($0.line)" } ?? ""
      return Failure(.data, "\(path)\(line): not a recipe: \(reason)")
    }
    guard let text = String(validating: data, as: UTF8.self) else { throw fault("it is no UTF-8 text") }
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
      if let scalar = value.scalar {
        return try option(name, scalar) { fault($0, value) }
      }
      guard let items = value.sequence, !items.isEmpty else {
        throw fault("'\(name)' must be a value or a list of values", value)
      }
      let values = try items.map { item in
        guard let text = item.scalar?.string else { throw fault("'\(name)' must be a list of values", item) }
        return text
      }
      // A recipe's changes are one argument; other lists are options that are given several times.
      return name == "augment"
        ? Option(name: name, arguments: ["--augment=\(values.joined(separator: ","))"], isRepeatable: false)
        : Option(name: name, arguments: values.map { "--\(name)=\($0)" }, isRepeatable: true)
    }
  }

  private static func option(
    _ name: String, _ scalar: Yams.Node.Scalar, _ fault: (String) -> Failure
  ) throws -> Option {
    switch scalar.string {
    case "": throw fault("'\(name)' has no value")
    case "true" where scalar.style == .any || scalar.style == .plain:
      return Option(name: name, arguments: ["--\(name)"], isRepeatable: false)
    case "false" where scalar.style == .any || scalar.style == .plain:
      return Option(name: name, arguments: [], isRepeatable: false)
    default: return Option(name: name, arguments: ["--\(name)=\(scalar.string)"], isRepeatable: false)
    }
  }
}
