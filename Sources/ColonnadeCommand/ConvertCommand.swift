import ArgumentParser
import Colonnade

/// `colonnade convert`: any weight file to safetensors.
struct ConvertCommand: ParsableCommand {
  enum Precision: String, CaseIterable, ExpressibleByArgument {
    case f16, bf16, f32

    var type: ElementType {
      switch self {
      case .f16: .float16
      case .bf16: .bfloat16
      case .f32: .float32
      }
    }
  }

  static let configuration = CommandConfiguration(
    commandName: "convert",
    abstract: "Convert weights from PyTorch or NumPy to safetensors.",
    discussion: """
      Reads a PyTorch checkpoint (.pth, .pt, .th; nothing in it is executed), NumPy's .npz or .npy, or safetensors, \
      told apart by content, and writes safetensors with the same keys and shapes; what DataParallel, torch.compile or \
      a class around the network put before all keys of a checkpoint ('module.', '_orig_mod.', 'model.') is taken off, \
      and said. Objects in a checkpoint that are no tensors are left out. With --to floating-point elements \
      are rounded to the nearest number of that precision; integers and booleans stay as they are.

      EXAMPLES:
        colonnade convert resnet50-0676ba61.pth resnet50.safetensors
        colonnade convert training.pth averaged.safetensors --key model_ema
        colonnade convert vgg16.safetensors vgg16-half.safetensors --to f16
      """)

  @Argument(help: ArgumentHelp("The file to read, or - for the standard input.", valueName: "in"))
  var input: String

  @Argument(help: ArgumentHelp("The safetensors file to write.", valueName: "out"))
  var output: String

  @Option(help: "The precision of floating-point elements (default: as they are).")
  var to: Precision?

  @Option(
    help: ArgumentHelp(
      "Where in a checkpoint of several state dicts the tensors are, such as model_ema.", valueName: "key"))
  var key: String?

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    try Output.check(file: output)
    let file = try Input.tensors(input, key: key)
    let weights = file as? WeightFile
    // In its own format nothing of a file is lost.
    if weights?.isSafetensors != true { try Output.check(files: [output], areNoneOf: [input]) }
    if let weights { try PublishedWeights.check(weights) } else { try PublishedWeights.check(input) }
    let conversion = try Safetensors.convert(
      file, to: to?.type, metadata: weights?.metadata ?? [:], writing: output)
    Diagnostics.note(of: input, weights?.notes ?? [])
    if conversion.overflows > 0 {
      Diagnostics.warning(
        "\(output): \(counted(conversion.overflows, "number")) too large for \(to?.rawValue ?? "") became infinite"
      )
    }
    let report = Report(
      output: output, tensors: conversion.tensors, converted: conversion.converted,
      overflows: conversion.overflows)
    let terminal = Output.terminal(beside: output)
    if json { return try Output.json(report, on: terminal) }
    let changed = to.map { ", \(conversion.converted) of them converted to \($0.type.rawValue)" } ?? ""
    terminal.print("\(counted(conversion.tensors, "tensor")) written to \(printable(output))\(changed)")
  }

  /// What `--json` prints.
  private struct Report: Encodable {
    let output: String
    let tensors: Int
    let converted: Int
    /// Finite numbers that became infinite.
    let overflows: Int
  }
}
