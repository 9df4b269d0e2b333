import Engine

/// A module with the raw outputs of detection heads: what a detector's network is made of.
public protocol DetectionBody: Module {
  /// What each of the raw outputs means.
  var heads: [DetectionHead] { get }

  /// The raw outputs, one for each of ``heads``.
  /// - Parameters:
  ///   - x: `[N, H, W, C]`.
  ///   - pass: what is asked of the layers.
  func maps(_ x: consuming Tensor, _ pass: Pass) -> [Tensor]

  /// Refuses what it cannot take, before anything runs.
  /// - Parameter input: the shape of a batch, `[N, H, W, C]`.
  func check(_ input: Shape) throws

  /// The layers whose outputs are classes'. The default is none.
  var classLayers: [ClassLayer] { get }
}

extension DetectionBody {
  public var classLayers: [ClassLayer] { [] }
}
