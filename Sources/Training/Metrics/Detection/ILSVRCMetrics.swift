import Images
import Models

extension DetectionMetrics {
  /// ILSVRC's of detection (Russakovsky et al. 2015, section 4.3, and the development kit of 2014): the area below the curve
  /// where small objects ask for less.
  ///
  /// The detections of a class in a picture go from the greatest score on. Each finds, among the objects of its class that
  /// are not found yet and of which its IoU is at least their own min(0.5, wh / ((w + 10)(h + 10))), the one with the greatest
  /// IoU; without one it is wrong. w and h are xmax − xmin + 1 and ymax − ymin + 1 of the kit's pixels, which is the
  /// continuous box's width and height. There is no difficulty here: every object counts.
  /// - Parameters:
  ///   - detections: of each picture, in any order.
  ///   - truths: the objects in each picture.
  ///   - classes: how many there are; labels are below.
  ///   - blacklist: for each picture the classes whose objects and detections do not count there; empty for none at all.
  public static func ilsvrcDetection(
    _ detections: [[Detection]], _ truths: [[LabelledBox]], classes: Int, blacklist: [Set<Int>] = []
  ) -> AveragePrecision {
    precondition(
      blacklist.isEmpty || blacklist.count == truths.count,
      "ilsvrcDetection: a blacklist of \(blacklist.count) pictures for \(truths.count)")
    return ilsvrcDetection(DetectionGroups(detections, truths, classes: classes), blacklist: blacklist)
  }

  static func ilsvrcDetection(_ groups: DetectionGroups, blacklist: [Set<Int>] = []) -> AveragePrecision {
    AveragePrecision(
      perClass: groups.classes.enumerated().map { label, cells in
        var (scores, outcomes) = ([Float](), [PrecisionRecall.Outcome]())
        var objects = 0
        for cell in cells where blacklist.isEmpty || !blacklist[cell.picture].contains(label) {
          objects += cell.truths.count
          scores += cell.detections.map(\.score)
          outcomes += ilsvrcOutcomes(cell)
        }
        return PrecisionRecall(scores: scores, outcomes: outcomes, objects: objects).area
      })
  }

  private static func ilsvrcOutcomes(_ cell: DetectionGroups.Cell) -> [PrecisionRecall.Outcome] {
    let least = cell.truths.map { truth in
      let (width, height) = (Double(truth.box.width), Double(truth.box.height))
      return min(0.5, width * height / ((width + 10) * (height + 10)))
    }
    var isFound = [Bool](repeating: false, count: cell.truths.count)
    return cell.detections.map { detection in
      var (best, place) = (0.0, -1)
      for (index, truth) in cell.truths.enumerated() where !isFound[index] {
        let overlap = detection.box.exactOverlap(truth.box)
        if overlap > best, overlap >= least[index] { (best, place) = (overlap, index) }
      }
      guard place >= 0 else { return .wrong }
      isFound[place] = true
      return .right
    }
  }

  /// ILSVRC's error of localization: the share of pictures of which no guess is right. A guess is a class with one box; it is
  /// right where the class is the picture's and the box has an IoU of at least 0.5 with any of its objects (development kit of
  /// 2012).
  ///
  /// The guesses are the first classes by their surest detection, with its box. A picture with objects of several classes
  /// counts by the share of its classes that are not guessed; a picture without objects does not count.
  /// - Parameters:
  ///   - detections: of each picture, in any order.
  ///   - truths: the objects in each picture.
  ///   - guesses: how many classes may be guessed.
  /// - Returns: from 0 to 1; nil where no picture has objects.
  public static func ilsvrcLocalizationError(
    _ detections: [[Detection]], _ truths: [[LabelledBox]], guesses: Int = 5
  ) -> Double? {
    precondition(
      detections.count == truths.count,
      "ilsvrcLocalizationError: detections of \(detections.count) pictures and objects of \(truths.count)")
    var (sum, pictures) = (0.0, 0)
    for (found, objects) in zip(detections, truths) where !objects.isEmpty {
      var guessed: [Detection] = []
      for place in DetectionGroups.fallingOrder(found.map(\.score)) where guessed.count < guesses {
        if !guessed.contains(where: { $0.label == found[place].label }) { guessed.append(found[place]) }
      }
      let labels = Set(objects.map(\.label))
      let missed = labels.count { label in
        !guessed.contains { guess in
          guess.label == label
            && objects.contains { $0.label == label && guess.box.exactOverlap($0.box) >= 0.5 }
        }
      }
      sum += Double(missed) / Double(labels.count)
      pictures += 1
    }
    return pictures == 0 ? nil : sum / Double(pictures)
  }
}
