import ArgumentParser
import Colonnade

/// `colonnade augment`: a sheet of what a network will see of a picture in training.
struct AugmentCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "augment",
    abstract: "Draw what a network will see of pictures in training.",
    discussion: """
      A PNG with the picture as evaluation sees it and then as training does with a recipe, in epoch 1, 2, 3 and so on. \
      Recipe and seed are those of 'colonnade train', which has the same loader: picture N is as the Nth of a data set \
      (from 0) with that seed. Of several pictures there is a row each, and they are one batch: --mixup and --cutmix mix \
      each with the one before it, the first with the last.

      A recipe is names with numbers after colons, separated by commas, done one after the other. Before the first one \
      that is no flip the picture is brought to its size, unless resized-crop does that. A recipe is \(AugmentationRecipe.syntax). Numbers that are left out are the usual ones, which \
      stand behind =.

      A shift of 0 pixels is up to an eighth of the side. LEAST and MOST are shares of the picture's area. lighting moves \
      all pixels along the principal components of ImageNet's colours, pca along those of the training set. LEAST and MOST of \
      blur are deviations of a Gaussian in pixels, whose kernel has a tenth of the side. randaugment and \
      trivialaugment have torchvision's operations.

      EXAMPLES:
        colonnade augment cat.jpg --out sheet.png
        colonnade augment cat.jpg --count 24 \\
          --augment resized-crop:0.2,flip,color,erase:0.5
        colonnade augment photos --augment trivialaugment --size 96 --seed 7
        colonnade augment cat.jpg dog.jpg --augment imagenet --mixup 0.4 --cutmix 1
      """)

  @Argument(
    help: ArgumentHelp("Pictures, folders of them, or - for the standard input.", valueName: "picture"))
  var pictures: [String]

  @Option(
    help: ArgumentHelp("The recipe (default: imagenet).", valueName: "recipe"),
    transform: { try AugmentationRecipe(argument: $0) })
  var augment = AugmentationRecipe.imagenet

  @Option(help: ArgumentHelp("As of 'train'; at least two pictures.", valueName: "α"))
  var mixup: Double?

  @Option(help: ArgumentHelp("As of 'train'; at least two pictures.", valueName: "α"))
  var cutmix: Double?

  @Option(help: ArgumentHelp("Of all that is random.", valueName: "n"))
  var seed: UInt64 = 0

  @Option(help: ArgumentHelp("How many epochs.", valueName: "n"))
  var count = 15

  @Option(help: ArgumentHelp("Height and width of what the network sees.", valueName: "s"))
  var size = 224

  @Option(
    name: [.customLong("out"), .customLong("output")],
    help: ArgumentHelp("The PNG to write.", valueName: "file"))
  var out = "augmented.png"

  @OptionGroup var pictureArguments: PictureArguments
  @OptionGroup var threadArguments: ThreadArguments

  func validate() throws {
    if !(1...1000 ~= count) { throw ValidationError("--count \(count): from 1 to 1,000 epochs are possible") }
    if !(1...1024 ~= size) { throw ValidationError("--size \(size): from 1 to 1024 pixels are possible") }
  }

  /// The most pixels of a sheet.
  private static let most = 100_000_000

  func run() throws {
    try threadArguments.apply()
    try Output.check(file: out)
    let files = PictureFile.all(pictures)
    try Output.check(files: [out], areNoneOf: files.compactMap { try? $0.file.get().path })
    if files.count < 2 && (mixup != nil || cutmix != nil) {
      throw Failure(.usage, "--mixup, --cutmix: one picture alone is mixed with nothing; give at least two")
    }
    let cell = size < 96 ? size * (96 / size) : size
    guard files.count * (count + 1) <= Self.most / (cell * cell) else {
      throw Failure(
        .usage,
        "\(counted(files.count, "picture")) in \(counted(count, "epoch")) of \(size)×\(size) make too large a sheet; give"
          + " fewer, or a smaller --count or --size")
    }
    var list = PictureList()
    let failure = pictureArguments.forEach(files) { _, picture in
      list.pictures.append(picture)
    } failed: { _, _ in
    }
    if !list.pictures.isEmpty {
      try Output.write(sheet(list, Image.Size(width: cell, height: cell)).pngData(), to: out)
      Output.terminal(beside: out).print(printable(out))
    }
    if let failure { throw failure }
  }

  private func sheet(_ list: PictureList, _ cell: Image.Size) throws -> Image {
    var configuration = TrainingConfiguration()
    configuration.augmentation = augment
    (configuration.mixup, configuration.cutmix, configuration.seed) = (mixup, cutmix, seed)
    let preprocessing = Preprocessing(resize: .shorterSide((size * 8 + 3) / 7), crop: size)
    return try AugmentationPreview(
      of: list, preprocessing: preprocessing, configuration: configuration, epochs: count
    ).sheet(cell: cell)
  }
}

/// Pictures that have been read, of no class.
private struct PictureList: Dataset {
  var pictures: [Image] = []
  let classNames = ["picture"]
  var count: Int { pictures.count }

  func example(at index: Int) -> Example<Int> { Example(image: pictures[index], label: 0) }
}
