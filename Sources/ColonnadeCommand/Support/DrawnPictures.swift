import Colonnade
import Foundation

/// What is drawn of pictures, as PNG files in a folder.
struct DrawnPictures {
  private let folder: String
  private let names: [String: String]

  /// Makes the folder where it is missing.
  /// - Parameters:
  ///   - folder: where to write.
  ///   - files: all pictures: those of one name get different ones.
  /// - Throws: `Failure`, also where a picture would be written over one of those that are read.
  init(folder: String, for files: [(name: String, file: Result<PictureFile, any Error>)]) throws {
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw Failure(.cannotCreate, "\(folder): cannot be made: \(error.localizedDescription)")
    }
    var taken: Set<String> = []
    var names: [String: String] = [:]
    for (file, _) in files where names[file] == nil {
      let stem = ((file as NSString).lastPathComponent as NSString).deletingPathExtension
      var (name, number) = (stem, 1)
      while !taken.insert(name.lowercased()).inserted {
        number += 1
        name = "\(stem)-\(number)"
      }
      names[file] = name + ".png"
    }
    (self.folder, self.names) = (folder, names)
    let pictures = files.compactMap { try? $0.file.get().path }
    try Output.check(files: names.values.map(path), areNoneOf: pictures)
  }

  /// - Parameter file: the name of a picture that was announced.
  /// - Throws: `Failure` where the file cannot be written.
  func write(_ drawing: Image, of file: String) throws {
    try Output.write(drawing.pngData(), to: path(names[file]!))
  }

  private func path(_ name: String) -> String { (folder as NSString).appendingPathComponent(name) }
}
