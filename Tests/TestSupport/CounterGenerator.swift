import Engine

/// The goldens' generator, the same as `scripts/goldens/generator.py`.
///
/// Number k (from 0) of a stream is mix(mix(FNV-1a(label)) + (k + 1)·γ), 64 bits: SplitMix64. A uniform number is its
/// upper 24 bits over 2²⁴. All that follows are single `Float` operations in a given order, which IEEE 754 rounds
/// correctly, so both languages have the same bits.
public struct CounterGenerator: Sendable {
  private let start: UInt64

  public init(_ label: String) {
    let hash = label.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    start = Self.mix(hash)
  }

  /// Number `k` of the stream.
  public subscript(k: Int) -> UInt64 { Self.mix(start &+ UInt64(k + 1) &* 0x9E37_79B9_7F4A_7C15) }

  /// In [0, 1), a multiple of 2⁻²⁴.
  public func uniform(_ k: Int) -> Float { Float(self[k] >> 40) * 0x1p-24 }

  private static func mix(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// `wanted` offsets below `count`, with repetition; all of them in order where there are no more than wanted.
  public static func sample(_ label: String, of count: Int, _ wanted: Int) -> [Int] {
    guard count > wanted else { return Array(0..<count) }
    let generator = CounterGenerator(label)
    return (0..<wanted).map { Int(generator[$0] % UInt64(count)) }
  }
}

extension ParameterStore {
  /// Gives every parameter and statistic the value that its key and its shape in files determine: weights uniform
  /// with He's variance, batch norm's factors and variances about 1, all else about 0.
  public func fillFromKeys() {
    for parameter in all where parameter.role != .counter {
      let shape = parameter.layout.fileShape(parameter.shape)
      let generator = CounterGenerator(parameter.name)
      let draw = Self.value(of: parameter.name, shape)
      let tensor = Tensor(uninitialized: shape)
      let elements = tensor.storage.pointer
      Parallel.forEachRange(shape.count, grain: 1 << 16) { range in
        for index in range { elements[index] = draw(generator.uniform(index)) }
      }
      parameter.value = parameter.layout.fromFile(tensor)
    }
  }

  private static func value(of key: String, _ shape: Shape) -> @Sendable (Float) -> Float {
    func ends(_ suffixes: String...) -> Bool { suffixes.contains { key.hasSuffix($0) } }
    if shape.rank > 1 {
      let bound = Float((6 / Double(shape.dimensions.dropFirst().reduce(1, *))).squareRoot())
      return { (2 * $0 - 1) * bound }
    }
    // Factors at the end of residual branches.
    if ends("bn2.weight", "bn3.weight") { return { (0.5 + $0) * 0.5 } }
    if ends("running_var", ".weight") { return { 0.5 + $0 } }
    return { 0.4 * ($0 - 0.5) }
  }
}

/// Pictures `[count, height, width, channels]`: squares of 8×8 pixels of one colour in [−2, 2), with noise in
/// [−0.5, 0.5) over them.
public func goldenPictures(_ shape: Shape, label: String = "input") -> Tensor {
  let (height, width, channels) = (shape[1], shape[2], shape[3])
  let (rows, columns) = ((height + 7) / 8, (width + 7) / 8)
  let (colours, noise) = (CounterGenerator(label), CounterGenerator(label + ".noise"))
  let x = Tensor(uninitialized: shape)
  for index in 0..<shape.count {
    let (c, pixel) = (index % channels, index / channels)
    let (column, line) = (pixel % width, pixel / width)
    let (row, picture) = (line % height, line / height)
    let square = ((picture * rows + row / 8) * columns + column / 8) * channels + c
    x.storage.pointer[index] = (4 * colours.uniform(square) - 2) + (noise.uniform(index) - 0.5)
  }
  return x
}

extension Tensor {
  /// Activations `[N, H, W, C]` in PyTorch's order, `[N, C, H, W]`; others as they are.
  public var inFileOrder: Tensor { shape.rank == 4 ? detached.permuted([0, 3, 1, 2]) : detached }
}
