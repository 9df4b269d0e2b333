import ArgumentParser
import Colonnade

/// What of the preprocessing is otherwise than the weights, the network or a preset say.
struct PreprocessingArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "How pictures are resized: the shorter side (256), width and height (224x224), or none.",
      valueName: "s|wxh|none"))
  var resize: ResizeArgument?

  @Option(help: ArgumentHelp("The side of the square cut from the middle, or none.", valueName: "s|none"))
  var crop: CropArgument?

  @Option(
    help: ArgumentHelp(
      "What is subtracted where white is 1: a number, or one a channel (0.485,0.456,0.406).", valueName: "μ,…"
    ))
  var mean: ChannelsArgument?

  @Option(help: ArgumentHelp("What is divided by: a number, or one a channel.", valueName: "σ,…"))
  var std: ChannelsArgument?

  func validate() throws {
    if let std, !std.values.allSatisfy({ $0 > 0 }) {
      throw ValidationError("--std \(std.text): a standard deviation is above 0")
    }
  }

  /// The options that were given.
  var given: [String] {
    [("--resize", resize != nil), ("--crop", crop != nil), ("--mean", mean != nil), ("--std", std != nil)]
      .filter(\.1).map(\.0)
  }

  /// Whether any was given.
  var isGiven: Bool { !given.isEmpty }

  /// Refuses what a run that is resumed has otherwise.
  func compare(with run: Preprocessing, _ again: inout GivenAgain) throws {
    func list(_ values: [Float]) -> String { values.map { "\($0)" }.joined(separator: ",") }
    let given = try applied(to: run)
    again.compare("--resize", resize.map { _ in given.resize }, with: run.resize, ResizeArgument.text)
    again.compare("--crop", crop.map { $0.side ?? 0 }, with: run.crop ?? 0) { $0 == 0 ? "none" : "\($0)" }
    again.compare("--mean", mean.map { _ in given.mean }, with: run.mean, list)
    again.compare("--std", std.map { _ in given.standardDeviation }, with: run.standardDeviation, list)
  }

  /// A preprocessing with what was given in its place.
  func applied(to preprocessing: Preprocessing) throws -> Preprocessing {
    var result = preprocessing
    if let resize { result.resize = resize.resize }
    if let crop { result.crop = crop.side }
    if let mean { result.mean = try mean.values(channels: result.channels, "--mean") }
    if let std { result.standardDeviation = try std.values(channels: result.channels, "--std") }
    return result
  }
}

/// Heights and widths of pictures on the command line.
enum PictureSide {
  /// Those that are possible.
  static let possible = 1...8192

  /// - Parameter size: what `--size` says; nil where it was not given.
  /// - Throws: `ValidationError` where that is not possible.
  static func check(_ size: Int?) throws {
    guard let size, !possible.contains(size) else { return }
    throw ValidationError(
      "--size \(size): from \(possible.lowerBound) to \(possible.upperBound) pixels are possible")
  }
}

/// `256`, `320x240` or `none`.
struct ResizeArgument: ExpressibleByArgument {
  let resize: Preprocessing.Resize

  /// As it is given.
  static func text(_ resize: Preprocessing.Resize) -> String {
    switch resize {
    case .none: "none"
    case .shorterSide(let side): "\(side)"
    case .exact(let width, let height): "\(width)x\(height)"
    case .shorterSideUpTo(let side, let longest): "\(side), up to \(longest)"
    case .letterbox(let width, let height, _): "within \(width)x\(height)"
    }
  }

  init?(argument: String) {
    let sides = argument.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
    guard argument != "none" else {
      resize = .none
      return
    }
    guard sides.allSatisfy({ $0.map { PictureSide.possible.contains($0) } ?? false }) else { return nil }
    switch sides.count {
    case 1: resize = .shorterSide(sides[0]!)
    case 2: resize = .exact(width: sides[0]!, height: sides[1]!)
    default: return nil
    }
  }
}

/// `224` or `none`.
struct CropArgument: ExpressibleByArgument {
  let side: Int?

  init?(argument: String) {
    side = Int(argument)
    guard argument == "none" || (side.map { PictureSide.possible.contains($0) } ?? false) else { return nil }
  }
}

/// `0.5` or `0.485,0.456,0.406`.
struct ChannelsArgument: ExpressibleByArgument {
  let text: String
  let values: [Float]

  init?(argument: String) {
    let numbers = argument.split(separator: ",", omittingEmptySubsequences: false).map { Float($0) }
    guard numbers.count == 1 || numbers.count == 3, numbers.allSatisfy({ $0?.isFinite ?? false }) else {
      return nil
    }
    text = argument
    values = numbers.map { $0! }
  }

  /// One number stands for all channels.
  func values(channels: Int, _ option: String) throws -> [Float] {
    if values.count == 1 { return Array(repeating: values[0], count: channels) }
    guard values.count == channels else {
      throw Failure(.usage, "\(option) \(text): the network takes pictures of \(channels) channel")
    }
    return values
  }
}
