/// Tensors that weights are not read from: of what kind they are in words, and how they are saved so that they are read.
enum UnreadKind {
  /// By a part of the name in PyTorch or NumPy of the class or function that makes them.
  private static let known: [(part: String, kind: String, saved: String)] = [
    ("sparse", "sparse numbers", "tensor.to_dense()"), ("omplex", "complex numbers", "tensor.real"),
    ("_rebuild_qtensor", "quantized numbers", "tensor.dequantize()"),
    ("QInt", "quantized numbers", "tensor.dequantize()"),
    ("QUInt", "quantized numbers", "tensor.dequantize()"),
    ("numpy.", "a NumPy array", "torch.from_numpy(array)"),
  ]

  /// - Parameter name: of the class or function that makes them.
  static func words(_ name: String) -> String {
    known.first { name.contains($0.part) }?.kind ?? shown(name)
  }

  /// What is read, and what is to be saved in place of these kinds.
  /// - Parameter kinds: ``words(_:)``, or element types.
  static func advice(_ kinds: some Sequence<String>) -> String {
    var ways: [String] = []
    for kind in kinds {
      let way = known.first { $0.kind == kind }?.saved ?? "tensor.float()"
      if !ways.contains(way) { ways.append(way) }
    }
    return
      "weights are read from tensors of F32, F16, BF16 or F64: in Python, save \(ways.joined(separator: " or "))"
  }
}
