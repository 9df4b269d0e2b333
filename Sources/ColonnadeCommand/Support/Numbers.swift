import Foundation

// Numbers as people read them.

/// A number with this many digits after the point.
func fixed(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }

/// A share as a percentage.
func percent(_ share: Double, _ digits: Int = 2) -> String { fixed(100 * share, digits) + " %" }

/// A layer's output without the batch: `112×112×64`.
func extents(_ shape: [Int]) -> String {
  shape.dropFirst().map(String.init).joined(separator: "×")
}

/// A large count with its unit: 4.09 G.
func scaled(_ value: Double) -> String {
  for (limit, unit) in [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")] where value >= limit {
    return "\(fixed(value / limit, 2)) \(unit)"
  }
  return fixed(value, 0)
}

/// Bytes in binary units: 98.1 MiB.
func bytes(_ count: Int) -> String {
  for (shift, unit) in [(30, "GiB"), (20, "MiB"), (10, "KiB")] where count >= 1 << shift {
    return "\(fixed(Double(count) / Double(1 << shift), 1)) \(unit)"
  }
  return "\(count) B"
}

/// A duration as a clock shows it: 1:05, 1:01:05.
func clock(_ seconds: Double) -> String {
  guard seconds.isFinite, seconds >= 0, seconds < 1e9 else { return "–" }
  let total = Int(seconds.rounded())
  let (hours, minutes, rest) = (total / 3600, total / 60 % 60, total % 60)
  return hours > 0
    ? String(format: "%d:%02d:%02d", hours, minutes, rest) : String(format: "%d:%02d", minutes, rest)
}
