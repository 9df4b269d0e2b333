import Datasets
import Engine
import Models

/// Table 4: accuracy by what is done to training pictures.
struct AugmentationStudy: Study {
  let name = "augmentation"
  let question = "What do random changes of the training pictures bring?"

  private struct Recipe {
    let name: String
    var augmentation = AugmentationRecipe.none
    var mixup: Double?
    var cutmix: Double?
    /// Top-1 accuracy of ResNet-50 on ImageNet where it was published: mixup and CutMix by Yun et al. 2019 ("CutMix", ImageNet
    /// classification with ResNet-50: errors of 22.58 % and 21.40 %, 23.68 % without; 300 epochs), RandAugment by Cubuk et al. 2019
    /// ("RandAugment", table 3: 77.6 %, 76.3 % without; 180 epochs by appendix A.2.3).
    var published: Double?
  }

  private static func recipes(mirrored: Bool) throws -> [Recipe] {
    // `crop` of a recipe moves and mirrors, `shift` moves alone.
    let base = mirrored ? AugmentationRecipe.crop : .shift
    let words = mirrored ? "crop + flip" : "crop"
    var recipes = [Recipe(name: "none"), Recipe(name: "crop", augmentation: .shift)]
    if mirrored { recipes.append(Recipe(name: "flip", augmentation: .flip)) }
    let coloured = try AugmentationRecipe("\(base),color")
    let random = try AugmentationRecipe("\(base),randaugment")
    return recipes + [
      Recipe(name: "\(words) + colour", augmentation: coloured),
      Recipe(name: "\(words) + mixup", augmentation: base, mixup: 0.2, published: 0.7742),
      Recipe(name: "\(words) + CutMix", augmentation: base, cutmix: 1, published: 0.7860),
      Recipe(name: "\(words) + RandAugment", augmentation: random, published: 0.776),
    ]
  }

  func run(_ context: StudyContext) throws -> StudyResult {
    let pictures = try StudyPictures(context.data)
    let card = try Registry.card(named: "resnet20")
    let side = pictures.side(context.options.size, for: card)
    let recipes = try Self.recipes(mirrored: pictures.mayBeMirrored)
    let trainings = try recipes.map { recipe in
      try pictures.training(recipe.name.replacing(" + ", with: "-"), card, side: side) {
        ($0.augmentation, $0.mixup, $0.cutmix) = (recipe.augmentation, recipe.mixup, recipe.cutmix)
      }
    }
    let (plan, runs) = try context.train(trainings, wish: pictures.usualEpochs)
    let accuracies = runs.map { $0.atEnd(\.validationAccuracy) }
    // Of what was built: the card's is of colour pictures in the paper's classes.
    let parameters = try pictures.network(card, seed: 0).store.parameterCount

    var result = StudyResult(of: self)
    result.paragraphs = [
      "\(card.name) is trained with each recipe and \(counted(context.options.seeds.count, "seed")). \(plan.sentence) "
        + "Accuracies are those after the last epoch, not of the best one."
    ]
    let compared = zip(recipes, runs).map { (name: $0.name, accuracies: $1.seeds(\.validationAccuracy)) }
    if let sentence = StudyResult.bestBesideFirst(compared) {
      result.paragraphs.append(sentence)
    }
    let rows: [[StudyTable.Cell]] = zip(recipes, runs).enumerated().map { place, pair in
      [
        .text(pair.0.name), .of(accuracies[place]), .of(pair.1.atEnd(\.trainAccuracy)),
        .of(pair.1.atEnd(\.validationLoss)), pair.1.divergences,
        .of(pair.0.published),
      ]
    }
    result.tables = [
      StudyTable(
        "Accuracy by augmentation",
        columns: [
          .init("recipe", .text), .init("validation accuracy", .share), .init("training accuracy", .share),
          .init("validation loss", .number), .init("diverged", .text),
          .init("ResNet-50 on ImageNet", .share, isPublished: true),
        ],
        rows: rows,
        note:
          "Mean and sample deviation over the seeds. Training accuracy is of the pictures as they were changed, of mixed ones "
          + "by the larger part. Published, each with crop and flip, one crop: mixup and CutMix by Yun et al. 2019 (76.32 % "
          + "without), RandAugment by Cubuk et al. 2019, table 3 (76.3 % without).")
    ]
    result.figures = [
      StudyFigure(
        "Validation accuracy", xTitle: "epoch", unit: .share,
        series: zip(recipes, runs).map { .init($0.name, $1.curve(\.validationAccuracy)) }),
      StudyFigure(
        "Validation loss", xTitle: "epoch", unit: .number,
        series: zip(recipes, runs).map { .init($0.name, $1.curve(\.validationLoss)) }),
    ]
    result.differences = [
      pictures.difference(side: side),
      "The network is \(card.name) with \(counted(parameters, "parameter")), trained from random weights for "
        + "\(counted(plan.epochs, "epoch")); the published ones are ResNet-50, for 180 (RandAugment) and 300 epochs.",
    ]
    if pictures.channels == 1 {
      result.differences.append("The pictures are grey: colour means brightness and contrast alone.")
    }
    if !pictures.mayBeMirrored {
      result.differences.append(
        "Nothing is mirrored: the classes are called by single characters, which mirrored are others.")
    }
    return result
  }
}
