import Foundation
import Images

/// Fashion-MNIST: 60,000 + 10,000 grey pictures of 28×28 in ten classes (Xiao et al. 2017, MIT licence).
public enum FashionMNIST {
  /// Where Debian's package `dataset-fashion-mnist` puts it.
  public static let debianFolder = URL(fileURLWithPath: "/usr/share/datasets/fashion-mnist")

  /// In the order of the labels.
  public static let classNames = [
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
  ]

  /// Pictures as they are, with the mean and standard deviation of the training set.
  public static let preprocessing = Preprocessing(resize: .none, mean: [0.2860], standardDeviation: [0.3530])

  /// Whether two data sets are Fashion-MNIST's, whatever their files are called: by their sizes, the first labels,
  /// and that all classes have as many pictures.
  static func isIt(train: InMemoryDataset, test: InMemoryDataset) -> Bool {
    guard [train.width, train.height, train.count, test.count] == [28, 28, 60_000, 10_000] else {
      return false
    }
    func counts(_ dataset: InMemoryDataset) -> Set<Int> {
      var counts = [Int](repeating: 0, count: dataset.classNames.count)
      for index in 0..<dataset.count { counts[dataset.target(at: index)] += 1 }
      return Set(counts)
    }
    return (0..<10).map { train.target(at: $0) } == [9, 0, 0, 3, 0, 2, 7, 2, 5, 5]
      && counts(train) == [6000] && counts(test) == [1000]
  }

  /// - Throws: ``DatasetError`` where files are missing or invalid.
  public static func load(from folder: URL = debianFolder) throws -> (
    train: InMemoryDataset, test: InMemoryDataset
  ) {
    try InMemoryDataset.idxFolder(folder, classNames: classNames)
  }
}
