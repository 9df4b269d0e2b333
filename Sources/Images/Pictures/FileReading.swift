import Foundation

/// Why a file or folder cannot be read, in a few words.
package enum FileReading {
  package static func reason(_ error: any Error, _ url: URL) -> String {
    switch isFolder(url) {
    case nil: "no such file"
    case true?: "it is a folder"
    case false?: error.localizedDescription
    }
  }

  /// Nil where there is a folder.
  package static func whyNoFolder(_ url: URL) -> String? {
    switch isFolder(url) {
    case nil: "no such folder"
    case true?: nil
    case false?: "it is not a folder"
    }
  }

  /// Nil where there is nothing.
  package static func isFolder(_ url: URL) -> Bool? {
    var isDirectory: ObjCBool = false
    return FileManager.default.fileExists(atPath: url.path, isDirectory: &isDirectory)
      ? isDirectory.boolValue : nil
  }
}
