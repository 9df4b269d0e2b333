import Engine

/// What cannot be asked of a network, in one line.
public enum NetworkError: Error, Equatable, CustomStringConvertible {
  /// No network has this name.
  case unknownName(String, nearest: String?, known: [String])
  /// A registry has another network of this name.
  case nameTaken(String)
  /// The number of classes, of input channels, or the probability of dropout makes no network.
  case invalidOption(network: String, reason: String)
  /// Pictures are smaller than the network can take.
  case inputTooSmall(network: String, height: Int, width: Int, minimum: Int)
  /// The input is not a batch of pictures with the network's number of channels.
  case wrongInput(network: String, shape: Shape, channels: Int)
  /// What the network gives, or a gradient of it, is NaN or infinite.
  case notFinite(network: String)

  public var description: String {
    switch self {
    case .unknownName(let name, let nearest, let known):
      let hint = nearest.map { "did you mean \($0)? " } ?? ""
      return "no network is named '\(name)'; \(hint)known are \(known.joined(separator: ", "))"
    case .nameTaken(let name):
      return "a network named '\(name)' is in the registry already"
    case .invalidOption(let network, let reason):
      return "\(network): \(reason)"
    case .inputTooSmall(let network, let height, let width, let minimum):
      return "\(network) takes pictures of at least \(minimum)×\(minimum) pixels, not \(width)×\(height)"
    case .wrongInput(let network, let shape, let channels):
      return "\(network) takes a batch [N, height, width, \(channels)], not \(shape)"
    case .notFinite(let network):
      return "\(network) gives no finite numbers: its weights may be broken"
    }
  }
}

extension NetworkError {
  /// Refuses numbers that say nothing.
  /// - Parameters:
  ///   - outputs: what a network gave.
  ///   - network: its name.
  /// - Throws: ``notFinite(network:)`` where an element is NaN or infinite.
  package static func checkFinite(_ outputs: [Tensor], of network: String) throws {
    guard outputs.allSatisfy(\.isFinite) else { throw NetworkError.notFinite(network: network) }
  }
}
