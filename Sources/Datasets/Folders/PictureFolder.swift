import Images

/// The pictures of a folder and of the folders in it, of no class.
package struct PictureFolder {
  /// In the order of the bytes of their paths.
  package let files: [BytePath]
  /// What of the folder is not used.
  package let findings: DataFindings

  /// - Throws: ``DatasetError`` where a folder cannot be read, or there are no pictures.
  package init(_ folder: String) throws {
    let listing = try FolderListing(pictures: BytePath(folder))
    guard listing.count > 0 else { throw DatasetError.emptyFolder(path: folder, expected: "pictures") }
    files = (0..<listing.count).map { listing.path(at: $0) }
    findings = listing.findings
  }
}
