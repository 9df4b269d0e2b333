/// A weight file of any format that is read here, told apart by content and not by name: safetensors
/// (``SafetensorsFile``) or a PyTorch checkpoint (``CheckpointFile``).
public struct WeightFile: TensorFile {
  private let file: any TensorFile

  /// Opens the file and checks all of it but the elements.
  /// - Throws: ``WeightFileError`` where the file cannot be read, breaks its format's rules or is refused.
  public init(path: String) throws {
    let mapped = try MappedFile(path: path)
    file =
      CheckpointFile.isCheckpoint(mapped.bytes)
      ? try CheckpointFile(mapped, path: path) : try SafetensorsFile(mapped, path: path)
  }

  /// Where it was opened, as it was given; errors name it.
  public var path: String { file.path }
  public var keys: [String] { file.keys }
  public func shape(of key: String) -> Shape? { file.shape(of: key) }
  public func type(of key: String) -> ElementType? { file.type(of: key) }
  public func withBytes<R>(of key: String, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
    try file.withBytes(of: key, body)
  }

  /// What the file is, for people.
  public var format: String { (file as? CheckpointFile)?.format.rawValue ?? "safetensors" }

  /// The `__metadata__` of a safetensors file.
  public var metadata: [String: String] { (file as? SafetensorsFile)?.metadata ?? [:] }

  /// What a checkpoint holds beside the tensors, such as an epoch: the keys, and in words what is there.
  public var others: [(key: String, kind: String)] { (file as? CheckpointFile)?.others ?? [] }
}
