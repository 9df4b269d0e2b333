extension Image {
  /// Many pictures in one: a grid of equal cells, row by row, each picture in the middle of its cell. A larger picture is made
  /// smaller until it fits, one that fits several times is magnified pixel by pixel. In colour where one of them is.
  /// - Parameters:
  ///   - pictures: at least one.
  ///   - columns: cells a row; nil is about as many as there are rows.
  ///   - cell: the size of a cell; nil is the first picture's.
  ///   - gap: pixels between cells, and around all.
  ///   - background: of gaps and of what a picture leaves of its cell.
  public static func contactSheet(
    of pictures: [Image], columns: Int? = nil, cell: Size? = nil, gap: Int = 4, background: UInt8 = 255
  ) -> Image {
    precondition(!pictures.isEmpty, "Image.contactSheet: there are no pictures")
    let cell = cell ?? pictures[0].size
    let columns = min(columns ?? Int(Double(pictures.count).squareRoot().rounded(.up)), pictures.count)
    precondition(
      columns > 0 && cell.width > 0 && cell.height > 0 && gap >= 0,
      "Image.contactSheet: \(pictures.count) pictures in \(columns) columns of \(cell), gap \(gap)")
    let rows = (pictures.count + columns - 1) / columns
    let channels = pictures.map(\.channels).max()!
    var sheet = Image(
      width: columns * (cell.width + gap) + gap, height: rows * (cell.height + gap) + gap, channels: channels,
      repeating: background)
    for (place, picture) in pictures.enumerated() {
      let fitted = picture.fitted(into: cell).converted(toChannels: channels)
      sheet.paste(
        fitted, x: gap + place % columns * (cell.width + gap) + (cell.width - fitted.width) / 2,
        y: gap + place / columns * (cell.height + gap) + (cell.height - fitted.height) / 2)
    }
    return sheet
  }

  /// As large as a cell allows: smaller at its shape, or larger by a whole factor.
  private func fitted(into cell: Size) -> Image {
    let factor = min(cell.width / width, cell.height / height)
    if factor >= 1 { return magnified(by: factor) }
    let box = size.letterboxed(in: cell)
    return resized(width: box.width, height: box.height)
  }

  /// The picture with each pixel as a square of `factor` pixels.
  public func magnified(by factor: Int) -> Image {
    precondition(factor > 0, "Image.magnified: by \(factor)")
    if factor == 1 { return self }
    return Image(width: width * factor, height: height * factor, channels: channels) { target in
      pixels.withUnsafeBufferPointer { source in
        var place = target
        for y in 0..<height * factor {
          let row = source.baseAddress! + y / factor * rowBytes
          for x in 0..<width * factor {
            for channel in 0..<channels { place[channel] = row[x / factor * channels + channel] }
            place += channels
          }
        }
      }
    }
  }
}
