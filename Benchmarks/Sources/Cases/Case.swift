import Colonnade

/// A small, fixed piece of work: `instructions` counts what it executes, `smoke` times it.
public struct Case {
  /// Without spaces.
  public let name: String
  /// Multiply-accumulates of the direct sums; nil where something else is what costs.
  public let macs: Int?
  /// Whether `smoke` takes it too.
  public let isTimed: Bool
  private let make: () throws -> () -> Void

  /// - Parameter make: returns the work, which may be done again and again. What it draws is always the same.
  init(_ name: String, macs: Int? = nil, isTimed: Bool = false, make: @escaping () throws -> () -> Void) {
    (self.name, self.macs, self.isTimed, self.make) = (name, macs, isTimed, make)
  }

  /// The work, done once already: weights are in their prepared form, buffers in the pool.
  public func prepared() throws -> () -> Void {
    let work = try make()
    work()
    return work
  }

  public static let all = networks + convolutions + layers + pooling + detection + pictures
}

extension Case: @unchecked Sendable {}
