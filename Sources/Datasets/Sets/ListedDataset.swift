/// A data set that knows the targets of its examples without reading a picture: it costs little to ask for all of them.
package protocol ListedDataset {
  /// False where it is made of a data set that must read pictures for that.
  var isListed: Bool { get }
}

extension ListedDataset {
  package var isListed: Bool { true }
}

extension Dataset {
  /// Whether it costs little to ask for all targets; a program's own data set may read its pictures.
  package var knowsTargets: Bool { (self as? any ListedDataset)?.isListed ?? false }
}

extension InMemoryDataset: ListedDataset {}
extension FolderDataset: ListedDataset {}
extension PathDataset: ListedDataset {}
extension TarShards: ListedDataset {}
extension PictureTree: ListedDataset {}
extension DetectionDataset: ListedDataset {}
