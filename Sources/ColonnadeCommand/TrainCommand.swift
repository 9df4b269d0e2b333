import ArgumentParser
struct TrainCommand: ParsableCommand { static let configuration = CommandConfiguration(commandName: "train") }
struct EvaluateCommand: ParsableCommand { static let configuration = CommandConfiguration(commandName: "evaluate") }
struct ReportCommand: ParsableCommand { static let configuration = CommandConfiguration(commandName: "report") }
