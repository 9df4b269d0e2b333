import Engine
import Foundation
import XCTest

/// Networks' parameters in files: strictness, layouts, and that a failure changes nothing.
final class StateDictTests: XCTestCase {
  private var path = ""

  override func setUp() {
    path = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).safetensors").path
  }

  override func tearDown() { try? FileManager.default.removeItem(atPath: path) }

  private func network(seed: UInt64, classes: Int = 4) -> ParameterStore {
    let store = ParameterStore(seed: seed)
    let convolution = store.scope["conv"]
    _ = convolution.parameter("weight", [3, 2, 5, 6], layout: .convolution, .normal(standardDeviation: 1))
    let norm = store.scope["bn"]
    _ = norm.parameter("running_mean", [6], role: .statistic, .normal(standardDeviation: 1))
    _ = norm.parameter("num_batches_tracked", [], role: .counter, .constant(Float(seed)))
    let linear = store.scope["fc"]
    _ = linear.parameter(
      "weight", [classes, 42], layout: .flattened(channels: 7, height: 2, width: 3),
      .normal(standardDeviation: 1))
    return store
  }

  private func values(_ store: ParameterStore) -> [[Float]] { store.all.map(\.value.scalars) }

  func testSavedParametersComeBack() throws {
    let saved = network(seed: 1)
    let read = network(seed: 2)
    try saved.save(to: path, metadata: ["a": "b"])
    try read.load(from: path)
    XCTAssertEqual(values(read), values(saved))
    let file = try SafetensorsFile(path: path)
    XCTAssertEqual(file.metadata, ["a": "b"])
    XCTAssertEqual(file.shape(of: "conv.weight"), [6, 5, 3, 2])
    XCTAssertEqual(file.shape(of: "fc.weight"), [4, 42])
    XCTAssertEqual(try file.integers("bn.num_batches_tracked"), [1])
  }

  /// Index by index: OIHW to HWIO, and C·H·W to H·W·C.
  func testLayouts() throws {
    let store = network(seed: 1)
    try store.save(to: path)
    let file = try SafetensorsFile(path: path)
    let (inFile, inMemory) = (try file.tensor("conv.weight").scalars, store["conv.weight"]!.value.scalars)
    for o in 0..<6 {
      for i in 0..<5 {
        for y in 0..<3 {
          for x in 0..<2 {
            XCTAssertEqual(inFile[((o * 5 + i) * 3 + y) * 2 + x], inMemory[((y * 2 + x) * 5 + i) * 6 + o])
          }
        }
      }
    }
    let (fileRows, memoryRows) = (try file.tensor("fc.weight").scalars, store["fc.weight"]!.value.scalars)
    for row in 0..<4 {
      for c in 0..<7 {
        for y in 0..<2 {
          for x in 0..<3 {
            XCTAssertEqual(
              fileRows[row * 42 + (c * 2 + y) * 3 + x], memoryRows[row * 42 + (y * 3 + x) * 7 + c])
          }
        }
      }
    }
  }

  func testEveryMisfitIsNamedAndNothingChanges() throws {
    try Safetensors.write(
      [
        ("conv.weight", Tensor(zeros: [6, 5, 3, 3])), ("bn.running_mean", Tensor(zeros: [6])),
        ("extra.weight", Tensor(zeros: [2])),
      ], to: path)
    let store = network(seed: 3)
    let before = values(store)
    XCTAssertThrowsError(try store.load(from: path)) { error in
      XCTAssertEqual(
        "\(error)",
        "\(path) does not fit the network: conv.weight is [6, 5, 3, 3] in the file, [6, 5, 3, 2] in the network; "
          + "fc.weight [4, 42] is missing; extra.weight [2] is not expected")
    }
    XCTAssertEqual(values(store), before)
  }

  func testLongListsOfMisfitsAreCut() throws {
    let tensors = (0..<40).map {
      (name: "key\($0)\n" + String(repeating: "x", count: 500), tensor: Tensor(0))
    }
    try Safetensors.write(tensors, to: path)
    XCTAssertThrowsError(try network(seed: 3).load(from: path)) { error in
      XCTAssertTrue("\(error)".hasSuffix("; and 38 more"), "\(error)")
      XCTAssertTrue(
        "\(error)".contains("does not fit the network: 3 missing, 40 not expected: conv"), "\(error)")
      XCTAssertFalse("\(error)".contains("\n"))
      XCTAssertLessThan("\(error)".count, 1000)
    }
  }

  func testIgnoresAndMissingAreExplicit() throws {
    try network(seed: 1, classes: 10).save(to: path)
    let store = network(seed: 2)
    let head = store["fc.weight"]!.value.scalars
    XCTAssertThrowsError(try store.load(from: path))
    XCTAssertThrowsError(try store.load(from: path, ignoring: ["fc.*"])) {
      XCTAssertTrue("\($0)".hasSuffix("network: fc.weight [4, 42] is missing"), "\($0)")
    }
    XCTAssertThrowsError(try store.load(from: path, allowingMissing: ["fc.*"]))
    try store.load(from: path, ignoring: ["fc.*"], allowingMissing: ["fc.*"])
    XCTAssertEqual(store["fc.weight"]!.value.scalars, head)
    XCTAssertEqual(store["conv.weight"]!.value.scalars, network(seed: 1)["conv.weight"]!.value.scalars)
  }

  func testCountersMayBeAbsentAndIntegersAreNotWeights() throws {
    let file = network(seed: 1)
    let tensors = file.all.filter { $0.role != .counter }
      .map { (name: $0.name, tensor: $0.layout.toFile($0.value)) }
    try Safetensors.write(tensors, to: path)
    let store = network(seed: 2)
    try store.load(from: path)
    XCTAssertEqual(store["bn.num_batches_tracked"]!.value.scalar, 2)

    try Safetensors.write(
      tensors.filter { $0.name != "bn.running_mean" },
      integers: [("bn.running_mean", [6], [Int64](repeating: 0, count: 6))], to: path)
    XCTAssertThrowsError(try store.load(from: path)) {
      let text = "\($0)"
      XCTAssertTrue(text.contains(": bn.running_mean holds I64; weights are read from"), text)
      XCTAssertTrue(text.hasSuffix("in Python, save tensor.float()"), text)
    }
  }

  func testKeysAreMapped() throws {
    try network(seed: 1).save(to: path) { $0 + ".0" }
    XCTAssertTrue(try SafetensorsFile(path: path).keys.allSatisfy { $0.hasSuffix(".0") })
    let store = network(seed: 2)
    XCTAssertThrowsError(try store.load(from: path))
    try store.load(from: path) { $0 + ".0" }
    XCTAssertEqual(values(store), values(network(seed: 1)))
  }

  /// What all keys have before them is taken off where the network lacks it, and left where it has it.
  func testPrefixesOfAllKeys() throws {
    for (file, names) in [
      ("module.", ""), ("module.model.", "model."), ("backbone.", ""), ("a.b.c.", "b.c."),
      ("model.", "model."),
      ("_orig_mod.", ""), ("module._orig_mod.net.", "net."), ("x._orig_mod.", "x._orig_mod."),
    ] {
      try network(seed: 1).save(to: path) { file + $0 }
      let store = network(seed: 2)
      try store.load(from: path) { names + $0 }
      XCTAssertEqual(values(store), values(network(seed: 1)), "\(file) as \(names)")
    }
    // Not of all keys: then it is a part of them.
    try network(seed: 1).save(to: path) { $0.hasPrefix("conv") ? "module." + $0 : $0 }
    XCTAssertThrowsError(try network(seed: 2).load(from: path)) {
      XCTAssertTrue(
        "\($0)".hasSuffix(
          "network: conv.weight [6, 5, 3, 2] is missing, where the file has module.conv.weight [6, 5, 3, 2]"),
        "\($0)")
    }
  }

  /// A part of a file is chosen by what its keys begin with.
  func testAPartOfAFile() throws {
    func part(_ prefix: String, _ store: ParameterStore) -> [(name: String, tensor: Tensor)] {
      store.all.map { (prefix + $0.name, $0.layout.toFile($0.value)) }
    }
    let (student, teacher) = (part("student.", network(seed: 1)), part("teacher.", network(seed: 3)))
    try Safetensors.write(student + teacher, to: path)
    let store = network(seed: 2)
    XCTAssertThrowsError(try store.load(from: path))
    let file = try WeightFile(path: path, key: "teacher")
    XCTAssertEqual(file.others.count, student.count)
    XCTAssertEqual(file.notes.first, "the tensors under teacher are read")
    XCTAssertThrowsError(try WeightFile(path: path, key: "teach"))
    try store.load(file, ignoring: ["bn.num_batches_tracked"])
    XCTAssertEqual(store["conv.weight"]!.value.scalars, network(seed: 3)["conv.weight"]!.value.scalars)
  }

  /// Loading takes none of the pool's idle buffers, of which other callers live, and leaves none.
  func testTheBufferPoolIsLeftAsItIs() throws {
    func network(_ initializes: Bool) -> ParameterStore {
      let store = ParameterStore(seed: 1, initializes: initializes)
      _ = store.scope.parameter("a", [3, 3, 64, 96], layout: .convolution, .normal(standardDeviation: 1))
      _ = store.scope.parameter("b", [70, 1000], .normal(standardDeviation: 1))
      let layout = WeightLayout.flattened(channels: 60, height: 5, width: 6)
      _ = store.scope.parameter("c", [80, 1800], layout: layout, .normal(standardDeviation: 1))
      return store
    }
    let saved = network(true)
    try saved.save(to: path)
    for initializes in [false, true] {
      let store = network(initializes)
      BufferPool.shared.trim()
      do { _ = (Storage(count: 1 << 20), Storage(count: 1 << 21)) }
      let idle = BufferPool.shared.statistics.idleBytes
      XCTAssertGreaterThanOrEqual(idle, 12 << 20)
      try store.load(from: path)
      XCTAssertEqual(BufferPool.shared.statistics.idleBytes, idle, "initialized: \(initializes)")
      XCTAssertEqual(values(store), values(saved))
    }
  }

  func testFreezingByPattern() {
    let store = network(seed: 1)
    XCTAssertEqual(store.weights(matching: "*.weight").map(\.name), ["conv.weight", "fc.weight"])
    XCTAssertEqual(store.freeze("conv.*").map(\.name), ["conv.weight"])
    XCTAssertEqual(store.trainable.map(\.name), ["fc.weight"])
    // Statistics are no weights, and a pattern may name nothing.
    XCTAssertEqual(store.freeze("bn.*").count, 0)
    XCTAssertEqual(store.freeze("nothing").count, 0)
    XCTAssertEqual(store.freeze("?c.weight").count, 1)
    XCTAssertEqual(store.trainable.count, 0)
  }

  func testGlob() {
    XCTAssertTrue(Glob.matches("fc.*", "fc.weight"))
    XCTAssertTrue(Glob.matches("*.bias", "layer1.0.conv1.bias"))
    XCTAssertTrue(Glob.matches("aux?.*", "aux1.fc.weight"))
    XCTAssertFalse(Glob.matches("fc", "fc.weight"))
    XCTAssertFalse(Glob.matches("fc.*", "Fc.weight"))
    XCTAssertFalse(Glob.matches([], "fc"))
  }
}
