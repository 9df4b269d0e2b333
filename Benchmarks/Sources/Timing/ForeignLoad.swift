import Foundation

/// How many processors other processes have kept busy since it was made; a timing beside a busy neighbour says little.
public struct ForeignLoad: Sendable {
  private let start = ContinuousClock.now
  private let all = Self.busySeconds()
  private let own = Self.ownSeconds()

  public init() {}

  /// Nil where the system does not tell.
  public var processors: Double? {
    guard let before = all, let now = Self.busySeconds() else { return nil }
    let elapsed = (ContinuousClock.now - start) / .seconds(1)
    return max(0, (now - before - (Self.ownSeconds() - own)) / max(elapsed, 1e-3))
  }

  private static func ownSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  /// The first line of /proc/stat: user, nice, system, idle, iowait, irq, softirq in clock ticks.
  private static func busySeconds() -> Double? {
    guard let text = try? String(contentsOfFile: "/proc/stat", encoding: .utf8),
      let line = text.split(separator: "\n").first
    else { return nil }
    let ticks = line.split(separator: " ").dropFirst().compactMap { Double($0) }
    guard ticks.count >= 7 else { return nil }
    return (ticks[0] + ticks[1] + ticks[2] + ticks[5] + ticks[6]) / Double(sysconf(Int32(_SC_CLK_TCK)))
  }
}
