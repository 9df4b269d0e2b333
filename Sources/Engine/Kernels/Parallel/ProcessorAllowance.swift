#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// How many processors this process may use, and why.
public struct ProcessorAllowance: Sendable, Hashable {
  /// Processors online.
  public let online: Int
  /// Those that the process may run on (`taskset`, cpusets); nil where the system does not tell.
  public let affinity: Int?
  /// Processors' worth of time that the control groups allow, the least of them; nil without a limit.
  public let quota: Double?

  /// The number of threads worth having: at least 1; a quota's fraction counts as a whole one.
  public var count: Int {
    var count = min(online, affinity ?? online)
    if let quota { count = min(count, Int(quota.rounded(.up))) }
    return max(1, count)
  }

  /// As found when first asked for.
  public static let current = ProcessorAllowance(
    online: max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))),
    affinity: affinity(status: contents(of: "/proc/self/status") ?? ""),
    quota: ControlGroups.quota(root: "/sys/fs/cgroup", membership: contents(of: "/proc/self/cgroup") ?? ""))

  package init(online: Int, affinity: Int?, quota: Double?) {
    (self.online, self.affinity, self.quota) = (online, affinity, quota)
  }

  /// The processors in a process's `status`, as Linux writes it: `Cpus_allowed:` and hexadecimal words.
  package static func affinity(status: String) -> Int? {
    let line = status.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed:") }
    let digits = line?.split(separator: ":").last?.filter(\.isHexDigit) ?? ""
    if digits.isEmpty { return nil }
    return digits.reduce(0) { $0 + ($1.hexDigitValue ?? 0).nonzeroBitCount }
  }

  /// A small file of the system's; nil where it cannot be read.
  static func contents(of path: String) -> String? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    let count = fread(&bytes, 1, bytes.count, file)
    return String(decoding: bytes[..<count], as: UTF8.self)
  }
}

/// Linux's control groups, which limit a container's time on the processors: version 2 (`cpu.max`) and 1
/// (`cpu.cfs_quota_us`).
package enum ControlGroups {
  /// The least quota of the groups that the process is in, in processors; nil where none has one.
  /// - Parameters:
  ///   - root: where the groups are mounted.
  ///   - membership: what `/proc/self/cgroup` says: a line `hierarchy:controllers:path` each.
  package static func quota(root: String, membership: String) -> Double? {
    var quotas: [Double] = []
    for line in membership.split(separator: "\n") {
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
      guard fields.count == 3 else { continue }
      let controllers = fields[1].split(separator: ",")
      if controllers.isEmpty {
        // A container sees its own group as the root, or the host's path that does not exist here.
        for folder in ["/unified" + fields[2], fields[2]].flatMap(parents) {
          quotas += quota(maximum: read("\(root)\(folder)/cpu.max"))
        }
      } else if controllers.contains("cpu") {
        for folder in parents(of: fields[2]) {
          let mount = "\(root)/\(fields[1])\(folder)"
          quotas += quota(
            maximum: "\(read("\(mount)/cpu.cfs_quota_us") ?? "") \(read("\(mount)/cpu.cfs_period_us") ?? "")")
        }
      }
    }
    return quotas.min()
  }

  /// A group's path, its parents' and the root's, which is empty.
  private static func parents(of path: String) -> [String] {
    var names = path.split(separator: "/").map(String.init)
    var paths: [String] = [""]
    while !names.isEmpty {
      paths.append("/" + names.joined(separator: "/"))
      names.removeLast()
    }
    return paths
  }

  /// Of `<quota> <period>` in microseconds; `max` and -1 are none.
  private static func quota(maximum: String?) -> [Double] {
    let numbers = (maximum ?? "").split(whereSeparator: \.isWhitespace).map { Double($0) }
    guard numbers.count == 2, let quota = numbers[0], let period = numbers[1], quota > 0, period > 0 else {
      return []
    }
    return [quota / period]
  }

  private static func read(_ path: String) -> String? { ProcessorAllowance.contents(of: path) }
}
