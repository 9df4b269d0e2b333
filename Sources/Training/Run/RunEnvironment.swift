import Engine
import Foundation

/// Where and when something was trained or measured: what else its times depend on, and from one processor to another its bits.
public struct RunEnvironment: Codable, Hashable, Sendable {
  /// As the system calls it, such as `AMD EPYC 7B13`; empty where it does not say.
  public var processor: String
  /// How many compute.
  public var threads: Int
  /// The BLAS library's kernel for this processor.
  public var kernel: String
  /// The operating system with its version.
  public var system: String
  /// Of Colonnade; empty where the program does not say it.
  public var version: String
  /// The day and the minute, in universal time: `2026-01-31 12:00 UTC`.
  public var date: String

  /// - Parameters:
  ///   - processor: as the system calls it.
  ///   - threads: how many compute.
  ///   - kernel: the BLAS library's.
  ///   - system: with its version.
  ///   - version: of Colonnade.
  ///   - date: the day and the minute.
  public init(
    processor: String, threads: Int, kernel: String, system: String, version: String, date: String
  ) {
    (self.processor, self.threads, self.kernel) = (processor, threads, kernel)
    (self.system, self.version, self.date) = (system, version, date)
  }

  /// This machine, now.
  /// - Parameter version: of Colonnade, as the program says it.
  public static func current(version: String = "") -> Self {
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.timeZone = TimeZone(secondsFromGMT: 0)
    formatter.dateFormat = "yyyy-MM-dd HH:mm 'UTC'"
    return Self(
      processor: processorName(), threads: Parallel.threads, kernel: GEMM.libraryDescription.kernel,
      system: ProcessInfo.processInfo.operatingSystemVersionString, version: version,
      date: formatter.string(from: Date()))
  }

  /// What is otherwise than in another environment, in words; the date aside.
  func differences(from other: Self) -> [String] {
    [
      (processor.isEmpty ? "another processor" : processor, processor == other.processor),
      (counted(threads, "thread"), threads == other.threads),
      ("BLAS kernel \(kernel)", kernel == other.kernel), (system, system == other.system),
      ("Colonnade \(version)", version == other.version || version.isEmpty),
    ].filter { !$1 }.map(\.0)
  }

  /// For people.
  var facts: [(name: String, value: String)] {
    let processor = processor.isEmpty ? "unknown" : processor
    var facts = [
      ("processor", "\(processor), BLAS kernel \(kernel)"), ("threads", "\(threads)"), ("system", system),
    ]
    if !version.isEmpty { facts.append(("Colonnade", version)) }
    return facts + [("date", date)]
  }

  private static func processorName() -> String {
    #if os(macOS)
      var length = 0
      guard sysctlbyname("machdep.cpu.brand_string", nil, &length, nil, 0) == 0, length > 0 else { return "" }
      var bytes = [UInt8](repeating: 0, count: length)
      guard sysctlbyname("machdep.cpu.brand_string", &bytes, &length, nil, 0) == 0 else { return "" }
      return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    #else
      let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
      let line = text.split(separator: "\n").first { $0.hasPrefix("model name") }
      return line?.split(separator: ":", maxSplits: 1).last.map {
        $0.trimmingCharacters(in: .whitespaces)
      } ?? ""
    #endif
  }
}
