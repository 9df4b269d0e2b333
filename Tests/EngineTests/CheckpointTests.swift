import Engine
import Foundation
import XCTest

/// PyTorch checkpoints, against what torch says is in them. scripts/goldens/topics/torch_files.py wrote the fixtures.
final class CheckpointTests: XCTestCase {
  static let folder = Bundle.module.bundleURL.appending(path: "Fixtures/checkpoints")

  static func path(_ name: String) -> String { folder.appending(path: name).path }

  /// A tensor as the script describes it: key, type, shape, and integers (floats by their bits).
  private struct Golden {
    let key: String
    let type: ElementType
    let shape: Shape
    let values: [Int64]

    init(_ fields: [Any]) throws {
      let types: [String: ElementType] = [
        "float16": .float16, "bfloat16": .bfloat16, "float32": .float32, "float64": .float64,
        "int64": .int64, "int32": .int32, "uint8": .uint8, "bool": .bool,
      ]
      key = try XCTUnwrap(fields[0] as? String)
      type = try XCTUnwrap(types[fields[1] as? String ?? ""])
      shape = Shape(try XCTUnwrap(fields[2] as? [Int]))
      values = try XCTUnwrap(fields[3] as? [Any]).map { try XCTUnwrap(($0 as? NSNumber)?.int64Value) }
    }
  }

  private func expected() throws -> [String: [Golden]] {
    let data = try Data(contentsOf: Self.folder.appending(path: "expected.json"))
    let files = try XCTUnwrap(JSONSerialization.jsonObject(with: data) as? [String: [[Any]]])
    return try files.mapValues { try $0.map(Golden.init) }
  }

  func testGoodFilesHoldWhatTorchSaysBitForBit() throws {
    let files = try expected()
    XCTAssertEqual(files.count, 42)
    for (name, tensors) in files {
      let file = try WeightFile(path: Self.path(name))
      XCTAssertEqual(file.format, "PyTorch checkpoint (\(name.hasSuffix(".th") ? "legacy" : "zip"))")
      XCTAssertEqual(file.keys, tensors.map(\.key), name)
      for golden in tensors {
        let label = "\(name): \(golden.key)"
        XCTAssertEqual(file.type(of: golden.key), golden.type, label)
        XCTAssertEqual(file.shape(of: golden.key), golden.shape, label)
        let values: [Int64]
        switch golden.type {
        case .float16, .bfloat16, .float32, .float64:
          values = try file.tensor(golden.key).scalars.map { Int64(Int32(bitPattern: $0.bitPattern)) }
          XCTAssertThrowsError(try file.integers(golden.key), label)
        default:
          values = try file.integers(golden.key)
          XCTAssertThrowsError(try file.tensor(golden.key), label)
        }
        XCTAssertEqual(values, golden.values, label)
      }
      XCTAssertThrowsError(try file.tensor("absent")) { XCTAssertTrue("\($0)".hasSuffix("no tensor absent")) }
    }
  }

  func testWhatLiesBesideTheTensorsIsNamed() throws {
    func others(_ name: String) throws -> [String: String] {
      Dictionary(uniqueKeysWithValues: try WeightFile(path: Self.path(name)).others.map { ($0.key, $0.kind) })
    }
    let expected = [
      "epoch": "3", "best": "91.5", "lr": "a list", "done": "False", "note": "'ä'", "none": "None",
      "shape": "a tuple", "type": "the type F16", "optimizer": "a dict",
    ]
    XCTAssertEqual(try others("wrapped_state_dict.pth"), expected)
    XCTAssertEqual(try others("wrapped_legacy.th"), expected)
    XCTAssertEqual(try others("mixed_prefix.pth"), ["_extra": "3"])
    XCTAssertEqual(try others("state.pth"), [:])
  }

