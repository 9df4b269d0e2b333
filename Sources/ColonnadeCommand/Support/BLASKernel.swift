import Colonnade
import Foundation

/// The kernel that OpenBLAS chose for this processor, and a better one that it has.
enum BLASKernel {
  /// OpenBLAS with its version, of its description.
  static var library: String {
    GEMM.libraryDescription.configuration.split(separator: " ").prefix(2).joined(separator: " ")
  }

  /// Whether it is one without the vector instructions that every processor of the last ten years has, which OpenBLAS takes where it
  /// does not know the processor.
  static var isFallback: Bool {
    ["prescott", "generic", "core2"].contains(GEMM.libraryDescription.kernel.lowercased())
  }

  /// What `OPENBLAS_CORETYPE` can name in its place; nil where OpenBLAS chose well, or there is no telling.
  static var better: String? {
    guard isFallback else { return nil }
    let instructions = processorInstructions
    if instructions.isSuperset(of: ["avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"]) {
      return "SkylakeX"
    }
    return instructions.isSuperset(of: ["avx2", "fma"]) ? "Haswell" : nil
  }

  /// What to do about ``isFallback``. OpenBLAS reads its environment before the first line of a program.
  static var remedy: String {
    "update it" + (better.map { ", or set OPENBLAS_CORETYPE=\($0) in the environment" } ?? "")
  }

  /// As Linux lists them; empty elsewhere.
  private static var processorInstructions: Set<String> {
    let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix("flags") }
    return Set(line?.split(whereSeparator: \.isWhitespace).map(String.init) ?? [])
  }
}
