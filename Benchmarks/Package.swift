// swift-tools-version: 6.1
import PackageDescription

// A package of its own, so that programs which link Colonnade never resolve what benchmarks need.
let package = Package(
  name: "colonnade-benchmarks",
  platforms: [.macOS(.v15)],
  dependencies: [
    .package(name: "colonnade", path: ".."),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
  ],
  targets: [
    .target(name: "Timing"),
    .target(name: "Machine", dependencies: ["Timing", .product(name: "Engine", package: "colonnade")]),
    .executableTarget(
      name: "gemm",
      dependencies: [
        "Machine",
        "Timing",
        .product(name: "Engine", package: "colonnade"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Sources/GEMMBenchmark"),
    .executableTarget(
      name: "probe",
      dependencies: ["Machine", .product(name: "ArgumentParser", package: "swift-argument-parser")],
      path: "Sources/Probe"),
    .executableTarget(
      name: "training-step",
      dependencies: [
        "Timing",
        .product(name: "Colonnade", package: "colonnade"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Sources/TrainingStep"),
  ],
  swiftLanguageModes: [.v6]
)
