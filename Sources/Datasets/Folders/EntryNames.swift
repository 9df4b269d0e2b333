import Images

/// What names of files and folders say.
enum EntryNames {
  private static let dot = UInt8(ascii: ".")

  /// Endings of pictures that are decoded, as numbers: see ``ending(_:)``.
  private static let pictureEndings = Set(
    ["jpg", "jpeg", "jpe", "jfif", "png", "webp", "gif", "bmp", "dib"].map { number(Array($0.utf8)[...])! })

  /// Endings of files that are no pictures whatever is in them: they are not opened.
  private static let textEndings = Set(
    ["txt", "xml", "json", "csv", "tsv", "md", "yaml", "yml", "html", "htm", "py", "log"].map {
      number(Array($0.utf8)[...])!
    })

  /// What file managers and archivers leave behind.
  private static let litterNames = Set(
    [
      ".DS_Store", "__MACOSX", "Thumbs.db", "ehthumbs.db", "desktop.ini", "@eaDir", ".Spotlight-V100",
      ".Trashes",
      ".fseventsd", "lost+found",
    ].map { Array($0.utf8) })

  /// Whether a file's name ends like that of a picture.
  static func isPicture(_ name: UnsafeBufferPointer<UInt8>) -> Bool {
    ending(name).map(pictureEndings.contains) ?? false
  }

  /// Whether a file's name ends like that of a text.
  static func isText(_ name: UnsafeBufferPointer<UInt8>) -> Bool {
    ending(name).map(textEndings.contains) ?? false
  }

  static func isHidden(_ name: UnsafeBufferPointer<UInt8>) -> Bool { name.first == dot }

  /// How the litter of file managers and archivers is called; nil for anything else.
  static func litter(_ name: UnsafeBufferPointer<UInt8>) -> String? {
    // macOS keeps a file's attributes in a second file.
    if name.count > 2, name[0] == dot, name[1] == UInt8(ascii: "_") { return "._*" }
    let bytes = Array(name)
    return litterNames.contains(bytes) ? BytePath.text(bytes) : nil
  }

  /// A name's ending for people, in small letters: `tif`.
  static func shownEnding(_ name: UnsafeBufferPointer<UInt8>) -> String {
    guard let place = name.lastIndex(of: dot), place > 0, place + 1 < name.count, name.count - place <= 12
    else {
      return "without ending"
    }
    return BytePath.text(Array(name[(place + 1)...])).lowercased()
  }

  /// Up to eight bytes after the last point, letters made small, as one number.
  private static func ending(_ name: UnsafeBufferPointer<UInt8>) -> UInt64? {
    var place = name.count - 1
    while place > 0, name[place] != dot { place -= 1 }
    return place > 0 ? number(name[(place + 1)...]) : nil
  }

  private static func number(_ ending: some RandomAccessCollection<UInt8>) -> UInt64? {
    guard 1...8 ~= ending.count else { return nil }
    var number: UInt64 = 0
    for byte in ending {
      let isCapital = byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z")
      number = number << 8 | UInt64(isCapital ? byte | 0x20 : byte)
    }
    return number
  }
}
