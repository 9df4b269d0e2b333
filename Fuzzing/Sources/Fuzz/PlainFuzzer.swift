import Foundation

/// Fuzzes by mutation of the first inputs alone, where the toolchain has no libFuzzer. Before an input is read it is
/// written down: where it ends the process, the file is the finding.
struct PlainFuzzer {
  private let session: Session
  /// Seconds that one input may take.
  private static let patience: UInt32 = 25
  private static let room = 1 << 16

  init(_ session: Session) { self.session = session }

  func run() throws {
    let arguments = CommandLine.arguments.dropFirst().filter { !$0.hasPrefix("-") }
    var inputs: [[UInt8]] = []
    for path in arguments {
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
        Command.end("\(path): no such file or folder")
      }
      if isFolder.boolValue {
        for name in try FileManager.default.contentsOfDirectory(atPath: path).sorted() {
          inputs.append([UInt8](try Data(contentsOf: URL(filePath: path).appending(path: name))))
        }
      } else {
        inputs.append([UInt8](try Data(contentsOf: URL(filePath: path))))
      }
    }
    for input in inputs { read(input, keeping: nil) }
    defer { session.end() }
    guard let seconds = Command.value(of: "seconds").flatMap(Double.init), !inputs.isEmpty else { return }

    let finding = Command.value(of: "finding").map { URL(filePath: $0) }
    var mutation = Mutation(
      form: session.reader.form, random: Randomness(Command.value(of: "seed").flatMap(UInt64.init) ?? 1),
      changeBytes: Mutation.plainChange)
    let end = ContinuousClock.now + .seconds(seconds)
    var count = 0
    while ContinuousClock.now < end {
      var input = inputs[mutation.random.below(inputs.count)]
      for _ in 0...mutation.random.below(6) { input = mutation.changed(input, room: Self.room) }
      read(input, keeping: finding)
      count += 1
    }
    if let finding { try? FileManager.default.removeItem(at: finding) }
    print("\(count) inputs in \(Int(seconds)) s")
  }

  private func read(_ input: [UInt8], keeping finding: URL?) {
    if let finding { try? Data(input).write(to: finding) }
    alarm(Self.patience)
    _ = session.read(input)
    alarm(0)
  }
}
