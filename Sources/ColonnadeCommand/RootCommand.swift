import ArgumentParser
import Colonnade
import Foundation

/// The command `colonnade`: finds the subcommand, runs it, and turns what goes wrong into one line and an exit code.
@main
struct RootCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "colonnade",
    abstract:
      "Convolutional networks on BLAS: classify pictures, find objects, train networks, measure them.",
    discussion: """
      EXAMPLES:
        colonnade doctor
        colonnade summary resnet50
        colonnade classify cat.jpg --network squeezenet1_1 \\
          --weights squeezenet1_1.safetensors
        colonnade explain cat.jpg --network squeezenet1_1 \\
          --weights squeezenet1_1.safetensors --out overlay.png
        colonnade detect dog.jpg --network yolov3-tiny --weights yolov3-tiny.weights
        colonnade train digits --network resnet20 --out runs/digits
        colonnade evaluate digits --weights runs/digits/best.safetensors

      EXIT CODES:
         0  done
        64  wrong usage
        65  bad pictures, data, weights or runs
        66  a file or folder is missing
        69  a check of doctor failed
        70  anything unforeseen
        71  the system gives no memory
        73  an output cannot be written, or another run is under way in its folder

      A command that a signal ends is seen to end by it; shells show 130 after Ctrl-C, \
      143 after SIGTERM. However a command ends, it leaves no partial file, and a \
      training run is safe up to its last checkpoint.

      Bars and colours appear on a terminal, unless NO_COLOR is set; elsewhere \
      progress is a line every 30 seconds, or COLONNADE_PROGRESS_SECONDS. Diagnostics \
      go to the standard error.
      """,
    version: "0.1.0",
    subcommands: [
      ClassifyCommand.self, ExplainCommand.self, DetectCommand.self, ProposeCommand.self, RunCommand.self,
      TrainCommand.self, PretrainCommand.self, EvaluateCommand.self, ReproduceCommand.self,
      AugmentCommand.self,
      DatasetCommand.self, SummaryCommand.self, InspectCommand.self, ConvertCommand.self, ReportCommand.self,
      DoctorCommand.self,
    ])

  static func main() {
    Ending.prepare()
    Diagnostics.start()
    Exhaustion.setHandler { Ending.now(Failure(.system, $0)) }
    var recipe: RecipeFile?
    do {
      let arguments = try Arguments.ofProcess()
      recipe = try RecipeFile(namedIn: arguments)
      var command = try parseAsRoot(recipe?.expanding(arguments) ?? arguments)
      try command.run()
      Ending.exit(0)
    } catch {
      Ending.exit(Failure.report(error, recipe))
    }
  }
}
