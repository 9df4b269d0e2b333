// swift-tools-version: 6.1
import PackageDescription

// A package of its own, so that programs which link Colonnade never build what fuzzing needs.
let package = Package(
  name: "colonnade-fuzzing",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "colonnade", path: "..")],
  targets: [
    .target(name: "CFuzzing"),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .executableTarget(
      name: "fuzz",
      dependencies: ["CFuzzing", "CZlib", .product(name: "Colonnade", package: "colonnade")],
      path: "Sources/Fuzz"),
  ],
  swiftLanguageModes: [.v6]
)
