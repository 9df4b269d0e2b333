import ArgumentParser
import Colonnade

/// `colonnade doctor`: whether this machine computes rightly, and how fast.
struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Check that this machine computes rightly, and measure how fast.",
    discussion: """
      Looks at the BLAS library and its processor kernel, measures the peak of fused multiply-adds and what matrix \
      products reach of it, holds products on many threads at once and convolutions of the kinds of which networks \
      are made against plain loops, decodes a JPEG and a PNG, and reads the package's own resources. Takes a few \
      seconds.

      EXAMPLES:
        colonnade doctor
        colonnade doctor --threads 1
        colonnade doctor --json

      Exits with 69 where a check failed; a warning is no failure.
      """)

  @Flag(help: "Print JSON.")
  var json = false

  @OptionGroup var threadArguments: ThreadArguments

  func run() throws {
    try threadArguments.apply()
    var findings: [Finding] = []
    for check in Self.checks {
      let finding = check()
      findings.append(finding)
      if !json { Terminal.standardOutput.print(finding.line(on: .standardOutput)) }
    }
    let failures = findings.filter { $0.verdict == .failed }.count
    let warnings = findings.filter { $0.verdict == .warning }.count
    if json {
      try Output.json(Report(ok: failures == 0, checks: findings))
    } else {
      Terminal.standardOutput.print(Self.conclusion(failures: failures, warnings: warnings))
    }
    if failures > 0 { throw ExitCode(Failure.Code.unavailable.rawValue) }
  }

  private static let checks: [@Sendable () -> Finding] = [
    MachineChecks.library, MachineChecks.processors, HandoverCheck.run, MachineChecks.memory,
    SpeedChecks.multiplyAddPeak, SpeedChecks.products, ConcurrencyCheck.run, ConvolutionCheck.run,
    CodecChecks.jpeg, CodecChecks.png, CodecChecks.resources,
  ]

  private static func conclusion(failures: Int, warnings: Int) -> String {
    let terminal = Terminal.standardOutput
    let hint = warnings == 0 ? "" : " (\(counted(warnings, "warning")))"
    if failures == 0 { return terminal.styled("All is well", .bold, .green) + hint }
    return terminal.styled("\(counted(failures, "check")) failed", .bold, .red) + hint
  }

  private struct Report: Encodable {
    let ok: Bool
    let checks: [Finding]
  }
}
