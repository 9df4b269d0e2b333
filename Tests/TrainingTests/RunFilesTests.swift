import Datasets
import Engine
import Foundation
import Models
import Training
import XCTest

/// Files of runs of version 0.1 and of this one are each other's.
final class RunFilesTests: XCTestCase {
  /// A line of `log.jsonl` as version 0.1 wrote it.
  private let line = """
    {"epoch":3,"isBest":true,"learningRate":0.025,"picturesPerSecond":1024.5,"seconds":1.25,"steps":69,\
    "trainAccuracy":0.75,"trainLoss":0.625,"validationAccuracy":0.875,"validationLoss":0.5,\
    "validationSeconds":0.125,"validationTop5":0.984375}
    """

  func testALineOfTheLogIsWrittenAsItWasRead() throws {
    let record = try JSONDecoder().decode(EpochRecord.self, from: Data(line.utf8))
    XCTAssertEqual(record.epoch, 3)
    XCTAssertEqual([record.trainLoss, record.trainAccuracy], [0.625, 0.75])
    XCTAssertEqual(
      [record.validationLoss, record.validationAccuracy, record.validationTop5], [0.5, 0.875, 0.984375])
    XCTAssertEqual(record.validation.metrics, ["accuracy": 0.875, "top5": 0.984375])
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    XCTAssertEqual(String(decoding: try encoder.encode(record), as: UTF8.self), line)
  }

  /// A classification's log has the keys that it had, and no others.
  func testTheKeysOfAClassificationAreTheSame() throws {
    let folder = temporaryFolder()
    let run = try SmallRun()
    try run.trainer(output: folder).run(until: 1)
    func keys(_ data: Data) throws -> Set<String> {
      Set(try XCTUnwrap(JSONSerialization.jsonObject(with: data) as? [String: Any]).keys)
    }
    let log = try Data(contentsOf: RunDirectory(folder).log)
    XCTAssertEqual(try keys(log), try keys(Data(line.utf8)))
    let description = try XCTUnwrap(
      JSONSerialization.jsonObject(with: Data(contentsOf: RunDirectory(folder).configuration))
        as? [String: Any])
    XCTAssertEqual(
      Set(description.keys),
      [
        "attribution", "card", "classPictures", "configuration", "data", "environment", "trainingPictures",
        "validationPictures",
      ])
    XCTAssertEqual(
      Set(try XCTUnwrap(description["card"] as? [String: Any]).keys),
      [
        "auxiliary", "classNames", "inputChannels", "inputHeight", "inputWidth", "network", "preprocessing",
      ])
  }

  func testMeasuresThatAreNoNumbersAreLeftOut() throws {
    let measures = Measures(loss: 1, parts: ["a": 0.5], metrics: ["map": .nan, "iou": 0.25])
    XCTAssertEqual(measures.metrics, ["iou": 0.25])
    XCTAssertEqual(measures["loss"], 1)
    XCTAssertNil(measures["map"])
    let data = try JSONEncoder().encode(measures)
    XCTAssertEqual(try JSONDecoder().decode(Measures.self, from: data), measures)
  }

  /// What a run trained is used, and is the start of another, without the command.
  func testTrainedWeightsClassifyAndStartAnotherTask() throws {
    let folder = temporaryFolder()
    let run = try SmallRun()
    try run.trainer(output: folder).run(until: 1)
    let file = RunDirectory(folder).last.path
    let trained = try TrainedNetwork(weights: file)
    XCTAssertEqual(trained.labels, (0..<10).map(String.init))
    assertThrows(TrainedNetworkError.otherNetwork(file: file, holds: "resnet20", asked: "resnet32")) {
      _ = try TrainedNetwork("resnet32", weights: file)
    }
    let picture = try run.data.validation.example(at: 3).image
    let found = try Classifier(trained).classify(picture, name: "a digit", top: 3)
    let logits = try run.network.logits(Digits.preprocessing([picture]))
    XCTAssertEqual(found.predictions, Prediction.top(3, of: logits, classNames: trained.labels)[0])
    XCTAssertEqual(found.file, "a digit")
    assertThrows(
      TrainedNetworkError.refused(
        picture: "x", reason: "resnet20 takes a batch [N, height, width, 1], not [1, 8, 8, 3]")
    ) {
      _ = try Classifier(trained, preprocessing: .plain(channels: 3)).classify(picture, name: "x")
    }

    // Rows of an output layer by the classes' names; afresh where a class is unknown.
    let few = try Network("resnet20", classes: 3, inputChannels: 1, seed: 8)
    let loaded = try PretrainedWeights.load(file, into: few, classNames: ["7", "0", "3"])
    XCTAssertEqual(loaded.chosenRows, ["linear.weight", "linear.bias"])
    XCTAssertEqual(loaded.notLoaded, [])
    let bias = try XCTUnwrap(run.network.store["linear.bias"]).value.scalars
    XCTAssertEqual(few.store["linear.bias"]?.value.scalars, [bias[7], bias[0], bias[3]])
    let other = try PretrainedWeights.load(file, into: few, classNames: ["7", "0", "cat"])
    XCTAssertEqual(other.notLoaded, ["linear.weight", "linear.bias"])

    // Data with some of the network's classes are matched by name.
    let some = InMemoryDataset(
      width: 8, height: 8, channels: 1, pixels: Array(repeating: 0, count: 128), labels: [1, 0],
      classNames: ["4", "9"])
    let matched = try trained.matched(some, name: "some")
    XCTAssertEqual(try (0..<2).map { try matched.target(at: $0) }, [9, 4])
    let strange = InMemoryDataset(
      width: 1, height: 1, channels: 1, pixels: [0], labels: [0], classNames: ["cat"])
    assertThrows(TrainedNetworkError.unknownClasses(data: "strange", ["cat"])) {
      _ = try trained.matched(strange, name: "strange")
    }
  }
}
