import Engine
import Images

extension Pipeline.Step where Target == [LabelledBox] {
  /// Four pictures around a random point of a square: the example and three that are drawn from a data set (Bochkovskiy et
  /// al. 2020, "YOLOv4").
  ///
  /// Each picture is made so large that its longer side is a random share of the square's, and put into its quarter with a
  /// corner at the point; what does not fit is cut, what is left free is filled.
  /// - Parameters:
  ///   - dataset: what the three are drawn from, as they are decoded: put the step first, or give a data set whose pictures
  ///     suit it. Where it is empty the example stays as it is.
  ///   - size: the square's side in pixels, at least 8.
  ///   - scale: the longer side of each picture as a share of the square's, uniform.
  ///   - fill: what free places are, in all channels.
  ///   - minimumVisibility: the least share of an object's area that must be left of it.
  ///   - probability: of an example to be changed.
  public static func mosaic(
    from dataset: any Dataset<[LabelledBox]>, size: Int, scale: ClosedRange<Float> = 0.4...1,
    fill: UInt8 = 114,
    minimumVisibility: Float = 0.2, probability: Float = 1
  ) -> Self {
    precondition(size >= 8 && scale.lowerBound > 0, "mosaic: a side of \(size), a scale of \(scale)")
    return Self("mosaic \(size)") { example, generator in
      guard generator.uniform() < probability, dataset.count > 0 else { return example }
      let point = (
        x: Int(generator.uniform(0.3, 0.7) * Float(size)), y: Int(generator.uniform(0.3, 0.7) * Float(size))
      )
      var examples = [example]
      for _ in 0..<3 { examples.append(try dataset.example(at: generator.below(dataset.count))) }
      let channels = example.image.channels
      let whole = Image.Region(x: 0, y: 0, width: size, height: size)
      var result = Example(
        image: Image(width: size, height: size, channels: channels, repeating: fill), target: [LabelledBox]())
      for (index, part) in examples.enumerated() {
        let longest = max(Float(size) * generator.uniform(scale.lowerBound, scale.upperBound), 1)
        let quarter = Quarter(index, point, size)
        let placed = quarter.filled(by: part, longest: longest, fill, minimumVisibility)
        result.image.paste(placed.image.converted(toChannels: channels), x: quarter.x, y: quarter.y)
        let shift = Image.Region(x: -quarter.x, y: -quarter.y, width: whole.width, height: whole.height)
        result.target += placed.target.transformed(by: .crop(shift), in: placed.image.size)
      }
      return result
    }
  }
}

/// A part of the mosaic.
private struct Quarter {
  let x, y, width, height: Int
  /// Whether the point is at its right, and at its foot.
  let isLeft, isTop: Bool

  /// - Parameter index: from left to right, then from top to bottom.
  init(_ index: Int, _ point: (x: Int, y: Int), _ size: Int) {
    isLeft = index % 2 == 0
    isTop = index < 2
    x = isLeft ? 0 : point.x
    y = isTop ? 0 : point.y
    width = isLeft ? point.x : size - point.x
    height = isTop ? point.y : size - point.y
  }

  /// The picture with its corner at the point.
  func filled(
    by example: Example<[LabelledBox]>, longest: Float, _ fill: UInt8, _ minimumVisibility: Float
  ) -> Example<[LabelledBox]> {
    let before = example.image.size
    let factor = longest / Float(max(before.width, before.height))
    let size = Image.Size(
      width: max(Int((Float(before.width) * factor).rounded()), 1),
      height: max(Int((Float(before.height) * factor).rounded()), 1))
    let region = Image.Region(
      x: isLeft ? size.width - width : 0, y: isTop ? size.height - height : 0, width: width, height: height)
    return Example(
      image: example.image.transformed(by: [.resize(size), .crop(region, fill: fill)]),
      target: example.target.transformed(by: .resize(size), in: before)
        .cropped(to: region, in: size, minimumVisibility: minimumVisibility))
  }
}