  func testObjectsArePassedByAndCounted() throws {
    for name in ["script_objects.pth", "script_objects_protocol4.pth", "script_objects.th"] {
      let file = try WeightFile(path: Self.path(name))
      let others = Dictionary(uniqueKeysWithValues: file.others.map { ($0.key, $0.kind) })
      XCTAssertEqual(file.place, "net", name)
      XCTAssertEqual(others["args"], "an object of argparse.Namespace", name)
      XCTAssertEqual(others["device"], "an object of torch.device", name)
      XCTAssertEqual(others["when"], "an object of datetime.datetime", name)
      XCTAssertEqual(others["where"], "an object of pathlib.PurePosixPath", name)
      XCTAssertEqual(others["function"], "torch.nn.functional.relu", name)
      XCTAssertEqual(others["class"], "torch.nn.modules.linear.Linear", name)
      XCTAssertEqual(others["schedule"], "a dict", name)
      XCTAssertTrue(others["best"]?.hasSuffix("multiarray.scalar") ?? false, "\(name): \(others)")
      XCTAssertEqual(others.count, 18, "\(name): \(others.keys)")
      let skipped = Dictionary(uniqueKeysWithValues: file.skipped.map { ($0.name, $0.count) })
      XCTAssertEqual(skipped["collections.Counter"], 1, name)
      XCTAssertEqual(skipped["torch.device"], 1, name)
      XCTAssertEqual(skipped["collections.defaultdict"], 1, name)
    }
    let other = try WeightFile(path: Self.path("other_types.th"))
    XCTAssertEqual(
      other.others.map(\.kind).prefix(2),
      [
        "a tensor of torch.ComplexFloatStorage, which is not read",
        "a tensor of torch.uint16, which is not read",
      ])
    XCTAssertEqual(other.others.count, 4)
  }

  func testPrefixesAreTakenOffAndSaid() throws {
    for (name, removed) in [
      ("prefix_compiled.pth", ["_orig_mod."]), ("prefix_lightning.pth", ["model."]),
      ("parallel.pth", ["module."]),
      ("prefix_all.pth", ["module.", "model.", "module.", "_orig_mod."]),
      ("prefix_within.pth", ["_orig_mod."]),
      ("average.pth", ["module."]), ("state.pth", []), ("mixed_prefix.pth", []),
    ] {
      let file = try WeightFile(path: Self.path(name))
      XCTAssertEqual(file.removed, removed, name)
      XCTAssertEqual(file.notes.contains { $0.hasSuffix("taken off the keys") }, !removed.isEmpty, name)
    }
    XCTAssertEqual(try WeightFile(path: Self.path("average.pth")).others.map(\.key), ["n_averaged"])
  }

  func testOneOfSeveralStateDictsIsChosenByItsKey() throws {
    let path = Self.path("several.pth")
    XCTAssertThrowsError(try WeightFile(path: path)) {
      XCTAssertEqual($0 as? WeightFileError, .severalStateDicts(file: path, keys: ["model", "model_ema"]))
      XCTAssertTrue("\($0)".hasSuffix("must be chosen by its key: model, model_ema"), "\($0)")
    }
    let single = try WeightFile(path: Self.path("wrapped_state_dict.pth"))
    for (key, factor) in [("model", Float(1)), ("model_ema", 2)] {
      let file = try WeightFile(path: path, key: key)
      XCTAssertEqual(file.place, key)
      XCTAssertEqual(file.keys, single.keys)
      XCTAssertEqual(
        try file.tensor("0.weight").scalars, try single.tensor("0.weight").scalars.map { $0 * factor })
    }
    for key in ["optimizer", "optimizer_by_name", "mode", "model.9", "model.", ""] {
      XCTAssertThrowsError(try WeightFile(path: path, key: key), key) {
        XCTAssertEqual(
          $0 as? WeightFileError, .nothingUnder(file: path, key: key, keys: ["model", "model_ema"]))
      }
    }
    // Around the state dict, at it, and the first part of its tensors' keys.
    let student = Self.path("only_student.pth")
    for key in ["student", "student.backbone"] {
      XCTAssertEqual(try WeightFile(path: student, key: key).place, "student.backbone")
    }
    // As ``WeightFile/place`` has it: the way and the part.
    let first = try WeightFile(path: path, key: "model.0")
    XCTAssertEqual(first.place, "model.0")
    XCTAssertEqual(try first.tensor("weight").scalars, try single.tensor("0.weight").scalars)
    XCTAssertEqual(try WeightFile(path: student, key: "student.backbone.2").keys, ["weight", "bias"])
    let layer = try WeightFile(path: student, key: "2")
    XCTAssertEqual(layer.keys, ["weight", "bias"])
    XCTAssertEqual(layer.place, "student.backbone.2")
    XCTAssertEqual(try layer.tensor("weight").scalars, try single.tensor("2.weight").scalars)
    XCTAssertEqual(layer.others.count, 1 + single.keys.count - 2)
    XCTAssertEqual(try WeightFile(path: student, key: "loss").keys, ["center"])
    XCTAssertThrowsError(try CheckpointFile(path: student, key: "2"))
  }

