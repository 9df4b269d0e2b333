import Engine
import Images

/// How the pictures of a batch become one tensor.
public enum Collation: Hashable, Sendable {
  /// Pictures of different sizes are refused.
  case equalSizes
  /// Each picture in the top left corner of the least size that holds them all, its sides rounded up to a multiple; the
  /// rest is 0, the mean colour. Targets go along: masks are padded too.
  case padded(toMultipleOf: Int = 1)
  /// Each picture by itself, see ``Batch/pictures``, for networks that bring them to one size themselves: pictures of extreme
  /// shapes, padded, would take the memory of the tallest and the widest together.
  case separate

  /// The size of the batch's pictures.
  func size(of sizes: [Image.Size]) -> Image.Size {
    guard case .padded(let multiple) = self else { return sizes[0] }
    func rounded(_ extent: Int) -> Int { (extent + multiple - 1) / multiple * multiple }
    return Image.Size(
      width: rounded(sizes.map(\.width).max()!), height: rounded(sizes.map(\.height).max()!))
  }

  /// - Parameters:
  ///   - examples: prepared ones, at least one.
  ///   - indices: their places in the data set.
  /// - Throws: ``DatasetError/unequalSizes(example:size:expected:)``.
  func batch<Target>(
    _ examples: [Example<Target>], indices: [Int], _ preprocessing: Preprocessing
  ) throws -> Batch<Target> {
    let images = examples.map(\.image)
    guard self != .separate else {
      return Batch(
        separate: images.map { preprocessing.batch([$0]) }, targets: examples.map(\.target), indices: indices)
    }
    let sizes = images.map(\.size)
    let size = size(of: sizes)
    guard case .padded = self else {
      for (image, index) in zip(images, indices) where image.size != size {
        throw DatasetError.unequalSizes(example: index, size: image.extents, expected: images[0].extents)
      }
      return Batch(
        images: preprocessing.batch(images), targets: examples.map(\.target), sizes: sizes, indices: indices)
    }
    let whole = Image.Region(x: 0, y: 0, width: size.width, height: size.height)
    let targets = examples.map { example in
      example.image.size == size
        ? example.target : example.target.transformed(by: .crop(whole), in: example.image.size)
    }
    return Batch(
      images: preprocessing.batch(images, padded: size), targets: targets, sizes: sizes, indices: indices)
  }
}
