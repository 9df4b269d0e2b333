// swift-tools-version: 6.1
import PackageDescription

let package = Package(
  name: "colonnade",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "Colonnade", targets: ["Colonnade"]),
    .library(name: "Engine", targets: ["Engine"]),
    .executable(name: "colonnade", targets: ["ColonnadeCommand"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.6.0"),
    .package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.4.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.0.0"),
  ],
  targets: [
    .systemLibrary(
      name: "CBLASShim",
      pkgConfig: "openblas lapacke",
      providers: [.apt(["libopenblas-dev", "liblapacke-dev"]), .brew(["openblas"])]),
    .systemLibrary(
      name: "CImageShim",
      pkgConfig: "libturbojpeg spng zlib libwebp libwebpdemux",
      providers: [
        .apt(["libturbojpeg0-dev", "libspng-dev", "zlib1g-dev", "libwebp-dev"]),
        .brew(["jpeg-turbo", "libspng", "webp"]),
      ]),
    .target(name: "Engine", dependencies: ["CBLASShim"]),
    .target(name: "Images", dependencies: ["Engine", "CImageShim"]),
    .target(name: "Datasets", dependencies: ["Engine", "Images", "CImageShim"]),
    .target(name: "Models", dependencies: ["Engine", "Images"]),
    .target(name: "Training", dependencies: ["Engine", "Images", "Datasets", "Models"]),
    .target(name: "Colonnade", dependencies: ["Engine", "Images", "Datasets", "Models", "Training"]),
    .executableTarget(
      name: "ColonnadeCommand",
      dependencies: [
        "Colonnade",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "Yams", package: "Yams"),
      ]),
    .target(name: "TestSupport", dependencies: ["Engine"], path: "Tests/TestSupport"),
    .testTarget(
      name: "EngineTests", dependencies: ["Engine", "TestSupport"],
      resources: [.copy("Fixtures")]),
    .testTarget(
      name: "DatasetsTests", dependencies: ["Datasets", "TestSupport"],
      resources: [.copy("Fixtures")]),
    .testTarget(
      name: "ModelsTests", dependencies: ["Models", "TestSupport"], resources: [.copy("Fixtures")]),
    .testTarget(name: "CommandTests", dependencies: ["Colonnade", "TestSupport"]),
    .testTarget(
      name: "GoldenTests", dependencies: ["Engine", "Models", "TestSupport"],
      resources: [.copy("Fixtures")]),
    .testTarget(
      name: "TrainingTests", dependencies: ["Training", "TestSupport"], resources: [.copy("Fixtures")]),
  ],
  swiftLanguageModes: [.v6]
)
