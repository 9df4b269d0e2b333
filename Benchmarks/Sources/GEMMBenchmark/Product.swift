/// A matrix product `[m, k] × [k, n]` to be timed, or `[m, k] × [n, k]ᵀ`.
struct Product: Sendable {
  let name: String
  let m, n, k: Int
  /// Whether the right side lies as `[n, k]`, as a fully connected layer's weights do.
  let transposeB: Bool
  /// How often one forward pass of its network has it.
  let uses: Int

  init(_ name: String, m: Int, n: Int, k: Int, transposeB: Bool = false, uses: Int = 1) {
    self.name = name
    self.m = m
    self.n = n
    self.k = k
    self.transposeB = transposeB
    self.uses = uses
  }

  /// Floating-point operations: a multiplication and an addition for each term.
  var operations: Double { 2 * Double(m) * Double(n) * Double(k) }

  static func squares(upTo largest: Int) -> [Product] {
    [64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048, 4096].filter { $0 <= largest }.map {
      Product("square \($0)", m: $0, n: $0, k: $0)
    }
  }
}
