/// What is done to a picture before a network sees it. Stands in for `Datasets.Preprocessing` until that lands.
public struct Preprocessing: Hashable, Sendable {
  public enum Resize: Hashable, Sendable {
    case none
    case shorterSide(Int)
    case exact(width: Int, height: Int)
  }

  public var resize: Resize
  public var crop: Int?
  public var mean: [Float]
  public var standardDeviation: [Float]

  public init(
    resize: Resize, crop: Int? = nil, mean: [Float] = [0.485, 0.456, 0.406],
    standardDeviation: [Float] = [0.229, 0.224, 0.225]
  ) {
    self.resize = resize
    self.crop = crop
    self.mean = mean
    self.standardDeviation = standardDeviation
  }

  public static let torchvision = Preprocessing(resize: .shorterSide(256), crop: 224)
  public static let googLeNet = Preprocessing(
    resize: .shorterSide(256), crop: 224, mean: [0.5, 0.5, 0.5], standardDeviation: [0.5, 0.5, 0.5])
}
