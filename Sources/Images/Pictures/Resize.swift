extension Image {
  /// The whole picture at another size, bit for bit as Pillow's `resize`: along one axis, then along the other,
  /// rounded to eight bits in between; an axis that keeps its extent is left alone.
  /// - Precondition: both sides are positive.
  public func resized(
    width: Int, height: Int, interpolation: Interpolation = .bilinear
  ) -> Image {
    resized(
      width: width, height: height, columns: 0..<width, rows: 0..<height, interpolation: interpolation)
  }

  /// The part `columns`×`rows` of ``resized(width:height:interpolation:)``, at the cost of that part only.
  /// - Parameters:
  ///   - width: of the whole.
  ///   - height: of the whole.
  ///   - columns: of the whole that are wanted.
  ///   - rows: of the whole that are wanted.
  ///   - across: what of this picture's columns the whole is made of; nil is all of them.
  ///   - down: what of this picture's rows the whole is made of; nil is all of them.
  ///   - interpolation: how.
  /// - Precondition: both sides are positive, and the part lies within them.
  func resized(
    width: Int, height: Int, columns: Range<Int>, rows: Range<Int>, across: LineSpan? = nil,
    down: LineSpan? = nil, interpolation: Interpolation
  ) -> Image {
    precondition(width > 0 && height > 0, "Image.resized: to \(width)×\(height)")
    precondition(
      columns.lowerBound >= 0 && columns.upperBound <= width && rows.lowerBound >= 0
        && rows.upperBound <= height, "Image.resized: \(columns)×\(rows) of \(width)×\(height)")
    // Pillow 13's order (found by trying; before, rows always came first): the two differ in the last bit.
    if height < self.height, self.height - height > 2 * (self.width - width) {
      return resizedAlongColumns(to: height, rows, down, interpolation)
        .resizedAlongRows(to: width, columns, across, interpolation)
    }
    return resizedAlongRows(to: width, columns, across, interpolation)
      .resizedAlongColumns(to: height, rows, down, interpolation)
  }

  /// The picture with its shorter side `extent` pixels long and its shape kept, the longer side rounded down as
  /// torchvision's `Resize(extent)` does.
  public func resized(
    shorterSide extent: Int, interpolation: Interpolation = .bilinear
  ) -> Image {
    let size = size.scaled(shorterSide: extent)
    return resized(width: size.width, height: size.height, interpolation: interpolation)
  }

  /// The given columns of the picture made `width` wide.
  private func resizedAlongRows(
    to width: Int, _ columns: Range<Int>, _ span: LineSpan?, _ interpolation: Interpolation
  ) -> Image {
    guard width != self.width || span != nil else {
      return cropped(x: columns.lowerBound, y: 0, width: columns.count, height: height)
    }
    let plan = ResamplingWeights(from: self.width, of: span, to: width, outputs: columns, interpolation)
    return Image(width: columns.count, height: height, channels: channels) { target in
      pixels.withUnsafeBufferPointer { source in
        plan.weights.withUnsafeBufferPointer { weights in
          for row in 0..<height {
            let line = source.baseAddress! + row * rowBytes
            let output = target + row * columns.count * channels
            if channels == 3 {
              Self.resampleRGB(line, into: output, plan, weights.baseAddress!)
            } else {
              Self.resampleGrey(line, into: output, plan, weights.baseAddress!)
            }
          }
        }
      }
    }
  }

  private static let half: Int32 = 1 << (ResamplingWeights.precision - 1)

  @inline(__always)
  private static func byte(_ sum: Int32) -> UInt8 {
    UInt8(truncatingIfNeeded: max(0, min(255, sum >> ResamplingWeights.precision)))
  }

  private static func resampleRGB(
    _ source: UnsafePointer<UInt8>, into target: UnsafeMutablePointer<UInt8>,
    _ plan: ResamplingWeights, _ weights: UnsafePointer<Int32>
  ) {
    for x in plan.starts.indices {
      let pixel = source + plan.starts[x] * 3
      let line = weights + x * plan.stride
      var (red, green, blue) = (half, half, half)
      for k in 0..<plan.counts[x] {
        red &+= Int32(pixel[k &* 3]) &* line[k]
        green &+= Int32(pixel[k &* 3 &+ 1]) &* line[k]
        blue &+= Int32(pixel[k &* 3 &+ 2]) &* line[k]
      }
      target[x * 3] = byte(red)
      target[x * 3 + 1] = byte(green)
      target[x * 3 + 2] = byte(blue)
    }
  }

  private static func resampleGrey(
    _ source: UnsafePointer<UInt8>, into target: UnsafeMutablePointer<UInt8>,
    _ plan: ResamplingWeights, _ weights: UnsafePointer<Int32>
  ) {
    for x in plan.starts.indices {
      let pixel = source + plan.starts[x]
      let line = weights + x * plan.stride
      var sum = half
      for k in 0..<plan.counts[x] { sum &+= Int32(pixel[k]) &* line[k] }
      target[x] = byte(sum)
    }
  }

  /// The given rows of the picture made `height` high.
  private func resizedAlongColumns(
    to height: Int, _ rows: Range<Int>, _ span: LineSpan?, _ interpolation: Interpolation
  ) -> Image {
    guard height != self.height || span != nil else {
      return cropped(x: 0, y: rows.lowerBound, width: width, height: rows.count)
    }
    let plan = ResamplingWeights(from: self.height, of: span, to: height, outputs: rows, interpolation)
    let rowBytes = rowBytes
    return Image(width: width, height: rows.count, channels: channels) { target in
      var sums = [Int32](repeating: 0, count: rowBytes)
      pixels.withUnsafeBufferPointer { source in
        sums.withUnsafeMutableBufferPointer { sums in
          for row in 0..<rows.count {
            sums.update(repeating: Self.half)
            for k in 0..<plan.counts[row] {
              let weight = plan.weights[row * plan.stride + k]
              let line = source.baseAddress! + (plan.starts[row] + k) * rowBytes
              for x in 0..<rowBytes { sums[x] &+= Int32(line[x]) &* weight }
            }
            let output = target + row * rowBytes
            for x in 0..<rowBytes { output[x] = Self.byte(sums[x]) }
          }
        }
      }
    }
  }
}
