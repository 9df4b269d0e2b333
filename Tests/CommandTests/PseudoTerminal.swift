import Foundation

/// A terminal that nobody sits at.
enum PseudoTerminal {
  /// What the command writes when its standard output is a terminal.
  static func show(_ arguments: [String], environment: [String: String]) throws -> String {
    let master = posix_openpt(O_RDWR | O_NOCTTY)
    guard master >= 0, grantpt(master) == 0, unlockpt(master) == 0, let name = ptsname(master) else {
      throw POSIXError(.ENXIO)
    }
    defer { close(master) }
    let slave = open(String(cString: name), O_RDWR | O_NOCTTY)
    guard slave >= 0 else { throw POSIXError(.ENXIO) }
    let outcome = try Command.run(
      arguments, environment: environment, output: FileHandle(fileDescriptor: slave, closeOnDealloc: false))
    // A terminal holds some kilobytes until they are read, which is more than these tests write.
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    var shown: [UInt8] = []
    _ = fcntl(master, F_SETFL, O_NONBLOCK)
    while case let count = read(master, &bytes, bytes.count), count > 0 { shown += bytes[..<count] }
    close(slave)
    return String(decoding: shown, as: UTF8.self) + outcome.errors
  }
}
