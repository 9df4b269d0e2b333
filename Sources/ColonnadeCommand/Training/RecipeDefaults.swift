/// What is done where nothing is said, in the words of the help: a command's runs have defaults of their own.
protocol RecipeDefaults {
  static var epochs: String { get }
  static var batch: String { get }
  static var optimizer: String { get }
  static var learningRate: String { get }
  static var warmUp: String { get }
  static var weightDecay: String { get }
  static var augmentation: String { get }
  /// What there is to choose from beside what there always is.
  static var furtherAugmentation: String { get }
  static var clip: String { get }
}

/// Of 'train'.
enum TrainingDefaults: RecipeDefaults {
  static let epochs = "10; of a detector its own"
  static let batch = "64; 2 of R-CNNs, 8 of YOLO"
  static let optimizer = "sgd; adam of networks without batch norm from random weights, adamw of YOLO"
  static let learningRate =
    "0.05, but 0.001 of adam, adamw and rmsprop and 2 of lars; of networks without batch norm and for fine-tuning --weights 0.01,"
    + " but 0.0003 of adam, adamw and rmsprop; of R-CNNs 0.005"
  static let warmUp = "0; 1 of networks without batch norm from random weights"
  static let weightDecay = "0.0005"
  static let augmentation = "none; flip of R-CNNs, zoom of YOLO"
  static let furtherAugmentation = "; of pictures with boxes also zoom, ssd or mosaic, alone"
  static let clip =
    "none; 1 of networks without batch norm and for fine-tuning --weights, 10 of R-CNNs, 100 of YOLO"
}

/// Of 'pretrain'.
enum PretrainingDefaults: RecipeDefaults {
  static let epochs = "50"
  static let batch = "64 of rotation, 128 of simclr"
  static let optimizer = "sgd; adam of networks without batch norm"
  static let learningRate =
    "0.05, but 0.001 of adam, adamw and rmsprop and 2 of lars; of networks without batch norm 0.01, but 0.0003 of adam, adamw and"
    + " rmsprop"
  static let warmUp = "0 of rotation, but 1 of networks without batch norm; 1 of simclr"
  static let weightDecay = "0.0005 of rotation, 0.0001 of simclr"
  static let augmentation = "the papers', see above"
  static let furtherAugmentation = ""
  static let clip = "none; 1 of networks without batch norm"
}
