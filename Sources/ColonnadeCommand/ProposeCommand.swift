import ArgumentParser
import Colonnade

/// `colonnade propose`: pictures in, boxes in which objects may be out.
struct ProposeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "propose",
    abstract: "Propose boxes in which objects may be.",
    discussion: """
      Selective search: each picture is cut into segments in several colour spaces and at several scales, and similar \
      neighbours are made one until the whole picture is. Every region on the way is a proposal; likelier ones come \
      first. A line each with picture, left, top, right and bottom, in pixels. A picture that cannot be read costs \
      one line on the standard error and the exit code.

      EXAMPLES:
        colonnade propose dog.jpg --max 2000 --json
        colonnade propose *.jpg --mode quality
        colonnade propose dog.jpg --max 50 --out boxes.png
      """)

  @Argument(
    help: ArgumentHelp("Pictures, folders of them, or - for the standard input.", valueName: "picture"))
  var pictures: [String]

  enum Mode: String, ExpressibleByArgument, CaseIterable {
    case fast, quality

    var search: SelectiveSearch { self == .fast ? .fast : .quality }
  }

  @Option(help: "How thorough the search is.")
  var mode = Mode.fast

  @Option(help: ArgumentHelp("How many boxes of a picture to print, at most (default: all).", valueName: "n"))
  var max: Int?

  @Option(help: ArgumentHelp("Of the order.", valueName: "n"))
  var seed: UInt64 = 0

  @Option(help: ArgumentHelp("Also draw the boxes into a copy of the picture, a PNG.", valueName: "file"))
  var out: String?

  @OptionGroup var pictureArguments: PictureArguments

  @Flag(help: "Print JSON.")
  var json = false

  @OptionGroup var threadArguments: ThreadArguments

  func validate() throws {
    if let max, max < 1 { throw ValidationError("--max \(max): at least one box can be printed") }
  }

  /// What is printed of a picture in JSON: its boxes, or why it has none.
  private struct Entry: Encodable {
    let file: String
    /// Left, top, right, bottom.
    var proposals: [[Float]]?
    var error: String?
  }

  func run() throws {
    try threadArguments.apply()
    if let out { try Output.check(file: out) }
    var search = mode.search
    search.seed = seed
    let files = PictureFile.all(pictures)
    if out != nil && files.count > 1 {
      throw Failure(.usage, "--out: \(counted(files.count, "picture")) do not go into one file")
    }
    if let out { try Output.check(files: [out], areNoneOf: files.compactMap { try? $0.file.get().path }) }
    let terminal = Output.terminal(beside: out)
    var entries: [Entry] = []
    let failure = pictureArguments.forEach(files) { name, picture in
      let boxes = search(picture, maximum: max)
      if let out {
        let drawing = picture.drawing(boxes.enumerated().map { (box: $1, text: "", color: $0) })
        try Output.write(drawing.pngData(), to: out)
      }
      if json {
        entries.append(Entry(file: name, proposals: boxes.map { [$0.left, $0.top, $0.right, $0.bottom] }))
      } else {
        for box in boxes {
          let sides = [box.left, box.top, box.right, box.bottom].map { String(Int($0)) }
          terminal.print("\(printable(name))  \(sides.joined(separator: " "))")
        }
      }
    } failed: { name, message in
      entries.append(Entry(file: name, error: message))
    }
    if json { try Output.json(entries, on: terminal) }
    if let failure { throw failure }
  }
}
