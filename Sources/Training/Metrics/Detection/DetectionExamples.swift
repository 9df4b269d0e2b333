import Datasets
import Images
import Models

extension DetectionEvaluation {
  /// The pictures with the most mistakes among the detections of at least ``score``, drawn with them; equal ones in their order.
  /// - Parameters:
  ///   - detections: of each picture, those that were evaluated.
  ///   - dataset: the pictures that were evaluated; decoded are those that are chosen.
  ///   - limit: how many pictures at most.
  /// - Throws: what reading the data throws.
  public func examples(
    _ detections: [[Detection]], in dataset: any Dataset<[LabelledBox]>, limit: Int = 12
  ) throws -> [ExamplePicture] {
    precondition(
      detections.count == dataset.count,
      "DetectionEvaluation.examples: detections of \(detections.count) pictures for \(dataset.count)")
    let sure = detections.map { $0.filter { $0.score >= score } }
    let mistakes = try sure.indices.map {
      DetectionMistake.all(sure[$0], try dataset.target(at: $0), picture: $0)
    }
    let order = mistakes.indices.filter { !mistakes[$0].isEmpty }
      .sorted { (mistakes[$1].count, $0) < (mistakes[$0].count, $1) }
    let names = classes.map(\.name)
    return try order.prefix(limit).map { place in
      let file = (dataset as? DetectionDataset)?.pictures[place].url.lastPathComponent
      return ExamplePicture(
        try dataset.example(at: place).image, detections: sure[place], mistakes: mistakes[place],
        classNames: names,
        name: file ?? "picture \(place + 1)")
    }
  }
}
