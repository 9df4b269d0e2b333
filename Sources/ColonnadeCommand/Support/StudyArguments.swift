import ArgumentParser
import Colonnade
import Foundation

/// How studies are done, and where their runs and reports are.
struct StudyArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The report to write (default: reproduce-STUDY.html, of several studies reproduce.html).",
      valueName: "file"))
  var out: String?

  @Option(
    help: ArgumentHelp(
      "The folder of the studies' runs (default: the report's name without its extension, and '-runs').",
      valueName: "folder"))
  var work: String?

  @Option(help: ArgumentHelp("What each study may take, about (default: 30).", valueName: "minutes"))
  var budget: Double?

  @Option(help: ArgumentHelp("Each network is trained once with each (default: 1,2,3).", valueName: "n,…"))
  var seeds: SeedsArgument?

  @Option(
    help: ArgumentHelp(
      "Of each network, whatever it takes (default: what the budget allows).", valueName: "n"))
  var epochs: Int?

  @Option(
    help: ArgumentHelp(
      "Height and width of the pictures (default: small pictures as they are, where the network can take them, others 64;"
        + " of 'baseline', 'transfer' and 'selfsupervision' 96, of the plain and residual networks of 'depth' 32, of"
        + " 'inference' 224). A network that takes no such small ones sees the least that it takes; features made by hand"
        + " see photographs at 128 or more.",
      valueName: "s"))
  var size: Int?

  @Option(
    help: ArgumentHelp("A folder with published weights (of \(usingWeights)).", valueName: "folder"))
  var weights: String?

  /// The studies that look at published weights.
  static let usingWeights = Studies.all.filter(\.usesWeights).map(\.name).joined(separator: ", ")

  func validate() throws {
    if let budget, !(0.01...1e6 ~= budget) {
      throw ValidationError("--budget \(budget): from 0.01 to 1,000,000 minutes are possible")
    }
    if let epochs, !TrainingConfiguration.counts.contains(epochs) {
      throw ValidationError("--epochs \(epochs): \(TrainingConfiguration.range)")
    }
    try PictureSide.check(size)
  }

  /// What of it studies must know.
  /// - Throws: ``Failure`` where there is no folder of weights, or none in it.
  func options() throws -> StudyOptions {
    var options = StudyOptions()
    if let budget { options.budget = budget * 60 }
    if let seeds { options.seeds = seeds.seeds }
    (options.epochs, options.size) = (epochs, size)
    if let weights {
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: weights, isDirectory: &isFolder), isFolder.boolValue else {
        throw Failure(.missingInput, "\(weights): no folder of weights")
      }
      let folder = URL(fileURLWithPath: weights)
      guard try !FoundWeights.all(in: folder).isEmpty else {
        throw Failure(
          .missingInput,
          "\(weights): holds no weights that are called like a network, such as resnet18.safetensors")
      }
      options.weights = folder
    }
    return options
  }

  /// The report's file.
  /// - Parameter names: of the studies.
  func out(of names: [String]) -> String { out ?? Self.usualOut(of: names) }

  /// The folder of the runs.
  /// - Parameters:
  ///   - out: the report's file.
  ///   - names: of the studies.
  func work(beside out: String, of names: [String]) -> String {
    if let work { return work }
    let file = OutputFile.isStandardOutput(out) ? Self.usualOut(of: names) : out
    return (file as NSString).deletingPathExtension + "-runs"
  }

  private static func usualOut(of names: [String]) -> String {
    names.count == 1 ? "reproduce-\(names[0]).html" : "reproduce.html"
  }
}

/// Whole numbers with commas: `1,2,3`.
struct SeedsArgument: ExpressibleByArgument {
  let seeds: [UInt64]

  /// The most that one study takes.
  private static let most = 100

  init?(argument: String) {
    let fields = argument.split(separator: ",", omittingEmptySubsequences: false)
    seeds = fields.compactMap { UInt64($0) }
    guard seeds.count == fields.count, seeds.count <= Self.most, Set(seeds).count == seeds.count else {
      return nil
    }
  }
}
