import Engine
import Foundation
import Images
import Models

/// Published weights that a folder holds: `NETWORK/*.safetensors`, `NETWORK/*.pth`, or files of these kinds called `NETWORK` or
/// `NETWORK-DIGEST`.
package struct FoundWeights {
  /// The network's name in the registry.
  package let network: String
  package let file: URL

  private static let extensions = ["safetensors", "pth"]

  /// In the order of the registry, one file a network: safetensors before PyTorch's, then by name.
  /// - Parameter folder: nil has none.
  /// - Throws: ``TrainingError/unreadable(file:reason:)`` where the folder cannot be read.
  package static func all(in folder: URL?) throws -> [FoundWeights] {
    guard let folder else { return [] }
    let beside: [URL]
    do {
      beside = try files(folder)
    } catch {
      throw TrainingError.unreadable(
        file: folder.path, reason: "cannot be read: \(error.localizedDescription)")
    }
    return Registry.all.compactMap { card in
      let own = (try? files(folder.appendingPathComponent(card.name))) ?? []
      let called = beside.filter { file in
        let stem = file.deletingPathExtension().lastPathComponent
        return stem == card.name || stem.hasPrefix("\(card.name)-")
      }
      return (own + called).first.map { FoundWeights(network: card.name, file: $0) }
    }
  }

  private static func files(_ folder: URL) throws -> [URL] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path)
      .map { folder.appendingPathComponent($0) }
      .filter { extensions.contains($0.pathExtension) }
      .sorted { ($1.pathExtension, $0.lastPathComponent) < ($0.pathExtension, $1.lastPathComponent) }
  }

  /// - Throws: ``TrainedNetworkError``, `NetworkError`, `WeightFileError`.
  func load() throws -> TrainedNetwork { try TrainedNetwork(network, weights: file.path) }
}

extension TrainedNetwork {
  /// All that decides what it makes of a picture, as a condition of what is remembered: a file's name says nothing of it.
  var identity: String {
    "\(SHA256.digest(of: network.store.all)) \(String(decoding: JSON.encoded(preprocessing), as: UTF8.self))"
  }
}
