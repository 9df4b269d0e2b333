import Engine

/// Adds up an evaluation batch by batch, in the order of the batches.
package struct Tally {
  package private(set) var count = 0
  private var loss = 0.0
  package private(set) var correct = 0
  private var inTopFive = 0
  private var confusion: [Int]
  private let classes: Int

  package init(classes: Int) {
    self.classes = classes
    confusion = Array(repeating: 0, count: classes * classes)
  }

  /// Goes on from counts of another tally; who was taken for whom is not known of them.
  mutating func goOn(from count: Int, correct: Int) { (self.count, self.correct) = (count, correct) }

  package var meanLoss: Double { count == 0 ? 0 : loss / Double(count) }
  package var top1: Double { count == 0 ? 0 : Double(correct) / Double(count) }
  package var top5: Double { count == 0 ? 0 : Double(inTopFive) / Double(count) }

  /// - Parameters:
  ///   - logits: `[N, C]`.
  ///   - labels: N classes.
  ///   - loss: the batch's mean loss; 0 where it is not counted here.
  package mutating func add(logits: Tensor, labels: [Int], loss: Float = 0) {
    precondition(
      logits.shape == [labels.count, classes],
      "Tally: logits of \(logits.shape) for \(labels.count) labels of \(classes) classes")
    count += labels.count
    self.loss += Double(loss) * Double(labels.count)
    logits.forEachRow { index, row in
      let label = labels[index]
      let rank = Ranking.rank(of: label, in: row)
      if rank == 0 { correct += 1 }
      if rank < 5 { inTopFive += 1 }
      confusion[label * classes + (rank == 0 ? label : Ranking.first(row))] += 1
    }
  }

  /// - Parameter loss: nil for the mean of the batches'.
  package func evaluation(classNames: [String], loss: Double? = nil) -> Evaluation {
    Evaluation(
      classNames: classNames, loss: loss ?? meanLoss, inTopFive: inTopFive,
      confusion: (0..<classes).map { Array(confusion[$0 * classes..<($0 + 1) * classes]) })
  }
}
