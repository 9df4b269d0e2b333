extension Image {
  /// Pictures side by side, row by row, with a gap around each.
  /// - Parameters:
  ///   - pictures: of one size and number of channels; at least one.
  ///   - columns: how many stand in a row; nil is about as many as there are rows.
  ///   - gap: pixels between pictures and around all.
  ///   - background: of the gaps, in every channel.
  /// - Precondition: the pictures are of one size.
  public init(sheetOf pictures: [Image], columns: Int? = nil, gap: Int = 2, background: UInt8 = 255) {
    precondition(!pictures.isEmpty, "Image(sheetOf:): there are no pictures")
    let size = pictures[0].size
    let columns = columns ?? Int(Double(pictures.count).squareRoot().rounded(.up))
    precondition(columns > 0 && gap >= 0, "Image(sheetOf:): \(columns) columns, a gap of \(gap)")
    let rows = (pictures.count + columns - 1) / columns
    self.init(
      width: columns * (size.width + gap) + gap, height: rows * (size.height + gap) + gap,
      channels: pictures[0].channels, repeating: background)
    for (index, picture) in pictures.enumerated() {
      precondition(
        picture.size == size, "Image(sheetOf:): pictures of \(pictures[0].extents) and \(picture.extents)")
      paste(
        picture, x: gap + index % columns * (size.width + gap), y: gap + index / columns * (size.height + gap)
      )
    }
  }

  /// The picture with each pixel as a square of `factor` pixels.
  public func magnified(by factor: Int) -> Image {
    precondition(factor > 0, "Image.magnified: by \(factor)")
    if factor == 1 { return self }
    return Image(width: width * factor, height: height * factor, channels: channels) { target in
      for y in 0..<height * factor {
        for x in 0..<width * factor {
          for channel in 0..<channels {
            target[(y * width * factor + x) * channels + channel] =
              pixels[(y / factor * width + x / factor) * channels + channel]
          }
        }
      }
    }
  }
}
