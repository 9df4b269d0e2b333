import Engine
import Foundation

/// How many epochs the runs of a study have, and why.
public struct EpochPlan: Codable, Hashable, Sendable {
  /// Of each run.
  public let epochs: Int
  /// What the study would have had without a budget.
  public let wish: Int
  /// For all runs, in seconds; nil where the epochs were given.
  public let budget: Double?
  /// What one epoch of all runs takes as far as it was measured, in seconds; nil where the epochs were given.
  public let secondsPerEpoch: Double?
  /// What else the study does within the budget, however many epochs there are, in seconds; nil where the epochs were given.
  public let secondsBeside: Double?
  /// Which runs have that many epochs.
  var subject = "Every run"
  /// Whether the epochs were given when the runs began, and are not now.
  private var isTakenOver = false

  private enum CodingKeys: String, CodingKey { case epochs, wish, budget, secondsPerEpoch, secondsBeside }

  /// As many epochs as were asked for.
  /// - Parameter epochs: of each run.
  public init(given epochs: Int) {
    (self.epochs, wish, budget, secondsPerEpoch, secondsBeside) = (epochs, epochs, nil, nil, nil)
  }

  /// As many epochs as fit, at most as many as are wished for, and at least one.
  /// - Parameters:
  ///   - wish: without a budget.
  ///   - budget: for all runs, in seconds.
  ///   - secondsPerEpoch: of one epoch of all runs together.
  ///   - secondsBeside: of what else is done within the budget.
  public init(wish: Int, budget: Double, secondsPerEpoch: Double, secondsBeside: Double = 0) {
    let fitting = (budget - secondsBeside) / secondsPerEpoch
    // What takes no time, or is no number, cuts nothing.
    epochs = fitting < Double(wish) ? Int(max(1, fitting)) : max(1, wish)
    (self.wish, self.budget, self.secondsPerEpoch) = (wish, budget, secondsPerEpoch)
    self.secondsBeside = secondsBeside
  }

  /// What of it people should know, in a sentence.
  public var sentence: String {
    guard let budget, let secondsPerEpoch else {
      let time = isTakenOver ? " when the runs began" : ""
      return "\(subject) has \(counted(epochs, "epoch")), as was asked for\(time)."
    }
    func duration(_ seconds: Double) -> String { StudyTable.Unit.duration.text(seconds) }
    let beside = secondsBeside ?? 0
    let time =
      "\(duration(secondsPerEpoch)) an epoch of all runs"
      + (beside > 0 ? ", with \(duration(beside)) for what else is computed," : "")
    let limit = "the budget of \(duration(budget))"
    if secondsPerEpoch + beside > budget {
      return "\(subject) has one epoch of \(wish): \(time) is more than \(limit)."
    }
    return epochs < wish
      ? "\(subject) has \(counted(epochs, "epoch")) of the \(wish) that it should have: at \(time) no more fit into \(limit)."
      : "\(subject) has \(counted(epochs, "epoch")), as many as it should have: \(time) fit into \(limit)."
  }

  /// The plan in the words of what is asked for now, where that gives as many epochs.
  /// - Parameters:
  ///   - asked: how many epochs; nil where the budget decides.
  ///   - budget: for all runs, in seconds.
  /// - Returns: nil where it would be another plan.
  package func renewed(epochs asked: Int?, budget: Double) -> EpochPlan? {
    if let asked { return asked == epochs ? EpochPlan(given: asked) : nil }
    var plan = self
    if let planned = self.budget, let secondsPerEpoch {
      guard planned != budget else { return self }
      plan = EpochPlan(
        wish: wish, budget: budget, secondsPerEpoch: secondsPerEpoch, secondsBeside: secondsBeside ?? 0)
    } else {
      plan.isTakenOver = true
    }
    return plan.epochs == epochs ? plan : nil
  }
}

