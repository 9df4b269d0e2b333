import ArgumentParser
import Cases
import Colonnade

/// One case, for callgrind to count; guard.sh runs them all.
@main
struct Command: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "instructions",
    abstract: "Runs a case once, after once to warm up, in a function of its own that callgrind can count.",
    discussion: "valgrind --tool=callgrind --toggle-collect=colonnade_counted instructions CASE")

  @Argument(help: "The case's name.")
  var name: String?

  @Flag(help: "Print the names of all cases.")
  var list = false

  func validate() throws {
    guard list != (name != nil) else { throw ValidationError("name a case, or say --list") }
  }

  func run() throws {
    guard let name else { return Case.all.forEach { print($0.name) } }
    guard let chosen = Case.all.first(where: { $0.name == name }) else {
      throw ValidationError("there is no case '\(name)'; --list names them")
    }
    Parallel.threads = 1
    work = try chosen.prepared()
    counted()
  }
}

nonisolated(unsafe) private var work: () -> Void = {}
nonisolated(unsafe) private var count = 0

/// The only place where instructions are counted, by the name that callgrind finds. It takes no argument of which the
/// compiler could make a variant of its own name, and ends with something else than the call, which would else become
/// a jump.
@inline(never)
@_silgen_name("colonnade_counted")
func counted() {
  work()
  count += 1
}
