import Colonnade
import Foundation

/// What there is: library, processors, memory.
enum MachineChecks {
  /// The BLAS library and the kernel it chose for this processor.
  static func library() -> Finding {
    let (configuration, kernel) = GEMM.libraryDescription
    guard configuration.hasPrefix("OpenBLAS ") else {
      return Finding("BLAS", .failed, "not OpenBLAS, but \(configuration)")
    }
    let detail = "\(BLASKernel.library), kernel \(kernel)"
    guard BLASKernel.isFallback else { return Finding("BLAS", .passed, detail) }
    return Finding(
      "BLAS", .warning, "\(detail): it does not know this processor; \(BLASKernel.remedy)")
  }

  static func processors() -> Finding {
    let (threads, allowance) = (Parallel.threads, ProcessorAllowance.current)
    var measured = ["threads": Double(threads), "processors": Double(allowance.count)]
    measured["processors_online"] = Double(allowance.online)
    measured["processors_affinity"] = allowance.affinity.map(Double.init)
    measured["processors_quota"] = allowance.quota
    var limits: [String] = []
    if let affinity = allowance.affinity, affinity < allowance.online {
      limits.append("affinity allows \(affinity)")
    }
    if let quota = allowance.quota, quota < Double(allowance.online) {
      limits.append("a control group allows \(fixed(quota, 1)) processors' time")
    }
    let reason =
      limits.isEmpty
      ? "" : " (\(counted(allowance.online, "processor")) online; \(limits.joined(separator: ", ")))"
    let detail = "\(threads) compute, of \(counted(allowance.count, "processor"))" + reason
    guard threads <= allowance.count else {
      return Finding(
        "threads", .warning, detail + ": more than there are only get in each other's way", measured: measured
      )
    }
    return Finding("threads", .passed, detail, measured: measured)
  }

  /// Training ResNet-50 with batches of 16 takes about 3 GiB.
  private static let comfortableMemory = 4 << 30

  static func memory() -> Finding {
    let total = Int(ProcessInfo.processInfo.physicalMemory)
    let available = availableMemory() ?? total
    let measured = ["total_bytes": Double(total), "available_bytes": Double(available)]
    let detail = "\(bytes(available)) available of \(bytes(total))"
    return available >= comfortableMemory
      ? Finding("memory", .passed, detail, measured: measured)
      : Finding("memory", .warning, detail + ": little for training large networks", measured: measured)
  }

  /// What Linux says that programs can still have; nil where there is no telling.
  private static func availableMemory() -> Int? {
    guard let text = try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8) else { return nil }
    let line = text.split(separator: "\n").first { $0.hasPrefix("MemAvailable:") }
    return line?.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { $0 << 10 }
  }
}
