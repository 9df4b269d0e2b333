import CFuzzing
import Foundation

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// `fuzz --list`; `fuzz --reader=NAME --seeds=FOLDER --root=REPOSITORY`; `fuzz --reader=NAME OPTION…`, with the options and
/// folders of libFuzzer where it is linked in (it has the program's `main` then), else `--seconds=N --seed=N FOLDER…`. Files
/// in place of folders are read once.
#if !LIBFUZZER
  @main
#endif
struct Command {
  /// What libFuzzer's functions, which take no context, read with.
  static let session: Session = {
    guard let name = value(of: "reader") else { end("--reader=NAME is needed") }
    guard let reader = Reader.all.first(where: { $0.name == name }) else {
      end("there is no reader \(name), only \(Reader.all.map(\.name).joined(separator: ", "))")
    }
    do {
      return try Session(reader)
    } catch {
      end("\(error)")
    }
  }()

  static func main() throws {
    if try !answers() { try PlainFuzzer(session).run() }
  }

  /// Does what needs no fuzzing.
  /// - Returns: whether that was all.
  static func answers() throws -> Bool {
    if CommandLine.arguments.contains("--list") {
      print(Reader.all.map(\.name).joined(separator: "\n"))
      return true
    }
    guard let folder = value(of: "seeds") else { return false }
    let root = URL(filePath: value(of: "root") ?? ".")
    for (index, input) in try session.reader.inputs(root: root).enumerated() {
      try Data(input).write(to: URL(filePath: folder).appending(path: "seed-\(index)"))
    }
    session.end()
    return true
  }

  /// Of `--NAME=VALUE`, which libFuzzer passes over.
  static func value(of name: String) -> String? {
    let prefix = "--\(name)="
    return CommandLine.arguments.first { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
  }

  static func end(_ message: String) -> Never {
    FileHandle.standardError.write(Data("fuzz: \(message)\n".utf8))
    exit(2)
  }
}

#if LIBFUZZER
  /// libFuzzer calls this first, with `main`'s arguments.
  @_cdecl("LLVMFuzzerInitialize")
  func initialize(_ count: UnsafePointer<CInt>, _ arguments: UnsafeRawPointer) -> CInt {
    do {
      if try Command.answers() { exit(0) }
    } catch {
      Command.end("\(error)")
    }
    return 0
  }

  /// And this with every input.
  @_cdecl("LLVMFuzzerTestOneInput")
  func readInput(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    Command.session.read([UInt8](UnsafeBufferPointer(start: data, count: size)))
  }

  /// This makes a new input of one, in place.
  @_cdecl("LLVMFuzzerCustomMutator")
  func customMutator(_ data: UnsafeMutablePointer<UInt8>, _ size: Int, _ room: Int, _ seed: UInt32) -> Int {
    var mutation = Mutation(form: Command.session.reader.form, random: Randomness(UInt64(seed))) {
      bytes, room, _ in
      [UInt8](unsafeUninitializedCapacity: max(room, bytes.count)) { buffer, count in
        _ = buffer.initialize(from: bytes)
        count = LLVMFuzzerMutate(buffer.baseAddress, bytes.count, buffer.count)
      }
    }
    let result = mutation.changed([UInt8](UnsafeBufferPointer(start: data, count: size)), room: room)
    for (index, byte) in result.enumerated() { data[index] = byte }
    return result.count
  }
#endif
