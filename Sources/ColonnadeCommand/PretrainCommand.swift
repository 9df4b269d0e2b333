import ArgumentParser
import Colonnade
import Foundation

/// `colonnade pretrain`: pictures without labels in, a folder with a trunk's weights out.
struct PretrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pretrain",
    abstract: "Train a network's trunk on pictures without labels.",
    discussion: """
      PICTURES is any folder: all pictures in it and in the folders in it are taken, and what these are called does not matter. \
      One in twenty, or --validation-share, is not trained on; the loss is measured on it. Leave out what a classifier is to \
      be measured by later: name photos/train, not photos. What 'colonnade train' knows by a name, such as digits, may stand there too.

      --method rotation: the network says by which of four quarter turns a picture was turned (Gidaris et al. 2018). A batch of \
      64 pictures is 256, each in its four positions. --method simclr: of every picture two views are drawn by the recipe of \
      --augment (random pieces, flips, colours, greys, blur), and vectors of a picture's two views are to be nearer to each \
      other than to all others of the batch (Chen et al. 2020): larger batches teach more. The accuracy that is shown is that \
      of finding out the position, or the other view.

      Where nothing is said there are 50 epochs, batches of 64 pictures of rotation and 128 of simclr, and the papers' augmentation: \
      '\(PretrainingMethod.rotation.augmentation)' and \
      '\(PretrainingMethod.simclr.augmentation)'. Pieces and flips of the latter need photographs; 'colonnade \
      augment' draws what a recipe comes to.

      The folder given with --out is as that of 'colonnade train': checkpoints, log, --resume to the same bits, and a report. \
      'colonnade train --weights' and '--linear-probe' take the trunk of its last.safetensors or best.safetensors; give them the \
      same --size.

      EXAMPLES:
        colonnade pretrain photos/train --method rotation --network resnet18 \\
          --size 96 --epochs 50 --out runs/rotation
        colonnade pretrain photos/train --method simclr --network resnet18 \\
          --size 96 --batch 256 --epochs 100 --temperature 0.2 --out runs/simclr
        colonnade train photos --network resnet18 --size 96 --epochs 50 \\
          --weights runs/simclr/last.safetensors --linear-probe --out runs/probe
        colonnade pretrain digits --method simclr --network resnet20 --epochs 5 \\
          --augment resized-crop:0.5 --out runs/pretrained
        colonnade train digits --network resnet20 --epochs 20 \\
          --weights runs/pretrained/last.safetensors --linear-probe --out runs/probed
      """)

  @Argument(help: "A folder of pictures, or 'digits' or 'fashion-mnist'.")
  var pictures: String

  @Option(help: ArgumentHelp("What is learned: rotation or simclr.", valueName: "rotation|simclr"))
  var method: PretrainingMethod?

  @Option(
    help: ArgumentHelp("The network: a classifier; 'colonnade summary' lists them.", valueName: "name"))
  var network: String?

  @OptionGroup var runArguments: RunArguments

  @Option(
    help: ArgumentHelp(
      "Height and width of the pictures (default: small pictures as they are, photographs as the network was made for).",
      valueName: "s"))
  var size: Int?

  @Option(help: ArgumentHelp("Of simclr: τ, by which cosines are divided (default: 0.5).", valueName: "τ"))
  var temperature: Float?

  @OptionGroup var loop: LoopArguments
  @OptionGroup(title: "Recipe") var recipe: RecipeArguments<PretrainingDefaults>
  @OptionGroup(title: "Recipe") var refinements: RefinementArguments
  @OptionGroup(title: "Data") var dataArguments: DataArguments
  @OptionGroup(title: "Data") var pictureArguments: PictureArguments
  @OptionGroup var threadArguments: ThreadArguments

  func validate() throws {
    _ = try runArguments.folder()
    try PictureSide.check(size)
    if let temperature, !(temperature > 0 && temperature.isFinite) {
      throw ValidationError("--temperature \(temperature): it must be above 0 and finite")
    }
    if method == .rotation && temperature != nil { throw ValidationError("--temperature: of simclr alone") }
  }

  func run() throws {
    try threadArguments.apply()
    let folder = try runArguments.folder()
    let earlier = try runArguments.earlier(on: pictures, isPretraining: true)
    if let earlier { try refuseOthers(than: earlier) }
    let display = TrainingDisplay(
      .standardOutput, data: pictures, folder: folder,
      resumption:
        "colonnade pretrain \(RunEnding.quoted(pictures)) --out \(RunEnding.quoted(folder)) --resume")
    defer { display.end() }
    let run = try preparedRun(earlier, URL(fileURLWithPath: folder), display)
    run.environment = .current(version: RootCommand.configuration.version)
    run.command = RunEnding.command
    try runArguments.follow(run, loop, earlier, on: display)
  }

  /// Refuses what the run to resume does not have.
  private func refuseOthers(than earlier: RunDescription) throws {
    var again = GivenAgain()
    again.compare("--method", method?.rawValue, with: earlier.card.task)
    again.compare("--network", network, with: earlier.card.network)
    again.compare("--size", size, with: earlier.card.inputHeight)
    again.compare("--temperature", temperature, with: temperature(of: earlier))
    try again.check()
  }

  private func temperature(of run: RunDescription?) -> Float? {
    run?.settings?["temperature"].flatMap { Float($0) }
  }

  private func preparedRun(
    _ earlier: RunDescription?, _ output: URL, _ display: TrainingDisplay
  ) throws -> any TrainingRun {
    guard let method = method ?? PretrainingMethod(rawValue: earlier?.card.task ?? "") else {
      throw Failure(.usage, "--method is missing: rotation or simclr")
    }
    guard let name = network ?? earlier?.card.network else {
      throw Failure(.usage, "--network is missing; 'colonnade summary' lists the networks")
    }
    let card = try Registry.card(named: name)
    let configuration = try recipe.configuration(
      earlier?.configuration, refinements, own: method.configuration(for: card, optimizer: recipe.optimizer))
    let options = dataArguments.options(
      pictureArguments, seed: configuration.seed, earlier: earlier?.dataOptions)
    try GivenAgain.check(options, earlier)
    let data = try DataSource<Int>.unlabelled(pictures, options)
    DataArguments.say(data.findings)
    let channels = try data.train.count > 0 ? data.train.example(at: 0).image.channels : 3
    let preprocessing =
      try earlier?.card.preprocessing
      ?? PreprocessingChoice(card: card, channels: channels, size: size).preprocessing(for: data)
    let run = try method.run(
      of: card, on: data, preprocessing: preprocessing, configuration: configuration,
      temperature: temperature ?? self.temperature(of: earlier) ?? 0.5, output: output, observer: display)
    if let earlier { display.resumes(earlier.configuration, as: configuration) }
    display.announce(run.card, data: data.name, attribution: data.attribution)
    return run
  }
}

extension PretrainingMethod: ExpressibleByArgument {}
