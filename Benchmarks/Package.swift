// swift-tools-version: 6.1
import PackageDescription

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let colonnade = Target.Dependency.product(name: "Colonnade", package: "colonnade")
let engine = Target.Dependency.product(name: "Engine", package: "colonnade")

/// `benchmark("gemm", …)` has its sources in `Sources/<folder>`.
func benchmark(_ name: String, in folder: String, _ dependencies: Target.Dependency...) -> Target {
  .executableTarget(
    name: name, dependencies: ["Timing", argumentParser] + dependencies, path: "Sources/\(folder)")
}

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
    .target(name: "CAffinity"),
    .target(name: "Machine", dependencies: ["CAffinity", "Timing", engine]),
    .target(name: "Sampling", dependencies: ["Timing", argumentParser, colonnade, engine]),
    .systemLibrary(name: "CTurboJPEG", pkgConfig: "libturbojpeg"),
    .target(name: "Pictures", dependencies: [colonnade, "CTurboJPEG"]),
    .target(name: "Cases", dependencies: ["Pictures", "Sampling", colonnade]),
    benchmark("gemm", in: "GEMMBenchmark", "Machine", "Sampling", engine),
    benchmark("convolution", in: "ConvolutionBenchmark", "Machine", "Sampling", engine),
    benchmark("memory", in: "MemoryBenchmark", "Machine", "Sampling", engine),
    benchmark("networks", in: "NetworksBenchmark", "Machine", "Sampling", colonnade),
    benchmark("probe", in: "Probe", "Machine", engine),
    benchmark("waiting", in: "WaitingBenchmark", "Sampling", colonnade),
    benchmark("pyramid", in: "PyramidBenchmark", "Sampling", colonnade),
    benchmark("callers", in: "CallersBenchmark", "Sampling", colonnade),
    benchmark("training-step", in: "TrainingStep", "Sampling", colonnade),
    benchmark("detection", in: "DetectionBenchmark", "Sampling", colonnade),
    benchmark("loader", in: "LoaderBenchmark", "Pictures", "Sampling", colonnade),
    benchmark("listing", in: "ListingBenchmark", colonnade),
    benchmark("loading", in: "LoadingBenchmark", colonnade),
    benchmark("instructions", in: "InstructionGuard", "Cases", colonnade),
    benchmark("smoke", in: "Smoke", "Cases", "Machine", "Sampling"),
  ],
  swiftLanguageModes: [.v6]
)
