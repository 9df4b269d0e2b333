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

  /// - Throws: ``DatasetError`` where files are missing or invalid.
  public static func load(
    from folder: URL = debianFolder
  ) throws(DatasetError) -> (train: InMemoryDataset, test: InMemoryDataset) {
    try InMemoryDataset.idxFolder(folder, classNames: classNames)
  }
}
