import ArgumentParser
import Colonnade

/// A learning-rate schedule as the command line writes it: a name, and numbers after colons.
struct ScheduleArgument: ExpressibleByArgument {
  let schedule: LearningRateSchedule

  static let syntax =
    "constant, cosine[:MINIMUM], polynomial[:POWER], step:EPOCHS[:GAMMA], multistep:EPOCH,EPOCH,…[:GAMMA] or"
    + " plateau[:PATIENCE[:GAMMA]]; of step and multistep epochs that are done count, those of --warm-up too: multistep:2 changes"
    + " the rate from the third epoch on"

  init?(argument: String) {
    var fields = argument.split(separator: ":", omittingEmptySubsequences: false).map(String.init)[...]
    guard let schedule = Self.parse(fields.removeFirst(), &fields), fields.isEmpty else { return nil }
    self.schedule = schedule
  }

  /// Takes the fields that the schedule uses.
  private static func parse(_ name: String, _ fields: inout ArraySlice<String>) -> LearningRateSchedule? {
    /// The next field; `fallback` where there is none, nil where it is no such number.
    func next<T: LosslessStringConvertible>(_ fallback: T?) -> T? {
      fields.popFirst().map { T($0) } ?? fallback
    }
    switch name {
    case "constant": return .constant
    case "cosine": return next(0.0).map { .cosine(minimum: $0) }
    case "polynomial": return next(1.0).map { .polynomial(power: $0) }
    case "step":
      guard let epochs = next(nil as Int?), let gamma = next(0.1) else { return nil }
      return .step(epochs: epochs, gamma: gamma)
    case "multistep":
      guard let list = next(nil as String?), let gamma = next(0.1) else { return nil }
      let milestones = list.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
      guard milestones.allSatisfy({ $0 != nil }) else { return nil }
      return .multiStep(milestones: milestones.compactMap { $0 }, gamma: gamma)
    case "plateau":
      guard let patience = next(5), let gamma = next(0.1) else { return nil }
      return .plateau(gamma: gamma, patience: patience)
    default: return nil
    }
  }
}
