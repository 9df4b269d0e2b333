import Colonnade
import Pictures

extension Case {
  /// From a file to a network's input: JPEGs of 500×375.
  static let pictures = [
    Case("decode", isTimed: true) {
      let pictures = JPEGPictures(count: 2)
      return { for index in 0..<pictures.count { _ = image(pictures, index) } }
    },
    Case("resize", isTimed: true) {
      let picture = image(JPEGPictures(count: 1), 0)
      return { _ = picture.resized(shorterSide: 256) }
    },
    Case("preprocess", isTimed: true) {
      let picture = image(JPEGPictures(count: 1), 0)
      return { _ = Preprocessing.torchvision(picture) }
    },
  ]

  private static func image(_ pictures: JPEGPictures, _ index: Int) -> Image {
    try! pictures.example(at: index).image
  }
}
