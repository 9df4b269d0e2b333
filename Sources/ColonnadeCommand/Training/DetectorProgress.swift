import Colonnade

extension TrainingDisplay {
  /// What of a detector's training takes no steps.
  func show(_ progress: DetectionTraining.Progress) {
    switch progress {
    case .proposals(let done, let count): draw(done, of: count, "selective search")
    case .measured(let done, let count): draw(done, of: count, "validating")
    case .machines(.unlearnt(let names)):
      print(
        "no object to learn from, so never found: \(names.map { printable($0) }.joined(separator: ", "))")
    case .machines(.features(let done, let count, let regions, let unusable)):
      draw(done, of: count, "\(grouped(regions)) regions")
      if done == count {
        print(
          "\(counted(count, "picture")), \(grouped(regions)) regions"
            + (unusable > 0 ? "; \(counted(unusable, "object")) without an area left out" : ""))
      }
    case .machines(.machine(let name, let round, let positives, let negatives, let hard)):
      print(
        "\(printable(name)), round \(round): \(grouped(positives)) positive and \(grouped(negatives)) negative examples, "
          + (hard == 0 ? "none hard: done" : "\(grouped(hard)) hard ones added"))
    case .machines(.regression(let name, let examples)):
      print("\(printable(name)): boxes regressed from \(counted(examples, "proposal"))")
    }
  }
}
