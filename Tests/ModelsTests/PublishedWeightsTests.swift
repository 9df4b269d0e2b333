import Engine
import Foundation
import Models
import XCTest

/// What the registry knows of weight files: published names and digests, and which network a file is of.
final class PublishedWeightsTests: XCTestCase {
  private func shapes(_ network: Network) -> [String: Shape] {
    Dictionary(uniqueKeysWithValues: network.store.all.map { ($0.name, $0.layout.fileShape($0.shape)) })
  }

  func testEveryTorchvisionCardNamesItsFile() throws {
    for card in Registry.all {
      let isPublished = card.variant == .torchvision
      XCTAssertEqual(card.publishedWeights != nil, isPublished, card.name)
      guard let published = card.publishedWeights else { continue }
      XCTAssertNotNil(published.fileName.wholeMatch(of: /[a-z0-9_-]+-[0-9a-f]{8}\.pth/), published.fileName)
      XCTAssertTrue(published.fileName.contains("-\(published.digestPrefix)."))
      XCTAssertEqual(PublishedWeights.named(by: "/a/b/\(published.fileName)"), published)
    }
    XCTAssertEqual(try Registry.card(named: "resnet50").publishedWeights?.fileName, "resnet50-0676ba61.pth")
    XCTAssertNil(PublishedWeights.named(by: "resnet50-0676ba61.pth.safetensors"))
    XCTAssertNil(PublishedWeights.named(by: "resnet50-11ad3fa6.pth"))
  }

  func testAFileUnderAPublishedNameIsHeldAgainstItsDigest() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let (wrong, other) = (
      folder.appending(path: "vgg16-397923af.pth"), folder.appending(path: "mine-397923af.pth")
    )
    for url in [wrong, other] { try Data("abc".utf8).write(to: url) }
    XCTAssertThrowsError(try PublishedWeights.check(wrong.path)) {
      XCTAssertTrue(
        "\($0)".contains("vgg16-397923af.pth: its SHA-256 begins with ba7816bf, not with 397923af"), "\($0)")
    }
    XCTAssertNoThrow(try PublishedWeights.check(other.path))
  }

  func testEveryNetworkIsRecognized() throws {
    for card in Registry.all where (card.parameterCount ?? 0) < 30_000_000 {
      let network = try Network(
        card, classes: 7, inputChannels: 2, auxiliary: card.hasAuxiliaryHeads, initializes: false)
      let fits = Registry.fits(shapes(network))
      XCTAssertTrue(fits.contains { $0.network == card.name }, card.name)
      for fit in fits {
        XCTAssertEqual([fit.classes, fit.inputChannels, fit.misfits.count], [7, 2, 0], card.name)
        XCTAssertEqual(fit.agreement, 1)
        XCTAssertEqual(fit.hasAuxiliaryHeads, card.hasAuxiliaryHeads, card.name)
      }
    }
    // These two differ in strides alone.
    let resNet = try Network("resnet50", initializes: false)
    XCTAssertEqual(Registry.fits(shapes(resNet)).map(\.network), ["resnet50", "resnet50_paper"])
  }

  func testTheClosestNetworkIsNamedWithItsMisfits() throws {
    var shapes = shapes(try Network("resnet18", initializes: false))
    shapes["layer1.0.conv1.weight"] = [64, 64, 5, 5]
    shapes["fc.bias"] = nil
    shapes["extra"] = [1]
    shapes["bn1.num_batches_tracked"] = nil
    let fits = Registry.fits(shapes)
    XCTAssertEqual(fits.map(\.network), ["resnet18"])
    XCTAssertEqual(
      fits[0].misfits,
      [
        .wrongShape(key: "layer1.0.conv1.weight", file: [64, 64, 5, 5], network: [64, 64, 3, 3]),
        .missing(key: "fc.bias", shape: [1000]), .unexpected(key: "extra", shape: [1]),
      ])
    XCTAssertFalse(fits[0].isComplete)
    XCTAssertLessThan(fits[0].agreement, 1)
    XCTAssertEqual(Registry.fits([:])[0].agreement, 0)
  }

  /// The published file's keys and shapes, with auxiliary heads, as goldens/topics/torch_files.py wrote them: loaded with
  /// the heads, and without.
  func testPublishedGoogLeNetLoads() throws {
    let path = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../EngineTests/Fixtures/checkpoints/googlenet_keys.th").standardizedFileURL.path
    let file = try WeightFile(path: path)
    let fits = Registry.fits(Dictionary(uniqueKeysWithValues: file.keys.map { ($0, file.shape(of: $0)!) }))
    XCTAssertEqual(fits.map(\.network), ["googlenet"])
    XCTAssertTrue(fits[0].hasAuxiliaryHeads)
    for auxiliary in [false, true] {
      let network = try Network("googlenet", auxiliary: auxiliary, initializes: false)
      try network.store.load(from: path, ignoring: network.ignorableKeys)
      XCTAssertEqual(network.store.parameterCount, auxiliary ? 13_004_888 : 6_624_904)
      for (index, key) in file.keys.enumerated() {
        guard let parameter = network.store[key] else {
          XCTAssertTrue(!auxiliary && key.hasPrefix("aux"), key)
          continue
        }
        XCTAssertEqual(parameter.value.withUnsafeBufferPointer { $0.first }, Float(index), key)
        XCTAssertEqual(parameter.value.withUnsafeBufferPointer { $0.last }, Float(index), key)
      }
    }
  }
}
