import Engine
import Images

/// A darknet network as typed layers that fit together: what a configuration means.
///
///     let architecture = try DarknetArchitecture(DarknetConfiguration(text, file: "mine.cfg"))
///
/// Layers are numbered from 0 as darknet does, heads included. Convolutions, pools, routes, shortcuts, upsampling,
/// connected layers, softmax, dropout and the heads `yolo`, `region` and `detection` are known.
public struct DarknetArchitecture: Sendable {
  /// What it was made of.
  public let configuration: DarknetConfiguration
  /// Of the pictures that `[net]` names.
  public let input: Image.Size
  /// Of the pictures.
  public let inputChannels: Int
  /// Whether pictures are stretched to the input's shape, not put into it by a letterbox: as `letter_box` of `[net]` says;
  /// where it is missing, as darknet's programs do, of which version 1's stretches.
  public let stretches: Bool
  /// In the order in which they compute.
  public let layers: [DarknetLayer]
  /// Keys that were not used: of training, or unknown and taken for harmless; each with its section.
  public let unused: [(section: String, entry: DarknetConfiguration.Entry)]
  /// ``unused``, each with its section and line, for people.
  public var unusedKeys: [String] { unused.map { "[\($0.section)] \($0.entry.key) (line \($0.entry.line))" } }

  /// - Parameters:
  ///   - configuration: what is written.
  ///   - size: of the pictures, where it shall not be what `[net]` says.
  /// - Throws: ``DarknetError``, which names the line, or the size where that alone does not fit.
  public init(_ configuration: DarknetConfiguration, size: Image.Size? = nil) throws {
    do {
      try self.init(reading: configuration, size)
    } catch let error as DarknetError {
      guard case .misfit = error, let size else { throw error }
      throw Self.misfit(of: size, configuration) ?? error
    }
  }

  /// What is wrong with a size where the configuration's own goes through, and multiples of a number of pixels do.
  private static func misfit(of size: Image.Size, _ configuration: DarknetConfiguration) -> DarknetError? {
    guard let own = try? DarknetArchitecture(reading: configuration, nil),
      let coarsest = own.layers.map(\.output).filter({ $0[0] > 1 && $0[1] > 1 }).min(by: { $0[0] < $1[0] })
    else { return nil }
    let multiple = max(own.input.height / coarsest[0], own.input.width / coarsest[1], 1)
    func rounded(_ extent: Int) -> Int { max(extent / multiple, 1) * multiple }
    let near = Image.Size(width: rounded(size.width), height: rounded(size.height))
    guard near != size, (try? DarknetArchitecture(reading: configuration, near)) != nil else { return nil }
    return .misfit(
      .init(file: configuration.file, line: 0),
      reason: "pictures of \(size) do not go through it: width and height must be multiples of \(multiple)")
  }

  private init(reading configuration: DarknetConfiguration, _ size: Image.Size?) throws {
    var unused: [(section: String, entry: DarknetConfiguration.Entry)] = []
    func end(_ section: DarknetConfiguration.Section, _ options: DarknetOptions) {
      unused += options.unused.map { (section.name, $0) }
    }
    let net = configuration.sections[0]
    let options = DarknetOptions(net, file: configuration.file)
    let sides = 1...1 << 13
    let height = try options.integer("height", in: sides)
    let width = try options.integer("width", in: sides)
    input = size ?? Image.Size(width: width, height: height)
    inputChannels = try options.integer("channels", 3, in: 1...1024)
    guard sides ~= input.width, sides ~= input.height else {
      throw options.misfit("pictures of \(input) are not possible")
    }
    let letterboxes = try options.has("letter_box") ? options.flag("letter_box") : nil
    end(net, options)
    var reader = DarknetLayerReader(input: [input.height, input.width, inputChannels])
    for section in configuration.sections.dropFirst() {
      let options = DarknetOptions(section, file: configuration.file)
      try reader.read(section.name, options)
      end(section, options)
    }
    self.configuration = configuration
    layers = reader.layers
    self.unused = unused
    if case .grid? = layers.lazy.compactMap(\.head).first {
      stretches = !(letterboxes ?? false)
    } else {
      stretches = !(letterboxes ?? true)
    }
  }

  /// The heads in the order of their layers.
  public var heads: [DetectionHead] { layers.compactMap(\.head) }

  /// Whether pictures must have the size ``input``, as where there is a connected layer.
  public var hasFixedSize: Bool {
    layers.contains { if case .connected = $0.kind { true } else { false } }
  }

  /// The same for pictures of another size.
  /// - Throws: ``DarknetError`` where layers do not fit together then.
  public func resized(to size: Image.Size) throws -> DarknetArchitecture {
    try DarknetArchitecture(configuration, size: size)
  }
}
