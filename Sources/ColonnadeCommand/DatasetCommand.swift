import ArgumentParser
import Colonnade
import Foundation

/// `colonnade dataset`: what a data set holds, and what is wrong with it.
struct DatasetCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dataset",
    abstract: "Look a data set over: classes, sizes, broken pictures, duplicates.",
    discussion: """
      DATA is as for 'colonnade train', of classified pictures or of pictures with boxes; every picture of every part is \
      read once. Printed are the pictures (or objects) of each class and part, how evenly they are spread, sizes, mean and \
      standard deviation of the first part's pixels, the pictures that cannot be read, and those that are there twice: with \
      the same pixels, or nearly the same by a perceptual hash, which another size or compression does not change. \
      Duplicates across parts come first: what a network is measured by, it was trained on. Cropped and mirrored copies \
      are not found.

      Effective classes: so many classes of equal size would be as evenly spread (2 to the power of the entropy in bits).

      EXAMPLES:
        colonnade dataset photos
        colonnade dataset photos --report photos.html
        colonnade dataset VOC2007 --json > voc.json
      """)

  @Argument(help: "A folder, a file, 'digits' or 'fashion-mnist'.")
  var data: String

  @Flag(help: "Print JSON, with all groups of duplicates and all broken pictures.")
  var json = false

  @Option(
    help: ArgumentHelp("Also write it as one HTML file, with pictures of each class.", valueName: "file"))
  var report: String?

  @OptionGroup var pictureArguments: PictureArguments
  @OptionGroup var threadArguments: ThreadArguments

  func run() throws {
    try threadArguments.apply()
    if let report { try Output.check(file: report) }
    try Output.check(files: [report], areNoneOf: [data])
    let opened = try InspectedData(data, pictureArguments.dataOptions())
    DataArguments.say(opened.findings)
    guard opened.count > 0 else { throw TrainingError.noPictures(set: "data") }
    let progress = ProgressLine(.standardError)
    defer { progress.clear() }
    let inspection = opened.inspect { done, total in
      progress.draw(Double(done) / Double(total), before: "\(done) of \(total)", after: "")
    }
    progress.clear()
    if let report { try DataReport(opened, inspection).write(to: URL(fileURLWithPath: report)) }
    let terminal = Output.terminal(beside: report)
    if json {
      try Output.json(inspection, on: terminal)
    } else {
      InspectionListing(inspection, terminal).print()
    }
  }
}
