import Colonnade
import Foundation

/// The pictures that arguments name: files, and the files of folders.
enum PictureFiles {
  private static let extensions: Set<String> = ["jpg", "jpeg", "png"]

  /// - Parameter arguments: files, which are taken as they are, and folders, whose files with a picture's extension are
  ///   taken in the order of their names.
  /// - Throws: `Failure` where a folder cannot be read or has no picture.
  static func expanded(_ arguments: [String]) throws -> [String] {
    try arguments.flatMap { argument -> [String] in
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: argument, isDirectory: &isFolder), isFolder.boolValue
      else {
        return [argument]
      }
      let names: [String]
      do {
        names = try FileManager.default.contentsOfDirectory(atPath: argument)
      } catch {
        throw Failure(.missingInput, "\(argument): cannot be read: \(error.localizedDescription)")
      }
      let pictures = names.filter {
        !$0.hasPrefix(".") && extensions.contains(($0 as NSString).pathExtension.lowercased())
      }.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
      guard !pictures.isEmpty else {
        throw Failure(.data, "\(argument): the folder holds no pictures (jpg, jpeg, png)")
      }
      return pictures.map { (argument as NSString).appendingPathComponent($0) }
    }
  }
}
