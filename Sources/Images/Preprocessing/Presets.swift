extension Preprocessing {
  /// ImageNet's mean by channel, as torchvision has it.
  public static let imageNetMean: [Float] = [0.485, 0.456, 0.406]
  /// ImageNet's standard deviation by channel, as torchvision has it.
  public static let imageNetStandardDeviation: [Float] = [0.229, 0.224, 0.225]

  /// torchvision's for evaluation: shorter side 256, centre crop 224, ImageNet's mean and deviation.
  public static let torchvision = Preprocessing(resize: .shorterSide(256), crop: 224)

  /// The review's: straight to 224×224, ImageNet's mean and deviation.
  public static let review = Preprocessing(resize: .exact(width: 224, height: 224))

  /// For torchvision's GoogLeNet weights: as ``torchvision``, but (x / 255 − ½) / ½.
  public static let googLeNet = Preprocessing(
    resize: .shorterSide(256), crop: 224, mean: [0.5, 0.5, 0.5], standardDeviation: [0.5, 0.5, 0.5])

  /// Pictures as they are, x / 255, in the given number of channels.
  public static func plain(channels: Int) -> Preprocessing {
    Preprocessing(
      resize: .none, mean: Array(repeating: 0, count: channels),
      standardDeviation: Array(repeating: 1, count: channels))
  }

  /// The presets by the names that people type.
  public static let presets: [(name: String, preprocessing: Preprocessing)] = [
    ("torchvision", .torchvision), ("review", .review), ("googlenet", .googLeNet),
  ]

  /// The preset of that name; nil where there is none.
  public static func preset(named name: String) -> Preprocessing? {
    presets.first { $0.name == name.lowercased() }?.preprocessing
  }
}
