import CBLASShim

/// The kernels of `CBLASShim`'s headers for AVX2: Swift has no such instructions without `unsafeFlags`.
package enum VectorKernels {
  /// Whether this processor has them. Elsewhere nothing below may be called.
  package static let areHere = colonnade_has_avx2() != 0

  /// c ← epilogue(a · panel), or of c + a · panel, for at most 16 columns: see `panel_product.h`.
  /// - Parameter epilogue: without what is left for a second pass, see ``Epilogue/split``.
  @inline(__always)
  static func multiplyPanel(
    rows: Int, inner: Int, columns: Int, _ a: Source, lda: Int, _ panel: Source, stored: Int, adds: Bool,
    epilogue: Epilogue?, _ c: Destination, ldc: Int
  ) {
    func multiply(_ finish: UnsafePointer<colonnade_epilogue>?) {
      colonnade_panel_product(rows, inner, columns, a, lda, panel, stored, adds ? 1 : 0, finish, c, ldc)
    }
    if let epilogue { withUnsafePointer(to: epilogue.vectorForm) { multiply($0) } } else { multiply(nil) }
  }

  typealias Tap = colonnade_tap

  /// Targets of a depthwise convolution's line, of 16 channels and more: see `depthwise_line.h`.
  /// - Parameters:
  ///   - first: elements from where the taps point to the first target's sources.
  ///   - epilogue: of the first target, without what is left for a second pass, see ``Epilogue/split``.
  @inline(__always)
  static func depthwise(
    targets: Int, taps: UnsafeBufferPointer<Tap>, first: Int, step: Int, channels: Int, epilogue: Epilogue,
    _ target: Destination, targetStep: Int
  ) {
    func run(_ finish: UnsafePointer<colonnade_epilogue>?) {
      colonnade_depthwise(
        targets, taps.baseAddress, taps.count, first, step, channels, finish, target, targetStep)
    }
    if epilogue.isIdentity { run(nil) } else { withUnsafePointer(to: epilogue.vectorForm) { run($0) } }
  }

  /// Whether the transforms of a Winograd tile's input and output are here.
  static func transform(_ tile: WinogradTile) -> Bool {
    switch tile {
    case .four, .six, .seven: areHere
    case .two, .twoOfFive: false
    }
  }

  /// The transform of one window `[n, n, C]` of a picture: see `winograd_transforms.h`.
  /// - Parameter inside: the rows and columns that lie within the picture; the others are zero.
  @inline(__always)
  static func winogradInput(
    _ tile: WinogradTile, _ window: Source, rowStep: Int, columnStep: Int,
    inside: (rows: Range<Int>, columns: Range<Int>),
    channels: Int, into target: Destination, pointStep: Int, scratch: UnsafeMutablePointer<Quad>
  ) {
    var bounds = (
      inside.rows.lowerBound, inside.rows.upperBound, inside.columns.lowerBound, inside.columns.upperBound
    )
    withUnsafeBytes(of: &bounds) {
      colonnade_winograd_input(
        Int32(tile.output), window, rowStep, columnStep, $0.assumingMemoryBound(to: Int.self).baseAddress,
        channels,
        target, pointStep, UnsafeMutableRawPointer(scratch).assumingMemoryBound(to: Float.self))
    }
  }

  /// One tile's products to its output: see `winograd_transforms.h`.
  /// - Parameters:
  ///   - extent: the rows and columns within the picture.
  ///   - epilogue: of the tile's first pixel, without what is left for a second pass, see ``Epilogue/split``.
  @inline(__always)
  static func winogradOutput(
    _ tile: WinogradTile, _ products: Source, pointStep: Int, channels: Int, epilogue: Epilogue,
    into target: Destination, rowStep: Int, columnStep: Int, extent: (rows: Int, columns: Int),
    scratch: UnsafeMutablePointer<Quad>
  ) {
    withUnsafePointer(to: epilogue.vectorForm) {
      colonnade_winograd_output(
        Int32(tile.output), products, pointStep, channels, $0, target, rowStep, columnStep, extent.rows,
        extent.columns,
        UnsafeMutableRawPointer(scratch).assumingMemoryBound(to: Float.self))
    }
  }
}

extension Epilogue {
  fileprivate var vectorForm: colonnade_epilogue {
    let (floor, ceiling): (Float, Float) =
      switch activation {
      case .relu: (0, .infinity)
      case .clip(let low, let high): (low, high)
      default: (-.infinity, .infinity)
      }
    return colonnade_epilogue(scale: scale, shift: shift, residual: residual, floor: floor, ceiling: ceiling)
  }
}
