import ArgumentParser
import Colonnade
import Pictures
import Sampling
import Timing

/// Pictures a second: decoded, resized, cropped and normalized.
@main
struct Command: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "loader",
    abstract: "Times the loader on JPEGs of 500×375 that it makes: shorter side to 256, centre crop of 224.")

  @Option(help: "Pictures in memory, and in an epoch.")
  var pictures = 64

  @Option(help: "Pictures in a batch.")
  var batch = 16

  @OptionGroup var options: SamplingOptions

  func validate() throws {
    guard pictures >= 1, batch >= 1 else { throw ValidationError("--pictures and --batch must be positive") }
  }

  func run() throws {
    let pictures = JPEGPictures(count: pictures)
    let cases = try options.selected(stages(pictures) + loaders(pictures), name: \.stage)
    let works = cases.map { Work(threads: $0.threads, amount: Double(pictures.count), $0.run) }
    let load = ForeignLoad()
    let rates = options.sampler { _ in 0 }.run(works) { round, index in
      showProgress("round \(round + 1)/\(options.rounds): \(cases[index].stage)")
    }
    showProgress("")
    let size = pictures.bytes / pictures.count
    let measurements = zip(cases, rates).map { entry, rate in
      Measurement(
        stage: entry.stage, threads: entry.threads, averageBytes: size, picturesPerSecond: rate.rate)
    }
    try Document(measurements, load: load).print(
      json: options.json, header: ["stage", "threads", "pictures/s", "quartiles", "KB a picture"]
    ) { entry in
      let rate = entry.picturesPerSecond
      return [
        entry.stage, "\(entry.threads)", rate.median.short,
        "\(rate.lowerQuartile.short)–\(rate.upperQuartile.short)", (Double(size) * 1e-3).short,
      ]
    }
  }

  private typealias Case = (stage: String, threads: Int, run: () -> Void)

  /// What a worker does with a picture, on one thread.
  private func stages(_ pictures: JPEGPictures) -> [Case] {
    let images = pictures.indices.map { pictures.image($0) }
    let prepared = images.map(Preprocessing.torchvision.prepared)
    var target = [Float](repeating: 0, count: 224 * 224 * 3)
    return [
      ("decode", 1, { for index in pictures.indices { _ = pictures.image(index) } }),
      ("resize and crop", 1, { for image in images { _ = Preprocessing.torchvision.prepared(image) } }),
      (
        "normalize", 1,
        {
          target.withUnsafeMutableBufferPointer { target in
            for image in prepared { Preprocessing.torchvision.normalize(image, into: target) }
          }
        }
      ),
    ]
  }

  /// An epoch of the whole loader, which decodes on threads of its own.
  private func loaders(_ pictures: JPEGPictures) -> [Case] {
    options.threads.map { threads in
      let loader = DataLoader(pictures, preprocessing: .torchvision, batchSize: batch, workers: threads)
      return (
        "loader", threads,
        {
          let batches = loader.epoch(0)
          while (try! batches.next()) != nil {}
        }
      )
    }
  }
}

extension JPEGPictures {
  fileprivate var indices: Range<Int> { 0..<count }

  fileprivate func image(_ index: Int) -> Image { try! example(at: index).image }
}

/// What was measured of one stage on one number of threads.
struct Measurement: Encodable {
  let stage: String
  let threads: Int
  /// Of a picture's file.
  let averageBytes: Int
  let picturesPerSecond: Summary
}
