/// What came of one thing with each seed.
package struct SeedValues {
  /// Of the runs that did not diverge; the higher the better.
  package let values: [Double]
  /// How many runs diverged: each of them is worse than any that did not.
  package let diverged: Int

  /// - Parameters:
  ///   - values: of the runs that did not diverge.
  ///   - diverged: how many runs did.
  package init(_ values: [Double], diverged: Int = 0) { (self.values, self.diverged) = (values, diverged) }

  /// Of the runs that did not diverge; nil where there is none.
  package var mean: Double? { values.isEmpty ? nil : values.reduce(0, +) / Double(values.count) }

  fileprivate var runs: Int { values.count + diverged }
  fileprivate var least: Double? { diverged > 0 ? -Double.infinity : values.min() }

  /// By how many runs diverged, then by the mean.
  fileprivate func isBetter(than other: SeedValues) -> Bool {
    (-diverged, mean ?? -Double.infinity) > (-other.diverged, other.mean ?? -Double.infinity)
  }
}

extension StudyResult {
  /// Says which of some recipes is the best, by how many runs diverged and then by the mean, and how it did beside the first one,
  /// which none of them may beat.
  /// - Parameter recipes: with their accuracies.
  /// - Returns: nil where there is nothing beside the first one.
  package static func bestBesideFirst(_ recipes: [(name: String, accuracies: SeedValues)]) -> String? {
    guard let best = recipes.dropFirst().max(by: { $1.accuracies.isBetter(than: $0.accuracies) }) else {
      return nil
    }
    let first = recipes[0]
    let text = comparison(best.name, best.accuracies, with: first.name, first.accuracies)
    return best.accuracies.isBetter(than: first.accuracies)
      ? "The best recipe: \(text)" : "No recipe beats \(first.name). The best of them: \(text)"
  }

  /// Says how one thing did beside another, and whether the seeds tell them apart.
  /// - Parameters:
  ///   - name: of the one.
  ///   - one: its shares.
  ///   - other: name of the other.
  ///   - another: the other's shares.
  ///   - what: the shares are of.
  package static func comparison(
    _ name: String, _ one: SeedValues, with other: String, _ another: SeedValues, what: String = "accuracy"
  ) -> String {
    let both = [(name: name, seeds: one), (name: other, seeds: another)]
    guard let least = one.least, let most = one.values.max(), let otherLeast = another.least,
      let otherMost = another.values.max()
    else {
      let lost = both.filter { $0.seeds.values.isEmpty }.map { $0.name }.joined(separator: " and of ")
      return "\(name) and \(other) cannot be compared: every run of \(lost) diverged."
    }
    func words(_ seeds: SeedValues, _ what: String = "") -> String {
      let lost = seeds.diverged > 0 ? " (\(seeds.diverged) of \(seeds.runs) runs diverged)" : ""
      return StudyTable.Column("", .share).text(.of(seeds.values)) + what + lost
    }
    let numbers = "\(name) has \(words(one, " \(what)")), \(other) \(words(another))"
    let single = both.filter { $0.seeds.runs < 2 }.map { $0.name }
    if single.count == 2 { return "\(numbers); one seed each says little." }
    if let single = single.first { return "\(numbers); one seed of \(single) says little." }
    if least > otherMost {
      return "\(numbers): the worst seed of the one is better than the best of the other."
    }
    if most < otherLeast {
      return "\(numbers): the best seed of the one is worse than the worst of the other."
    }
    let worst = one.diverged + another.diverged > 0 ? ", runs that diverged being the worst" : ""
    return "\(numbers): the ranges over the seeds overlap\(worst)."
  }

  /// Says of a table with means which runs they leave out.
  /// - Returns: nil where none diverged.
  static func divergences(_ trained: [(name: String, runs: [StudyRun])]) -> String? {
    let parts = trained.compactMap { name, runs -> String? in
      guard case .text(let share) = runs.divergences else { return nil }
      return "\(share) of \(name)"
    }
    return parts.isEmpty
      ? nil : "Runs that diverged are left out of the means: \(parts.joined(separator: ", "))."
  }
}
