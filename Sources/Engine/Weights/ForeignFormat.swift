/// Files that people take for weights and that are not read here, told by how they begin, and what can be done with each. None
/// that begins as safetensors do is looked at: their first eight bytes may be those of any of these.
enum ForeignFormat {
  /// - Returns: an error that names the format; nil where it is not known.
  static func error(_ file: UnsafeRawBufferPointer, path: String) -> WeightFileError? {
    guard let (format, advice) = text(file) ?? binary(file) else { return nil }
    return .otherFormat(file: path, format: format, advice: advice)
  }

  private static let fromTensorFlow = "save the weights from Python as .npz, or as safetensors"
  private static let unpack = "unpack it first"
  private static let onlyWeights =
    "only weights are read: save the network's state dict from the program that wrote it"

  // MARK: Binary formats

  private static let signatures: [(offset: Int, bytes: [UInt8], format: String, advice: String)] = [
    (0, [0x1F, 0x8B], "compressed by gzip", "\(unpack) (gunzip)"),
    (0, [0x28, 0xB5, 0x2F, 0xFD], "compressed by zstd", "\(unpack) (unzstd)"),
    (0, [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0], "compressed by xz", "\(unpack) (unxz)"),
    (0, Array("BZh".utf8), "compressed by bzip2", "\(unpack) (bunzip2)"),
    (0, [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], "a 7z archive", unpack),
    (0, Array("Rar!".utf8), "a RAR archive", unpack),
    (
      257, Array("ustar".utf8), "a tar archive",
      "\(unpack) (tar -xf); PyTorch's own, from before 0.1.10 (2017), must be saved anew"
    ),
    (
      0, [0x89] + Array("HDF\r\n".utf8) + [0x1A, 0x0A], "HDF5, as Keras and TensorFlow write .h5",
      fromTensorFlow
    ),
    (0, Array("GGUF".utf8), "GGUF, a format of language models", onlyWeights),
    (0, Array("lmgg".utf8), "GGML, a format of language models", onlyWeights),
    (4, Array("TFL3".utf8), "a TensorFlow Lite model", fromTensorFlow),
    (0, [0x93] + Array("NUMPY".utf8), "a NumPy array (.npy)", "'colonnade convert' makes safetensors of it"),
    (0, [0x08, 0x01, 0x12], "a TensorFlow SavedModel", fromTensorFlow),
    (0, [0x89] + Array("PNG".utf8), "a PNG picture", "weights are expected"),
    (0, [0xFF, 0xD8, 0xFF], "a JPEG picture", "weights are expected"),
    (0, Array("%PDF".utf8), "a PDF document", "weights are expected"),
  ]

  private static func binary(_ file: UnsafeRawBufferPointer) -> (String, String)? {
    guard !file.isEmpty else { return ("empty", "the download or the copy failed; fetch it again") }
    for (offset, bytes, format, advice) in signatures where file.dropFirst(offset).starts(with: bytes) {
      return (format, advice)
    }
    // The last bytes of a table of LevelDB's.
    if file.suffix(8).elementsEqual([0x57, 0xFB, 0x80, 0x8B, 0x24, 0x75, 0x47, 0xDB]) {
      return ("the index of a TensorFlow checkpoint", fromTensorFlow)
    }
    if isONNX(file) { return ("an ONNX model", onlyWeights) }
    if DarknetWeightFile.isLikely(file) {
      return (
        "a darknet weight file, whose numbers have no names",
        "'colonnade detect' reads a detector's, with its --network or --cfg"
      )
    }
    return nil
  }

  /// A protocol buffer whose first field is a small number, the version, and whose next is the producer's name, or the
  /// graph where no producer is named.
  private static func isONNX(_ file: UnsafeRawBufferPointer) -> Bool {
    guard file.count > 16, file[0] == 0x08, 1...30 ~= file[1] else { return false }
    if file[2] == 0x3A { return true }
    let length = Int(file[3])
    guard file[2] == 0x12, length < 64, file.count > 4 + length else { return false }
    return file[4..<4 + length].allSatisfy { 0x20...0x7E ~= $0 }
  }

