import ArgumentParser
import Colonnade

/// `colonnade explain`: which pixels of a picture made a network see what it sees.
struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Show which pixels of pictures made a network see what it sees.",
    discussion: """
      Of each picture the likeliest class, or --class, is explained: how much each pixel speaks for it, drawn as a heat \
      map over the picture that the network sees, from dark blue (nothing) to light yellow.

      grad-cam is coarse and quick: where the last maps speak for the class. saliency is the gradient by pixel, \
      smoothgrad its mean over noisy pictures. integrated-gradients shares the class's logit out among the pixels: \
      they add up to what it is above the logit of a picture of the mean colour, and both are printed. occlusion covers \
      the picture with a grey square, place by place, and says by how much the logit falls.

      In place of an explanation, --activations draws the maps of a layer, and --filters those of the first layer; \
      'colonnade summary' lists the layers.

      EXAMPLES:
        colonnade explain cat.jpg --network squeezenet1_1 \\
          --weights squeezenet1_1.safetensors --out overlay.png
        colonnade explain cat.jpg --weights runs/demo/best.safetensors \\
          --method integrated-gradients --class 3 --json
        colonnade explain photos --weights runs/demo/best.safetensors \\
          --method occlusion --square 40 --out explained
        colonnade explain cat.jpg --network squeezenet1_1 \\
          --weights squeezenet1_1.safetensors --activations features.3 \\
          --out maps.png
        colonnade explain --filters --network squeezenet1_1 \\
          --weights squeezenet1_1.safetensors --out filters.png
      """)

  @Argument(
    help: ArgumentHelp("Pictures, folders of them, or - for the standard input.", valueName: "picture"))
  var pictures: [String] = []

  @OptionGroup var trained: TrainedNetworkArguments

  @Option(
    name: .customLong("class"),
    help: ArgumentHelp(
      "What is explained, by its name or number (default: the likeliest).", valueName: "class"))
  var label: String?

  @OptionGroup(title: "Methods") var methods: ExplanationArguments

  @Option(help: ArgumentHelp("Draw the maps of this layer instead.", valueName: "path"))
  var activations: String?

  @Flag(help: "Draw the filters of the first layer instead; takes no picture.")
  var filters = false

  @Option(
    help: ArgumentHelp(
      "The drawing, a PNG file; a folder of them where there are several pictures.", valueName: "file"))
  var out: String?

  @OptionGroup var pictureArguments: PictureArguments
  @OptionGroup var presetArguments: PresetArguments

  @Flag(help: "Print JSON.")
  var json = false

  @OptionGroup var threadArguments: ThreadArguments

  func validate() throws {
    if filters == pictures.isEmpty { return try validateSheets() }
    throw ValidationError(
      filters ? "--filters: takes no picture" : "Missing expected argument '<picture> ...'")
  }

  private func validateSheets() throws {
    guard filters || activations != nil else { return }
    let name = filters ? "--filters" : "--activations"
    if filters && activations != nil { throw ValidationError("--filters, --activations: one of them") }
    if methods.isGiven || label != nil {
      throw ValidationError("\(name): in place of an explanation, so without --method, --layer and --class")
    }
    if out == nil || json {
      throw ValidationError("\(name): draws a picture, so with --out and without --json")
    }
    let preparing = pictureArguments.given + presetArguments.given
    if filters && !preparing.isEmpty {
      throw ValidationError("\(preparing.joined(separator: ", ")): of pictures; --filters takes none")
    }
  }

  func run() throws {
    try threadArguments.apply()
    let files = PictureFile.all(pictures)
    let isSingle = filters || (files.count == 1 && !Input.isFolder(pictures[0]))
    if let out, isSingle {
      try Output.check(file: out)
      let pictures = files.compactMap { try? $0.file.get().path }
      try Output.check(files: [out], areNoneOf: pictures + [BytePath(self.trained.weights)])
    }
    let trained = try trained.load()
    let explainer = Explainer(
      trained.network, preprocessing: try presetArguments.preprocessing(trained.preprocessing))
    if filters {
      try Output.write(explainer.filterSheet().pngData(), to: out!)
      return
    }
    let drawn = try isSingle ? nil : out.map { try DrawnPictures(folder: $0, for: files) }
    func draw(_ drawing: @autoclosure () throws -> Image, of name: String) throws {
      if let drawn {
        try drawn.write(drawing(), of: name)
      } else if let out {
        try Output.write(drawing().pngData(), to: out)
      }
    }
    let label = try meantClass(of: trained)
    let terminal = Output.terminal(beside: out)
    var entries: [Entry] = []
    let failure = pictureArguments.forEach(files) { name, picture in
      if let activations {
        return try draw(explainer.activationSheet(at: activations, of: picture), of: name)
      }
      let explanation = try explainer.explain(picture, class: label, by: methods.explanation)
      try draw(explanation.overlay(on: explainer.preprocessing.prepared(picture)), of: name)
      let entry = Entry(file: name, explanation, labels: trained.labels)
      entries.append(entry)
      if !json { terminal.print(entry.line) }
    } failed: { name, message in
      entries.append(Entry(file: name, error: message))
    }
    if json { try Output.json(entries, on: terminal) }
    if let failure { throw failure }
  }

  /// The class that is meant; nil where the likeliest is.
  private func meantClass(of trained: TrainedNetwork) throws -> Int? {
    guard let label else { return nil }
    let meant = trained.classes(called: label)
    guard meant.count == 1 else {
      let names = meant.prefix(5).map { "\($0) (\(printable(trained.labels[$0])))" }.joined(separator: ", ")
      throw Failure(
        .usage,
        meant.isEmpty
          ? "--class \(printable(label)): \(trained.network.name) knows no such class"
          : "--class \(printable(label)): may be \(names); give the number")
    }
    return meant[0]
  }

  /// What is printed of a picture.
  private struct Entry: Encodable {
    let file: String
    var method: String?
    var layer: String?
    var `class`: Int?
    var label: String?
    var probability: Float?
    var logit: Float?
    /// Of integrated gradients: the logit of the mean colour, and the sum of all pixels.
    var baselineLogit, sum: Float?
    /// The pixel of what the network sees that speaks most for the class: column and row.
    var peak: [Int]?
    /// Columns and rows of what the network sees.
    var size: [Int]?
    var error: String?

    init(file: String, error: String) { (self.file, self.error) = (file, error) }

    init(file: String, _ explanation: Explanation, labels: [String]) {
      self.file = file
      (method, layer) = (explanation.method.name, explanation.layer)
      `class` = explanation.class
      label = explanation.class < labels.count ? labels[explanation.class] : String(explanation.class)
      (probability, logit) = (explanation.probability, explanation.logit)
      baselineLogit = explanation.baselineLogit
      if baselineLogit != nil { sum = explanation.map.sum().scalar }
      peak = [explanation.peak.x, explanation.peak.y]
      size = [explanation.map.shape[1], explanation.map.shape[0]]
    }

    /// For people.
    var line: String {
      var parts = [
        printable(file), "\(printable(label ?? "")) \(percent(Double(probability ?? 0)))",
        (method ?? "") + (layer.map { " at \($0)" } ?? ""),
      ]
      if let baselineLogit, let logit, let sum {
        let (difference, total) = (fixed(Double(logit - baselineLogit), 4), fixed(Double(sum), 4))
        parts.append("pixels add up to \(total) of \(difference)")
      }
      if let peak, let size { parts.append("most at \(peak[0]),\(peak[1]) of \(size[0])×\(size[1])") }
      return parts.joined(separator: "  ")
    }
  }
}
