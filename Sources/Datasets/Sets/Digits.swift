import Foundation
import Images

/// The UCI handwritten digits, which are in the program: 1,797 grey pictures of 8×8.
public enum Digits {
  /// Who made the data set, and its licence (CC BY 4.0), which asks that this be said.
  public static let attribution =
    "Optical Recognition of Handwritten Digits, E. Alpaydin and C. Kaynak (1998), UCI Machine Learning "
    + "Repository, https://doi.org/10.24432/C50P49, CC BY 4.0"

  /// Pictures as they are, with the mean and standard deviation of the training split.
  public static let preprocessing = Preprocessing(resize: .none, mean: [0.3059], standardDeviation: [0.3763])

  /// All pictures in the order of the file. The stored values 0…16 are stretched to 0…255.
  /// - Throws: ``DatasetError`` where the data in the program are damaged.
  public static func all() throws -> InMemoryDataset {
    let images = try file(DigitsFiles.images, "the digits' pictures", rank: 3)
    let labels = try file(DigitsFiles.labels, "the digits' labels", rank: 1)
    return InMemoryDataset(
      width: images.dimensions[2], height: images.dimensions[1], channels: 1,
      pixels: images.bytes.map { UInt8((Int($0) * 255 + 8) / 16) }, labels: labels.bytes.map(Int.init),
      classNames: (0..<10).map(String.init))
  }

  private static func file(_ text: String, _ name: String, rank: Int) throws -> IDX {
    guard let data = Data(base64Encoded: text, options: .ignoreUnknownCharacters) else {
      throw DatasetError.invalidIDX(file: name, reason: "it is no base64")
    }
    return try IDX(ByteReader(data, file: name), rank: rank)
  }

  /// The test split is every fifth picture (index mod 5 = 4): 359; the other 1,438 are for training.
  /// - Throws: ``DatasetError`` where the data in the program are damaged.
  public static func load() throws -> (train: InMemoryDataset, test: InMemoryDataset) {
    let all = try all()
    return (all.filtered { $0 % 5 != 4 }, all.filtered { $0 % 5 == 4 })
  }
}
