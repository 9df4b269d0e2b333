import ArgumentParser

/// A bound on the norm of the gradients, or none.
struct ClipArgument: ExpressibleByArgument {
  let norm: Double?

  init?(argument: String) {
    norm = Double(argument)
    guard norm != nil || argument == "none" else { return nil }
  }
}
