/// A matrix product `[m, k] × [k, n]` to be timed.
struct Product: Sendable {
  let name: String
  let m, n, k: Int
  /// How often one forward pass of its network has it.
  let uses: Int

  init(_ name: String, m: Int, n: Int, k: Int, uses: Int = 1) {
    self.name = name
    self.m = m
    self.n = n
    self.k = k
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
