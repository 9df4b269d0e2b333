import Engine

/// A weight file that torchvision publishes (`IMAGENET1K_V1`): what it is called, where it is, and how its SHA-256
/// begins.
public struct PublishedWeights: Hashable, Sendable {
  /// The digest's first digits stand before the extension.
  public let fileName: String

  /// Where PyTorch's site has it; nothing is fetched here.
  public var url: String { "https://download.pytorch.org/models/\(fileName)" }

  /// The first eight hexadecimal digits of the SHA-256.
  public var digestPrefix: String { String(fileName.dropLast(".pth".count).suffix(8)) }

  /// The published file that a path's last component names; nil where it names none.
  public static func named(by path: String) -> PublishedWeights? {
    let name = path.split(separator: "/").last.map(String.init)
    return table.values.first { $0.fileName == name }
  }

  /// Holds a file that is called like a published one against its digest; any other file passes unread.
  /// - Throws: `WeightFileError.wrongDigest` where it is not what its name says.
  public static func check(_ path: String) throws {
    try check(path) { try SHA256.digest(ofFile: path) }
  }

  /// As ``check(_:)``, of a file that is open.
  package static func check(_ file: WeightFile) throws {
    try check(file.path) { file.digest }
  }

  private static func check(_ path: String, digesting: () throws -> String) throws {
    guard let published = named(by: path) else { return }
    let digest = try digesting()
    guard digest.hasPrefix(published.digestPrefix) else {
      throw WeightFileError.wrongDigest(file: path, claimed: published.digestPrefix, digest: digest)
    }
  }

  /// By the network's name.
  fileprivate static let table = [
    "alexnet": "alexnet-owt-7be5be79", "vgg11": "vgg11-8a719046", "vgg13": "vgg13-19584684",
    "vgg16": "vgg16-397923af", "vgg19": "vgg19-dcbb9e9d", "vgg11_bn": "vgg11_bn-6002323d",
    "vgg13_bn": "vgg13_bn-abd245e5", "vgg16_bn": "vgg16_bn-6c64b313", "vgg19_bn": "vgg19_bn-c79401a0",
    "googlenet": "googlenet-1378be20", "resnet18": "resnet18-f37072fd", "resnet34": "resnet34-b627a593",
    "resnet50": "resnet50-0676ba61", "resnet101": "resnet101-63fe2227", "resnet152": "resnet152-394f9c45",
    "squeezenet1_0": "squeezenet1_0-b66bff10", "squeezenet1_1": "squeezenet1_1-b8a52dc0",
    "mobilenet_v2": "mobilenet_v2-b0353104",
  ].mapValues { PublishedWeights(fileName: "\($0).pth") }
}

extension NetworkCard {
  /// The file with torchvision's weights; nil where it publishes none.
  public var publishedWeights: PublishedWeights? { PublishedWeights.table[name] }
}