  // MARK: Text

  private static func text(_ file: UnsafeRawBufferPointer) -> (String, String)? {
    let start = file.prefix(512)
    let isText = start.allSatisfy { $0 >= 0x20 && $0 != 0x7F || [0x09, 0x0A, 0x0C, 0x0D].contains($0) }
    // The last character may be cut in two.
    let isUTF8 = (0..<4).contains { String(validating: start.dropLast($0), as: UTF8.self) != nil }
    guard !start.isEmpty, isText, isUTF8 else { return nil }
    let text = String(decoding: start, as: UTF8.self)
    // In one line; a byte order mark may come first.
    let words = text.split { $0.isWhitespace || $0 == "\u{FEFF}" }
    let line = words.joined(separator: " ")
    let beginning = "which begins '\(shown(line, limit: 40))'"
    if line.hasPrefix("version https://git-lfs.github.com/") {
      let size = words.firstIndex(of: "size").flatMap { Int(words[($0 + 1)...].first ?? "") }
      return (
        "a Git LFS pointer" + (size.map { " to a file of \($0) bytes" } ?? ""),
        "the file itself was not fetched: 'git lfs pull' does, or download it"
      )
    }
    if line.hasPrefix("{"), line.contains("\"weight_map\"") || line.contains("\"total_size\"") {
      return ("the index of weights that lie in several files", "they are in the files that it names")
    }
    if line.hasPrefix("<") {
      return (
        "a page of HTML or XML, \(beginning)",
        "the site answered with a page in place of the file: look at it in a browser, and download the file itself"
      )
    }
    return ("a text, \(beginning)", "weights are expected")
  }

  // MARK: Archives and pickles

  /// A zip archive that is not a checkpoint.
  static func error(archive names: [String], path: String) -> WeightFileError {
    func has(_ ending: String) -> Bool { names.contains { $0 == ending || $0.hasSuffix("/" + ending) } }
    func error(_ format: String, _ advice: String) -> WeightFileError {
      .otherFormat(file: path, format: format, advice: advice)
    }
    if has("constants.pkl") {
      return error(
        "a TorchScript archive, a program with its weights",
        "save the weights alone in Python: torch.save(torch.jit.load('in.pt').state_dict(), 'out.pth')")
    }
    if has("serialized_exported_program.json") || has("archive_format") {
      return error(
        "a program that torch.export wrote",
        "save the weights alone in Python: torch.save(torch.export.load('in.pt2').state_dict, 'out.pth')")
    }
    if has("model.weights.h5") { return error("a Keras model", fromTensorFlow) }
    if names.contains(where: { $0.hasSuffix(".npy") }) {
      return error("a NumPy archive (.npz)", "'colonnade convert' makes safetensors of it")
    }
    let endings = [".pth", ".pt", ".th", ".bin", ".ckpt", ".safetensors"]
    if let inside = names.first(where: { name in endings.contains { name.hasSuffix($0) } }) {
      return error("a zip archive with \(shown(inside)) in it", "\(unpack) (unzip)")
    }
    let first = names.first.map { ", the first of them \(shown($0))" } ?? ""
    let files = "\(names.count) file\(names.count == 1 ? "" : "s")"
    return error("a zip archive of \(files)\(first)", "weights are expected")
  }

  /// A pickle that `torch.save` did not write.
  static func error(pickle path: String) -> WeightFileError {
    .otherFormat(
      file: path, format: "a pickle without PyTorch's magic number",
      advice: "load it in Python, if you trust it, and save its tensors by torch.save")
  }

  /// A network as an object of its class.
  static func error(wholeModel name: String, under key: String?, path: String) -> WeightFileError {
    .otherFormat(
      file: path,
      format: "a whole pickled model (\(shown(name))" + (key.map { " under \(shown($0))" } ?? "")
        + "), not its weights",
      advice: "in Python, if you trust it, load it and torch.save(model.state_dict(), 'out.pth')")
  }
}
