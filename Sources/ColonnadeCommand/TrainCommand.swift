import ArgumentParser
import Colonnade
import Foundation

/// `colonnade train`: a folder of data in, a folder with weights and a log out.
struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train a network.",
    discussion: """
      A classifier learns the classes of pictures, a detector to find objects; what --network names decides.

      DATA for a classifier is a folder with train/ and val/ (or valid/, validation/, test/), each with a folder of pictures a class; \
      a folder of classes without parts, or with train/ alone, of which --validation-share splits a share off; a folder \
      with IDX files as MNIST has them, or with CIFAR's binary ones; a table of paths and labels (train.csv with val.csv or \
      test.csv, labels.csv, or a CSV file that is named itself, which may have a column 'split'); tar archives with KEY.jpg \
      and KEY.cls, as WebDataset has them; 'digits', which ships with the package; or 'fashion-mnist', where the system \
      has it (builtin:digits, where a folder has that name). What of a folder is not used is said in one line.

      DATA for a detector is annotated pictures: a folder in Pascal VOC's format (Annotations/, JPEGImages/, \
      ImageSets/Main/), in COCO's (annotations/*.json) or YOLO's (images/, labels/); its content says which. The splits \
      train and val are taken, or those that --train-part and --validation-part name. What is wrong with annotations is \
      counted and said.

      The folder given with --out gets best.safetensors and last.safetensors (weights that know their classes and \
      preprocessing), log.jsonl (a line an epoch), a checkpoint, and what 'colonnade report' needs. With --resume \
      the run in that folder goes on, to the same bits as if it had not stopped; what is not given again is as it \
      was. However a run ends (Ctrl-C, kill -9, a full disk, a loss that is no number any more), it is safe up to its last \
      checkpoint: one after every epoch, and within an epoch every ten minutes or as --checkpoint-every says. One run at \
      a time can be under way in a folder.

      --recipe names a YAML file with options, a line each, such as 'epochs: 30', 'skip-broken: true' or 'augment: \
      [resized-crop, flip]'; what stands on the command line goes before it.

      --augment names random changes of the training pictures, in the order in which they are done; 'colonnade augment' \
      draws what they come to. They depend on the seed, the epoch and the picture alone.

      With --scaled-decoding a JPEG is decoded at the smallest of 1/2, 1/4 and 1/8 of its scale that still has as many pixels as \
      the network is to see of it, in training and validation: large photographs take a fraction of the time. Pieces of \
      pictures are the same ones, at the same places. Where a change of colours stands before resized-crop, and of other files \
      than JPEG, all is decoded.

      With --weights training begins there. Of an output layer for another number of classes, the data's are taken \
      where the weights know them all by name (ImageNet's by WordNet identifiers); else it starts afresh. Everything \
      else must fit. A detector takes a whole detector's weights, darknet's .weights for YOLO, or the weights of the \
      classifier that is its trunk (mobilenet_v2 of fasterrcnn_mobilenet_v2): the file's content says which. With --cfg the \
      network is that of a darknet configuration, with as many classes as the data have; its options of training are not \
      used, and the weights need no configuration afterwards. The proposals of Fast R-CNN are searched once and kept in the run's folder. The same seed gives the same bits on any number of threads.

      With --linear-probe the last layer alone is trained, on features that all before it makes once of each picture; they are \
      kept in memory and, up to 2 GiB, in the run's folder, and their size is said. Batch norm normalizes with its running \
      statistics and nothing is dropped before the layer, as in inference; with --freeze, running statistics of frozen layers \
      move, as in PyTorch. Pictures are not changed at random then: --augment, --mixup, --cutmix and --grow are refused. The \
      weight files are whole networks, which fine-tuning can begin with. Weights of 'colonnade pretrain' give their trunk; the \
      classifier starts afresh.

      EXAMPLES:
        colonnade train digits --network resnet20 --out runs/digits --epochs 40
        colonnade train fashion-mnist --network resnet20 --out runs/fashion \\
          --epochs 10 --batch 128 --augment crop
        colonnade train photos --network resnet18 --out runs/photos \\
          --augment resized-crop,flip,randaugment:2:9,erase:0.25 --mixup 0.2
        colonnade train photos --network resnet18 --out runs/photos \\
          --weights resnet18.safetensors --freeze 'conv1.*' --freeze 'layer[12].*'
        colonnade train photos --network mobilenet_v2 --out runs/tuned \\
          --weights mobilenet_v2.pth --epochs 8 \\
          --augment resized-crop:0.35,flip --label-smoothing 0.1 --ema 0.995
        colonnade train photos --network resnet18 --out runs/photos \\
          --validation-share 0.2 --skip-broken
        colonnade train photos --network resnet18 --out runs/photos --size 128 \\
          --augment resized-crop,flip --scaled-decoding
        colonnade train digits --out runs/digits --epochs 60 --resume
        colonnade train digits --network squeezenet1_1 --size 32 \\
          --find-learning-rate curve.html
        colonnade train digits --network resnet20 --out runs/probe --epochs 20 \\
          --weights runs/digits/best.safetensors --linear-probe
        colonnade train digits --network resnet20 --out runs/averaged --epochs 10 \\
          --ema 0.99 --nesterov --no-norm-decay --patience 5 --tensorboard
        colonnade train digits --network resnet20 --out runs/rare --epochs 5 \\
          --class-weights balanced --focal 2 --accumulate 2 --checkpoint-every 30s
        colonnade train VOC2012 --network fasterrcnn_mobilenet_v2 --out runs/faster \\
          --weights mobilenet_v2.pth --size 600 --epochs 12
        colonnade train cells --network yolov3-tiny --out runs/yolo \\
          --weights yolov3-tiny.weights --train-part trainval --validation-part test
        colonnade train cells --cfg mine.cfg --out runs/mine --epochs 100
        colonnade train cells --network rcnn_squeezenet1_1 --out runs/rcnn \\
          --weights squeezenet1_1.pth
      """)

  @Argument(help: "What to train on: a folder, 'digits' or 'fashion-mnist'.")
  var data: String

  @Option(
    help: ArgumentHelp(
      "The network: a classifier ('colonnade summary' lists them) or a detector ('colonnade detect --help' does).",
      valueName: "name"))
  var network: String?

  @OptionGroup var runArguments: RunArguments

  @OptionGroup var loop: LoopArguments

  @Option(
    help: ArgumentHelp(
      "Train nothing: raise the learning rate from step to step, draw the loss into this file (.svg or .html) and"
        + " suggest a rate.", valueName: "file"))
  var findLearningRate: String?

  @OptionGroup(title: "Start") var start: StartArguments
  @OptionGroup(title: "Recipe") var recipe: RecipeArguments<TrainingDefaults>
  @OptionGroup(title: "Recipe") var refinements: RefinementArguments
  @OptionGroup(title: "Recipe") var classifierRecipe: ClassifierRecipeArguments
  @OptionGroup(title: "Detectors") var detectorArguments: DetectorArguments
  @OptionGroup(title: "Data") var dataArguments: DataArguments
  @OptionGroup(title: "Data") var partArguments: PartArguments
  @OptionGroup(title: "Data") var pictureArguments: PictureArguments
  @OptionGroup(title: "Data") var loadingArguments: LoadingArguments
  @OptionGroup var threadArguments: ThreadArguments

  func validate() throws {
    if let findLearningRate {
      try validateFinder(writing: findLearningRate)
    } else {
      _ = try runArguments.folder()
    }
  }

  func run() throws {
    try threadArguments.apply()
    if let findLearningRate { return try drawLearningRates(into: findLearningRate) }
    let folder = try runArguments.folder()
    let earlier = try runArguments.earlier(on: data, isPretraining: false)
    let display = TrainingDisplay(.standardOutput, data: data, folder: folder)
    defer { display.end() }
    let run = try preparedRun(earlier, URL(fileURLWithPath: folder), display)
    run.environment = .current(version: RootCommand.configuration.version)
    run.command = RunEnding.command
    try runArguments.follow(run, loop, earlier, on: display)
  }

  /// - Parameters:
  ///   - earlier: the run that is resumed.
  ///   - output: the run's folder; nil keeps nothing.
  func preparedRun(
    _ earlier: RunDescription?, _ output: URL?, _ display: TrainingDisplay
  ) throws -> any TrainingRun {
    if let card = try detector(earlier) { return try detectorRun(card, earlier, output, display) }
    return try classifierRun(earlier, output, display)
  }

  /// Refuses a darknet configuration of another network than the resumed run's.
  private func refuseOther(_ cfg: String, than card: WeightCard) throws {
    let configuration = try DarknetConfiguration(path: cfg)
    let adapted = [nil, card.detector?.anchors].compactMap { anchors in
      try? configuration.adapted(classes: card.classes, anchors: anchors).text
    }
    guard let text = card.detector?.configuration, adapted.contains(text) else {
      throw Failure(.usage, "--cfg \(cfg): the run to resume trains another network, \(card.network)")
    }
  }

  /// The detector that is to be trained; nil where it is a classifier.
  private func detector(_ earlier: RunDescription?) throws -> DetectorCard? {
    if let earlier {
      guard earlier.card.task != nil else { return nil }
      if let network, network != earlier.card.network {
        throw Failure(.usage, "--network \(network): the run to resume trains \(earlier.card.network)")
      }
      if let cfg = detectorArguments.cfg { try refuseOther(cfg, than: earlier.card) }
      return try DetectorRegistry.standard.card(of: earlier.card)
    }
    if let cfg = detectorArguments.cfg {
      if let network { throw TrainedDetectorArguments.both(network) }
      let configuration = try DarknetConfiguration(path: cfg)
      TrainedDetectorArguments.sayUnused(try DarknetArchitecture(configuration).unusedKeys, of: cfg)
      return try .darknet(configuration)
    }
    return try network.flatMap { try NetworkKind($0).detector }
  }
}
