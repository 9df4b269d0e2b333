// A network's parameters in weight files.

extension Parameter {
  /// Whether elements of a type are read as the parameter's.
  package func takes(_ type: ElementType) -> Bool {
    type.isReadableAsFloat || role == .counter && type.isReadableAsInteger
  }
}

extension ParameterStore {
  /// Puts a weight file's tensors, safetensors or a PyTorch checkpoint (``WeightFile``), into the parameters, mapped to memory's layout.
  ///
  /// Strict: every parameter must be in the file with its shape, and every key of the file must be a parameter's,
  /// but for what is named here. Only counters (`num_batches_tracked`) may be absent without being named. All
  /// misfits are gathered in one error, and nothing is changed where there is one. The buffer pool is left as it is.
  ///
  /// A prefix that all keys of the file have, such as `module.`, is taken off where the names lack it
  /// (``WeightFile/aligned(with:)``).
  /// - Parameters:
  ///   - path: the file.
  ///   - ignoring: shell patterns (`aux1.*`; `*` is any run of characters, dots too, `?` any one, `[abc]` any of these) of
  ///     keys in the file to pass by, as if the file lacked them.
  ///   - allowingMissing: shell patterns of parameters that keep their values where the file lacks them.
  ///   - fileKey: the key in the file of a parameter's name.
  /// - Throws: ``WeightFileError``.
  public func load(
    from path: String, ignoring: [String] = [], allowingMissing: [String] = [],
    key fileKey: (String) -> String = { $0 }
  ) throws {
    try load(WeightFile(path: path), ignoring: ignoring, allowingMissing: allowingMissing, key: fileKey)
  }

  /// As ``load(from:ignoring:allowingMissing:key:)``, from a file that is open.
  /// - Parameters:
  ///   - file: which tensors of a checkpoint are meant was said when it was opened.
  ///   - ignoring: shell patterns of keys in the file to pass by.
  ///   - allowingMissing: shell patterns of parameters that keep their values where the file lacks them.
  ///   - fileKey: the key in the file of a parameter's name.
  /// - Throws: ``WeightFileError``.
  public func load(
    _ file: WeightFile, ignoring: [String] = [], allowingMissing: [String] = [],
    key fileKey: (String) -> String = { $0 }
  ) throws {
    let file = file.aligned(with: all.map { fileKey($0.name) })
    var found: [(parameter: Parameter, key: String)] = []
    let unread = file.unread.filter { !Glob.matches(ignoring, $0.key.text) }
    var unclaimed = Set(file.keys.filter { !Glob.matches(ignoring, $0) }.map(ExactKey.init))
    var misfits: [WeightFileError.Misfit] = []
    for parameter in all {
      let key = fileKey(parameter.name)
      let shape = parameter.layout.fileShape(parameter.shape)
      guard unclaimed.remove(ExactKey(key)) != nil, let fileShape = file.shape(of: key),
        let type = file.type(of: key)
      else {
        if parameter.role != .counter, !Glob.matches(allowingMissing, parameter.name) {
          if let kind = unread[ExactKey(key)] {
            misfits.append(.wrongType(key: key, type: kind))
          } else {
            misfits.append(.missing(key: key, shape: shape))
          }
        }
        continue
      }
      if fileShape != shape {
        misfits.append(.wrongShape(key: key, file: fileShape, network: shape))
      } else if !parameter.takes(type) {
        misfits.append(.wrongType(key: key, type: type.rawValue))
      } else {
        found.append((parameter, key))
      }
    }
    misfits += file.keys.filter { unclaimed.contains(ExactKey($0)) }
      .map { .unexpected(key: $0, shape: file.shape(of: $0)!) }
    guard misfits.isEmpty else { throw WeightFileError.mismatch(file: file.path, misfits: misfits) }

    for (parameter, key) in found {
      if file.type(of: key)!.isReadableAsInteger {
        parameter.value = Tensor(try file.integers(key).map { Float($0) }, shape: parameter.shape)
      } else {
        parameter.load(try file.tensor(key, from: parameter.layout))
      }
    }
  }

  /// Writes all parameters as safetensors in the files' layout; counters as I64. What was at `path` is replaced
  /// whole or not at all.
  /// - Parameters:
  ///   - path: the file.
  ///   - metadata: the file's `__metadata__`.
  ///   - fileKey: the key in the file of a parameter's name.
  /// - Throws: ``WeightFileError/unwritable(file:reason:)``.
  public func save(
    to path: String, metadata: [String: String] = [:], key fileKey: (String) -> String = { $0 }
  ) throws {
    let entries = all.map { parameter -> Safetensors.Entry in
      let name = fileKey(parameter.name)
      let shape = parameter.layout.fileShape(parameter.shape)
      guard parameter.role == .counter else {
        return .floats(name, shape) { parameter.layout.toFile(parameter.value) }
      }
      return .integers(name, shape, parameter.value.scalars.map { Int64($0) })
    }
    try Safetensors.write(entries, metadata: metadata, to: path)
  }
}
