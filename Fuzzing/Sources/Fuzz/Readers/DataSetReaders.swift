import Colonnade
import Foundation

/// Tables of pictures, CIFAR's files and tar archives.
enum DataSetReaders {
  private static let picture = Array(Image(width: 5, height: 4, repeating: 7).pngData())

  static let table = Reader(
    "table", made: { [Array("path,label,split\r\na.png,x,train\n\"a.png\",\"y, z\",val\n".utf8)] },
    allowance: Reader.multiple(256),
    read: { input in
      _ = try input.file("a.png", picture)
      try look(input.file("table.csv"))
    })

  static let tar = Reader(
    "tar",
    made: { [archive([("a/0.png", picture), ("a/0.cls", Array("3\n".utf8)), ("b.txt", [1, 2])])] },
    allowance: { bytes in
      Reader.multiple(64)(bytes) + (contents(bytes).map(PictureReaders.allowance).max() ?? 0)
    },
    isSkipped: { contents($0).contains(where: PictureReaders.isOnlySlow) },
    read: { input in try look(input.file("data.tar")) })

  /// One batch of CIFAR-10.
  static let cifar = Reader(
    "cifar", made: { [[3] + [UInt8](repeating: 9, count: 3072)] },
    read: { input in
      _ = try input.file("data_batch_1.bin")
      try look(input.folder.path)
    })

  private static func look(_ path: String) throws {
    let opened = try DataSource<Int>.pictures(of: .train, in: path)
    for index in 0..<min(opened.pictures.count, 4) { _ = try opened.pictures.example(at: index) }
  }

  /// What may be an archive's pictures: each begins with a block, whatever the headers say.
  private static func contents(_ archive: [UInt8]) -> [[UInt8]] {
    stride(from: 512, to: archive.count, by: 512).filter { PictureReaders.isPicture(archive[$0...]) }
      .map { Array(archive[$0...]) }
  }

  /// As POSIX has them.
  private static func archive(_ files: [(name: String, content: [UInt8])]) -> [UInt8] {
    var result: [UInt8] = []
    for (name, content) in files {
      var header = [UInt8](repeating: 0, count: 512)
      func put(_ text: String, at place: Int) {
        for (index, byte) in text.utf8.enumerated() { header[place + index] = byte }
      }
      put(name, at: 0)
      put(String(format: "%011o", content.count), at: 124)
      put("0", at: 156)
      put("ustar\0" + "00", at: 257)
      put("        ", at: 148)
      put(String(format: "%06o\0", header.reduce(0) { $0 + Int($1) }), at: 148)
      result += header + content + [UInt8](repeating: 0, count: (512 - content.count % 512) % 512)
    }
    return result + [UInt8](repeating: 0, count: 1024)
  }
}
