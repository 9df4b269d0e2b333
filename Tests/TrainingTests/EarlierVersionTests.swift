import Datasets
import Engine
import Foundation
import Models
import TestSupport
import Training
import XCTest

/// The folder of a run as version 0.1 left it is read, reported and gone on with.
///
/// The texts in `Fixtures/earlier` are what that version wrote of two epochs of a ResNet-20 on the digits, before files said
/// anything of tasks, of how data were opened, or of the pictures themselves; `card.json` and `training.json` lay in the
/// metadata of its weights and its checkpoint. The tensors, a megabyte, are made here under the keys and in the layouts that
/// it gave them.
final class EarlierVersionTests: XCTestCase {
  private func fixture(_ name: String) throws -> Data {
    try Data(contentsOf: Bundle.module.bundleURL.appending(path: "Fixtures/earlier/\(name)"))
  }

  private func text(_ name: String) throws -> String { String(decoding: try fixture(name), as: UTF8.self) }

  private func network(seed: UInt64) throws -> Network {
    try Network("resnet20", classes: 10, inputChannels: 1, seed: seed)
  }

  /// The run's folder with a network's weights.
  private func folder(_ network: Network) throws -> URL {
    let folder = temporaryFolder()
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for name in ["configuration.json", "log.jsonl", "evaluation.json", "examples.json"] {
      try fixture(name).write(to: folder.appending(path: name))
    }
    let directory = RunDirectory(folder)
    for file in [directory.best, directory.last] {
      try network.store.save(to: file.path, metadata: ["colonnade": text("card.json"), "format": "pt"])
    }
    var tensors: [(name: String, tensor: Tensor)] = []
    var integers: [(name: String, shape: Shape, values: [Int64])] = []
    for parameter in network.store.all {
      let key = "network.\(parameter.name)"
      if parameter.role == .counter {
        integers.append((key, parameter.shape, [46]))
      } else {
        tensors.append((key, parameter.layout.toFile(parameter.value)))
      }
      if parameter.role == .weight {
        tensors.append(("optimizer.\(parameter.name).momentum", Tensor(zeros: parameter.shape)))
      }
    }
    try Safetensors.write(
      tensors, integers: integers, metadata: ["training": text("training.json")],
      to: directory.checkpoint.path)
    return folder
  }

  func testItIsReadAndReported() throws {
    let network = try network(seed: 4)
    let directory = RunDirectory(try folder(network))
    let description = try directory.readDescription()
    XCTAssertEqual(description.configuration.epochs, 2)
    XCTAssertEqual(description.configuration.augmentation, .shift)
    XCTAssertEqual(description.configuration.labelSmoothing, 0.05)
    XCTAssertEqual([description.trainingPictures, description.validationPictures], [1438, 359])
    XCTAssertNil(description.card.task)
    XCTAssertNil(description.dataOptions)
    let records = try directory.readLog()
    XCTAssertEqual(records.map(\.epoch), [1, 2])
    XCTAssertEqual(records.map(\.validationAccuracy), [0.1671309192200557, 0.9025069637883009])
    XCTAssertEqual(try XCTUnwrap(directory.readEvaluation()).top1, records[1].validationAccuracy)
    let page = try Report(run: directory.url).html
    XCTAssertTrue(page.contains("UCI digits") && page.contains("resnet20"))
    XCTAssertFalse(page.contains("Calibration") || page.contains("To do it again"), "nothing is known of it")

    let trained = try TrainedNetwork(weights: directory.best.path)
    XCTAssertEqual(trained.labels, (0..<10).map(String.init))
    XCTAssertEqual(trained.preprocessing, Digits.preprocessing)
    let picture = try Digits.load().test.example(at: 0).image
    XCTAssertEqual(
      try Classifier(trained).classify(picture, top: 10),
      try Classifier(network, preprocessing: Digits.preprocessing).classify(picture, top: 10).map {
        Prediction(class: $0.class, label: String($0.class), probability: $0.probability)
      })
  }

  /// Another network takes up the state; there is no epoch to do before the third.
  func testItIsGoneOnWith() throws {
    let before = try network(seed: 4)
    let folder = try folder(before)
    let description = try RunDirectory(folder).readDescription()
    var configuration = description.configuration
    configuration.epochs = 3
    let after = try network(seed: 5)
    let trainer = try Trainer(
      after, DataSource.open("digits"), preprocessing: description.card.preprocessing,
      configuration: configuration, output: folder)
    let records = try trainer.run(resuming: true, until: 2)
    for (a, b) in zip(after.store.all, before.store.all) where a.role != .counter {
      assertSameBits(a.value, b.value, a.name)
    }
    XCTAssertEqual(records.map(\.epoch), [1, 2])
    XCTAssertEqual(records.map(\.trainLoss), [2.1701874321790333, 0.8816924056191107])
    XCTAssertEqual(try RunDirectory(folder).readLog(), records)
    let written = try RunDirectory(folder).readDescription()
    XCTAssertEqual(written.configuration.epochs, 3)
    XCTAssertNil(written.environment, "where it began is not known")
    XCTAssertEqual(written.resumptions?.count, 1)
  }
}
