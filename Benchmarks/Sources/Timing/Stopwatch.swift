/// Seconds that `body` takes by the clock on the wall.
public func seconds(_ body: () throws -> Void) rethrows -> Double {
  let duration = try ContinuousClock().measure(body).components
  return Double(duration.seconds) + Double(duration.attoseconds) * 1e-18
}

/// How many calls of `body` take at least `minimum` seconds together; they also warm it up.
public func repetitions(lasting minimum: Double, _ body: () -> Void) -> Int {
  var count = 1
  while true {
    let elapsed = seconds { for _ in 0..<count { body() } }
    if elapsed >= minimum { return count }
    // At most eightfold: the first calls may be slow and say little about the next.
    count = elapsed > 0 ? min(count * 8, Int(Double(count) * minimum / elapsed * 1.2) + 1) : count * 8
  }
}
