import Foundation
import Images

/// The UCI handwritten digits, shipped with the package: 1,797 grey pictures of 8×8.
public enum Digits {
  /// Who made the data set, and its licence (CC BY 4.0), which asks that this be said.
  public static let attribution =
    "Optical Recognition of Handwritten Digits, E. Alpaydin and C. Kaynak (1998), UCI Machine Learning "
    + "Repository, https://doi.org/10.24432/C50P49, CC BY 4.0"

  /// Pictures as they are, with the mean and standard deviation of the training split.
  public static let preprocessing = Preprocessing(resize: .none, mean: [0.3059], standardDeviation: [0.3763])

  /// All pictures in the order of the file. The stored values 0…16 are stretched to 0…255.
  /// - Throws: ``DatasetError`` where the package's resources are missing.
  public static func all() throws(DatasetError) -> InMemoryDataset {
    let folder = Resources.url("digits")
    let images = try IDX(InMemoryDataset.idxFile(folder, "digits-images-idx3-ubyte"), rank: 3)
    let labels = try IDX(InMemoryDataset.idxFile(folder, "digits-labels-idx1-ubyte"), rank: 1)
    return InMemoryDataset(
      width: images.dimensions[2], height: images.dimensions[1], channels: 1,
      pixels: images.bytes.map { UInt8((Int($0) * 255 + 8) / 16) }, labels: labels.bytes.map(Int.init),
      classNames: (0..<10).map(String.init))
  }

  /// The test split is every fifth picture (index mod 5 = 4): 359; the other 1,438 are for training.
  /// - Throws: ``DatasetError`` where the package's resources are missing.
  public static func load() throws(DatasetError) -> (train: InMemoryDataset, test: InMemoryDataset) {
    let all = try all()
    return (all.filtered { $0 % 5 != 4 }, all.filtered { $0 % 5 == 4 })
  }
}

/// The files that ship with this module.
enum Resources {
  static func url(_ path: String) -> URL {
    Bundle.module.bundleURL.appendingPathComponent("Resources").appendingPathComponent(path)
  }
}
