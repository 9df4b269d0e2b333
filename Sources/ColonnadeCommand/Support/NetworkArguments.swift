import ArgumentParser
import Colonnade

/// A network with trained weights, as the command line names it.
struct TrainedNetworkArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The network; 'colonnade summary' lists them (default: as the weights say).", valueName: "name"))
  var network: String?

  @Option(
    help: ArgumentHelp(
      "Its weights: safetensors or a PyTorch checkpoint, with torchvision's keys.", valueName: "file"))
  var weights: String

  @Option(
    help: ArgumentHelp(
      "Where in a checkpoint of several state dicts the weights are, such as model_ema.", valueName: "key"))
  var key: String?

  @Option(
    help: ArgumentHelp(
      "How many classes (default: as the weights say, or the network's own).", valueName: "k"))
  var classes: Int?

  func load() throws -> TrainedNetwork {
    let trained = try TrainedNetwork(network, weights: weights, key: key, classes: classes)
    Diagnostics.note(of: weights, trained.notes)
    if trained.unusedTensors > 0 {
      let count = trained.unusedTensors
      Diagnostics.note(
        "\(weights): \(counted(count, "tensor of auxiliary heads")) \(count == 1 ? "is" : "are") left unused")
    }
    return trained
  }
}

/// How pictures are prepared, by the name of a preset.
struct PresetArguments: ParsableArguments {
  private static let known = Preprocessing.presets.map(\.name).joined(separator: ", ")

  @Option(
    help: ArgumentHelp(
      "How pictures are prepared: \(known) (default: as the weights or the network say).", valueName: "name"))
  var preset: String?

  func validate() throws {
    if let preset, Preprocessing.preset(named: preset) == nil {
      throw ValidationError("--preset \(preset): there is no such preset, only \(Self.known)")
    }
  }

  @OptionGroup(title: "Preprocessing") var changes: PreprocessingArguments

  /// The options that were given.
  var given: [String] { (preset == nil ? [] : ["--preset"]) + changes.given }

  /// The preset's, or `own` where none was named, with the changes that were given.
  func preprocessing(_ own: Preprocessing) throws -> Preprocessing {
    try changes.applied(to: preset.flatMap(Preprocessing.preset(named:)) ?? own)
  }
}