  func testPublishedGoogLeNetHasItsAuxiliaryKeys() throws {
    let file = try WeightFile(path: Self.path("googlenet_keys.th"))
    let keys = file.keys
    XCTAssertEqual(keys.filter { $0.hasPrefix("aux1.") || $0.hasPrefix("aux2.") }.count, 20)
    let count = keys.filter { file.type(of: $0) == .float32 && !$0.contains("running_") }
      .reduce(0) { $0 + file.shape(of: $1)!.count }
    XCTAssertEqual(count, 13_004_888)
    for (index, key) in keys.enumerated() where file.shape(of: key)!.count < 10_000 {
      let values =
        try file.type(of: key) == .int64 ? file.integers(key).map(Float.init) : file.tensor(key).scalars
      XCTAssertEqual(values, Array(repeating: Float(index), count: file.shape(of: key)!.count), key)
    }
  }

  func testALegacyCheckpointLoadsIntoANetwork() throws {
    let store = ParameterStore(initializes: false)
    let scope = store.scope
    _ = scope[0].parameter("weight", [3, 3, 2, 3], layout: .convolution, .zeros)
    _ = scope[0].parameter("bias", [3], .zeros)
    for name in ["weight", "bias"] { _ = scope[1].parameter(name, [3], .zeros) }
    for name in ["running_mean", "running_var"] {
      _ = scope[1].parameter(name, [3], role: .statistic, .zeros)
    }
    _ = scope[1].parameter("num_batches_tracked", [], role: .counter, .constant(9))
    _ = scope[2].parameter("weight", [2, 4], .zeros)
    _ = scope[2].parameter("bias", [2], .zeros)
    try store.load(from: Self.path("wrapped_legacy.th"))
    XCTAssertEqual(store["1.num_batches_tracked"]?.value.scalars, [0])
    let weight = try WeightFile(path: Self.path("state.pth")).tensor("0.weight")
    for (i, o, y, x) in [(0, 0, 0, 0), (1, 2, 1, 0), (0, 1, 2, 1)] {
      XCTAssertEqual(
        store["0.weight"]!.value.scalars[((y * 3 + x) * 2 + i) * 3 + o],
        weight.scalars[((o * 2 + i) * 3 + y) * 3 + x])
    }
  }

  /// The same weights in both of their files.
  func testRealCheckpointEqualsItsSafetensorsFile() throws {
    let data =
      ProcessInfo.processInfo.environment["COLONNADE_DATA"].map { URL(filePath: $0) }
      ?? URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../shared/data")
    let paths = ["th", "safetensors"].map {
      data.appending(path: "weights/resnet20_cifar10.\($0)").standardizedFileURL.path
    }
    guard paths.allSatisfy(FileManager.default.fileExists) else {
      throw XCTSkip("resnet20_cifar10 is not in \(data.path) (set COLONNADE_DATA)")
    }
    let files = try paths.map { try WeightFile(path: $0) }
    XCTAssertEqual(files.map(\.format), ["PyTorch checkpoint (legacy)", "safetensors"])
    XCTAssertEqual(Set(files[0].keys), Set(files[1].keys))
    XCTAssertGreaterThan(files[0].keys.count, 90)
    for key in files[0].keys {
      XCTAssertEqual(files[0].shape(of: key), files[1].shape(of: key), key)
      XCTAssertEqual(files[0].type(of: key), files[1].type(of: key), key)
      let bytes = try files.map { try $0.withBytes(of: key) { Array($0) } }
      XCTAssertEqual(bytes[0], bytes[1], key)
    }
  }
}
