import Images

/// A data set with all of its parts, opened to be looked at: classified pictures or annotated ones, whatever the commands
/// open.
public struct InspectedData: Sendable {
  private enum Content: Sendable {
    case classes([(name: String, pictures: any Dataset<Int>)])
    case boxes([(name: String, pictures: any Dataset<[LabelledBox]>)])
  }

  /// The data set's name.
  public let name: String
  /// What of it is not used; nil where there is no folder.
  public let findings: DataFindings?
  private let content: Content

  /// - Parameters:
  ///   - argument: a folder, a file or a name, as ``DataSource/open(_:_:)`` and ``DetectionSource`` take them.
  ///   - options: how pictures are read; shares and parts do not count.
  /// - Throws: ``DatasetError``.
  public init(_ argument: String, _ options: DataOptions = DataOptions()) throws {
    if let source = try DetectionSource(recognizing: argument, options) {
      let names: [String?] = source.splits.isEmpty ? [nil] : source.splits
      var parts = try names.map { (name: $0 ?? "all", pictures: try source.dataset($0)) }
      var findings = DataFindings(folder: argument)
      let unions = Self.unions(parts)
      parts.removeAll { unions.contains($0.name) }
      if !unions.isEmpty {
        findings.notes.append("\(listed(unions)): the pictures of other parts, which are counted there")
      }
      for part in parts { findings.annotations.add(part.pictures.report) }
      (name, self.findings) = (source.name, findings)
      content = .boxes(parts.map { ($0.name, $0.pictures) })
    } else {
      let data = try OpenedData.open(argument, options)
      (name, findings) = (data.name, data.findings)
      var parts: [(name: String, pictures: any Dataset<Int>)] = [
        (data.validation == nil ? "all" : "train", data.train)
      ]
      if let validation = data.validation { parts.append(("validation", validation)) }
      content = .classes(parts)
    }
  }

  /// The parts whose pictures are all in other ones, such as `trainval`: not those to train, validate or test by, of which that
  /// would be a fault to be found.
  private static func unions(_ parts: [(name: String, pictures: DetectionDataset)]) -> [String] {
    let files = parts.map { part in Set((0..<part.pictures.count).map(part.pictures.name)) }
    let own = Set(["train", "val", "test"])
    let others = zip(parts, files).filter { own.contains($0.0.name) }.reduce(into: Set<String>()) {
      $0.formUnion($1.1)
    }
    return zip(parts, files).filter { part, files in
      !own.contains(part.name) && !files.isEmpty && files.isSubset(of: others)
    }.map(\.0.name)
  }

  /// How many pictures there are in all parts.
  public var count: Int {
    switch content {
    case .classes(let parts): parts.reduce(0) { $0 + $1.pictures.count }
    case .boxes(let parts): parts.reduce(0) { $0 + $1.pictures.count }
    }
  }

  /// Reads every picture once.
  /// - Parameter progress: told of the pictures that are done, and of all.
  public func inspect(progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }) -> DataInspection {
    switch content {
    case .classes(let parts):
      DataInspection(name, parts: parts, countsObjects: false, labels: { [$0] }, progress: progress)
    case .boxes(let parts):
      DataInspection(name, parts: parts, countsObjects: true, labels: { $0.map(\.label) }, progress: progress)
    }
  }

  /// A picture of an inspection; nil where it cannot be read.
  package func image(_ picture: DataInspection.Picture) -> Image? {
    switch content {
    case .classes(let parts): Self.image(picture, in: parts)
    case .boxes(let parts): Self.image(picture, in: parts)
    }
  }

  private static func image<Target: GeometricTarget>(
    _ picture: DataInspection.Picture, in parts: [(name: String, pictures: any Dataset<Target>)]
  ) -> Image? {
    guard let part = parts.first(where: { $0.name == picture.part }) else { return nil }
    return try? part.pictures.example(at: picture.index).image
  }

  /// Up to so many pictures of the first part, spread evenly, of which each shows the class; a picture for each.
  package func examples(ofClass label: Int, count: Int) -> [Image] {
    switch content {
    case .classes(let parts): Self.examples(parts[0].pictures, count) { $0 == label }
    case .boxes(let parts): Self.examples(parts[0].pictures, count) { $0.contains { $0.label == label } }
    }
  }

  private static func examples<Target: GeometricTarget>(
    _ dataset: any Dataset<Target>, _ count: Int, _ shows: (Target) -> Bool
  ) -> [Image] {
    let places = (0..<dataset.count).filter { (try? dataset.target(at: $0)).map(shows) ?? false }
    let taken = min(count, places.count)
    return (0..<taken).compactMap { try? dataset.example(at: places[$0 * places.count / taken]).image }
  }
}
