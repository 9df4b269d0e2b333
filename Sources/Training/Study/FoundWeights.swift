import Engine
import Foundation
import Models

/// Published weights that a folder holds: `NETWORK/*.safetensors`, `NETWORK/*.pth`, or files of these kinds that are called like
/// the network.
struct FoundWeights {
  /// The network's name in the registry.
  let network: String
  let file: URL

  private static let extensions = ["safetensors", "pth"]

  /// In the order of the registry, one file a network: safetensors before PyTorch's, then by name.
  /// - Parameter folder: nil, or one that cannot be read, has none.
  static func all(in folder: URL?) -> [FoundWeights] {
    guard let folder else { return [] }
    let beside = files(folder)
    return Registry.all.compactMap { card in
      let own = files(folder.appendingPathComponent(card.name))
      let called = beside.filter { file in
        let name = file.deletingPathExtension().lastPathComponent
        return name == card.name || name == card.publishedWeights?.fileName.dropLast(".pth".count).description
      }
      return (own + called).first.map { FoundWeights(network: card.name, file: $0) }
    }
  }

  private static func files(_ folder: URL) -> [URL] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.map { folder.appendingPathComponent($0) }
      .filter { extensions.contains($0.pathExtension) }
      .sorted { ($1.pathExtension, $0.lastPathComponent) < ($0.pathExtension, $1.lastPathComponent) }
  }

  /// - Throws: ``TrainedNetworkError``, `NetworkError`, `WeightFileError`.
  func load() throws -> TrainedNetwork { try TrainedNetwork(network, weights: file.path) }
}