extension StudyContext {
  /// Trains each of some networks with each seed, and as many epochs as fit into the budget: the same for all of them, but for
  /// ``StudyTraining/epochFactor``. A run that diverges ends alone.
  /// - Parameters:
  ///   - trainings: by name, which tells their runs' folders apart.
  ///   - group: tells the plan from that of the study's other trainings.
  ///   - subject: which runs have as many epochs as the plan says; nil is every run, or a run on all pictures where some have more.
  ///   - wish: epochs of a run, without a budget.
  ///   - share: of the study's budget.
  ///   - seeds: nil is the study's.
  ///   - keepsWeights: whether the runs' folders keep weights when all epochs are done.
  ///   - beside: seconds of what else is done within the budget; asked for where epochs are planned.
  /// - Returns: the plan, which is remembered, and for each training its runs in the order of the seeds.
  /// - Throws: ``TrainingError/differentRun(folder:differences:)`` where runs have begun by another plan, else
  ///   ``TrainingError``, `NetworkError`, and what reading pictures throws.
  public func train(
    _ trainings: [StudyTraining], group: String = "runs", subject: String? = nil, wish: Int,
    share: Double = 1, seeds: [UInt64]? = nil, keepsWeights: Bool = false, beside: () throws -> Double = { 0 }
  ) throws -> (plan: EpochPlan, runs: [[StudyRun]]) {
    let seeds = seeds ?? options.seeds
    var plan = try self.plan(trainings, group, wish, options.budget * share, seeds, beside)
    let isOfSome = trainings.contains { $0.epochFactor != 1 }
    plan.subject = subject ?? (isOfSome ? "A run on all pictures" : "Every run")
    say(plan.sentence)
    var runs = trainings.map { _ in [StudyRun]() }
    // Seed by seed: what is there after a while are all networks with some seeds, not some networks with all of them.
    for seed in seeds {
      for (place, training) in trainings.enumerated() {
        let configuration = training.configured(epochs: plan.epochs, seed: seed)
        runs[place].append(
          try trainWhateverComes("\(training.name)/seed-\(seed)", keepsWeights: keepsWeights) {
            try training.run(configuration, $0, observer)
          })
      }
    }
    memory.seconds += runs.joined().reduce(0) { $0 + $1.allSeconds }
    return (plan, runs)
  }

  private func plan(
    _ trainings: [StudyTraining], _ group: String, _ wish: Int, _ budget: Double, _ seeds: [UInt64],
    _ beside: () throws -> Double
  ) throws -> EpochPlan {
    let name = "plan-\(group)"
    let areBegun = trainings.contains { hasBegun($0) }
    if let earlier = try keptPlan(name, budget, hasBegun: areBegun) { return earlier }
    let plan = try newPlan(trainings, wish, budget, seeds, beside)
    try keep(plan, name)
    return plan
  }

  /// The plan by which runs have begun, or that was made under the same conditions; nil where a new one is to be made.
  private func keptPlan(_ name: String, _ budget: Double, hasBegun: Bool) throws -> EpochPlan? {
    guard let found: KeptValue<EpochPlan> = kept(name) else { return nil }
    // Of version 0.1 nothing is known of the pictures; the runs are looked at.
    let others = found.pictures?.differences(from: memory.pictures) ?? []
    guard others.isEmpty, let plan = found.value.renewed(epochs: options.epochs, budget: budget) else {
      guard hasBegun else { return nil }
      let differences = others.isEmpty ? [options.epochs == nil ? "budget" : "epochs"] : others
      throw TrainingError.differentRun(folder: folder.path, differences: differences)
    }
    guard let environment = found.environment, plan.budget != nil else {
      return hasBegun || options.epochs != nil ? plan : nil
    }
    guard hasBegun || options.epochs != nil || environment.threads == Parallel.threads else { return nil }
    memory.takeOver([environment])
    return plan
  }

  private func newPlan(
    _ trainings: [StudyTraining], _ wish: Int, _ budget: Double, _ seeds: [UInt64],
    _ beside: () throws -> Double
  ) throws -> EpochPlan {
    if let epochs = options.epochs { return EpochPlan(given: epochs) }
    var cost = TrainingCost(perEpoch: 0)
    for training in trainings {
      say("timing \(training.name)")
      let run = try training.run(training.configured(epochs: wish, seed: seeds[0]), nil, nil)
      let one = try run.measuredCost(steps: 6, enough: 3)
      cost.once += one.once
      cost.perEpoch += one.perEpoch * training.epochFactor
    }
    let count = Double(seeds.count)
    return EpochPlan(
      wish: wish, budget: budget, secondsPerEpoch: cost.perEpoch * count,
      secondsBeside: cost.once * count + (try beside()))
  }
}
