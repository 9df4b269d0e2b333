import ArgumentParser
import Colonnade
import Foundation

/// Where training begins: the network's weights and how pictures come to it.
struct StartArguments: ParsableArguments {
  @Option(help: ArgumentHelp("Weights to begin with (default: random ones).", valueName: "file"))
  var weights: String?

  @Option(
    help: ArgumentHelp(
      "Where in a checkpoint of several state dicts the weights are, such as model_ema.", valueName: "key"))
  var key: String?

  @Option(help: ArgumentHelp("How many classes; must be what the data have.", valueName: "k"))
  var classes: Int?

  @Option(
    help: ArgumentHelp(
      "Height and width of the pictures (default: small pictures as they are, photographs as the network was made"
        + " for); of R-CNNs the shorter side.", valueName: "s"))
  var size: Int?

  @Flag(help: "Train with GoogLeNet's auxiliary heads.")
  var auxiliary = false

  @OptionGroup(title: "Preprocessing") var preprocessing: PreprocessingArguments

  /// A network and what its pictures go through.
  struct Plan {
    let network: Network
    let preprocessing: Preprocessing
  }

  func validate() throws {
    if key != nil && weights == nil {
      throw ValidationError("--key: only --weights has something to choose from")
    }
    try PictureSide.check(size)
  }

  /// As the run was begun that is resumed; its checkpoint has the weights.
  func resuming(_ earlier: RunDescription, network name: String?) throws -> Plan {
    let card = earlier.card
    if let name, name != card.network {
      throw Failure(.usage, "--network \(name): the run to resume trains \(card.network)")
    }
    var again = GivenAgain()
    try again.compare(weights: weights, key: key, with: earlier)
    again.compare("--classes", classes, with: card.classes)
    // Where these two are given they go before it.
    if preprocessing.resize == nil && preprocessing.crop == nil { compareSize(with: card, &again) }
    if auxiliary && !card.auxiliary { again.refuse("--auxiliary", "the run has none") }
    try preprocessing.compare(with: card.preprocessing, &again)
    try again.check()
    return Plan(network: try card.makeNetwork(), preprocessing: card.preprocessing)
  }

  func beginning(_ name: String?, _ source: DataSource<Int>, seed: UInt64) throws -> Plan {
    guard let name else {
      throw Failure(.usage, "--network is missing; 'colonnade summary' lists the networks")
    }
    let card = try Registry.card(named: name)
    if source.train.classNames.count == 1 {
      Diagnostics.warning(
        "there is one class alone, \(printable(source.train.classNames[0])): there is nothing to tell apart, and every "
          + "picture counts as recognized from the start")
    }
    let file = try weights.map { try WeightFile(path: $0, key: key) }
    let weightCard = try file.flatMap { try WeightCard.read(from: $0) }
    guard source.train.count > 0 else { throw TrainingError.noPictures(set: "training") }
    let first = try source.train.example(at: 0).image
    let channels = weights == nil ? first.channels : weightCard?.inputChannels ?? 3
    let network = try Network(
      card, classes: classes ?? source.train.classNames.count, inputChannels: channels,
      auxiliary: auxiliary && card.hasAuxiliaryHeads, seed: seed)
    if auxiliary && !card.hasAuxiliaryHeads {
      throw Failure(.usage, "--auxiliary: \(name) has no auxiliary heads")
    }
    if let file {
      let loaded = try PretrainedWeights.load(file, into: network, classNames: source.train.classNames)
      Diagnostics.note(of: file.path, loaded.notes)
      say(loaded.chosenRows, loaded.notLoaded, file.path, network.classes)
    }
    let chosen = try PreprocessingChoice(
      card: card, weightCard: weightCard, hasWeights: weights != nil, channels: channels, size: size
    ).preprocessing(for: source)
    return Plan(network: network, preprocessing: try preprocessing.applied(to: chosen))
  }

  /// Refuses another size than the resumed run's pictures have.
  func compareSize(with card: WeightCard, _ again: inout GivenAgain) {
    guard let size else { return }
    let (height, width) = (card.inputHeight, card.inputWidth)
    if let side = card.detector?.shorterSide ?? (height == width ? height : nil) {
      again.compare("--size", size, with: side)
    } else {
      again.refuse("--size \(size)", "the run has pictures of \(width)×\(height)")
    }
  }

  /// What was not loaded as it is.
  /// - Parameters:
  ///   - chosenRows: layers of which the rows of the data's classes were taken.
  ///   - notLoaded: what keeps its first values.
  ///   - path: the weight file.
  ///   - classes: how many the data have.
  func say(_ chosenRows: [String], _ notLoaded: [String], _ path: String, _ classes: Int) {
    func list(_ names: [String]) -> String {
      names.count <= 4
        ? names.joined(separator: ", ")
        : "\(names.prefix(3).joined(separator: ", ")) and \(names.count - 3) more"
    }
    if !chosenRows.isEmpty {
      Diagnostics.note(
        "\(path): of \(list(chosenRows)), the rows of these \(counted(classes, "class")) are taken")
    }
    if !notLoaded.isEmpty {
      Diagnostics.note(
        "\(path): not for these \(counted(classes, "class")), so trained afresh: \(list(notLoaded))")
    }
  }
}
