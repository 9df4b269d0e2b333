import Foundation
import TestSupport

/// What `scripts/goldens/topics/yolo_losses.py` wrote.
struct YOLOLossFixture: Decodable {
  struct Truth: Decodable {
    let label: Int
    let box: [Float]
  }

  struct Input: Decodable {
    let shape: [Int]
    let values: [Float]
  }

  struct Case: Decodable {
    let name: String
    let inputs: [Input]
    let total: Double
    let parts: [String: Double]
    let gradients: [[Double]]
  }

  let width, height, classes: Int
  let anchors: [[Float]]
  let masks: [[Int]]
  let truths: [[Truth]]
  let cases: [Case]
}

/// The losses as plain loops in `Double`, each part by its name, and `total`.
extension YOLOLossFixture {
  private func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

  private func entropy(_ logit: Double, _ target: Double) -> Double {
    max(logit, 0) - logit * target + log(1 + exp(-abs(logit)))
  }

  private func smoothL1(_ d: Double, _ beta: Double) -> Double {
    abs(d) < beta ? 0.5 * d * d / beta : abs(d) - 0.5 * beta
  }

  private func overlap(_ a: [Double], _ b: [Double]) -> Double {
    let w = min(a[2], b[2]) - max(a[0], b[0])
    let h = min(a[3], b[3]) - max(a[1], b[1])
    let common = max(w, 0) * max(h, 0)
    return common / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - common)
  }

  /// Darknet's loss, anchor by anchor.
  func anchoredSums(_ maps: [DTensor], smooth: (lambda: Double, beta: Double)?) -> [String: Double] {
    var sums: [String: Double] = [:]
    func add(_ part: String, _ value: Double) { sums[part, default: 0] += value / 3 }
    let (width, height) = (Double(width), Double(height))
    let anchors = anchors.map { $0.map(Double.init) }
    for (map, mask) in zip(maps, masks) {
      let (rows, columns) = (map.shape[1], map.shape[2])
      for (n, picture) in truths.enumerated() {
        let boxes = picture.map { (label: $0.label, box: $0.box.map(Double.init)) }
        for row in 0..<rows {
          for column in 0..<columns {
            for (a, anchor) in mask.enumerated() {
              let t = (0..<8).map { map[n, row, column, 8 * a + $0] }
              let own = boxes.filter { truth in
                let b = truth.box
                let fit = anchors.map { overlap([0, 0, b[2] - b[0], b[3] - b[1]], [0, 0, $0[0], $0[1]]) }
                return fit.firstIndex(of: fit.max()!) == anchor
                  && min(Int((b[0] + b[2]) / 2 / width * Double(columns)), columns - 1) == column
                  && min(Int((b[1] + b[3]) / 2 / height * Double(rows)), rows - 1) == row
              }
              guard let b = own.last?.box else {
                let x = (sigmoid(t[0]) + Double(column)) / Double(columns) * width
                let y = (sigmoid(t[1]) + Double(row)) / Double(rows) * height
                let (w, h) = (exp(t[2]) * anchors[anchor][0], exp(t[3]) * anchors[anchor][1])
                let box = [x - w / 2, y - h / 2, x + w / 2, y + h / 2]
                if boxes.allSatisfy({ overlap(box, $0.box) <= 0.3 }) { add("objectness", entropy(t[4], 0)) }
                continue
              }
              add("objectness", entropy(t[4], 1))
              for c in 0..<3 { add("class", entropy(t[5 + c], own.contains { $0.label == c } ? 1 : 0)) }
              let aims = [
                (b[0] + b[2]) / 2 / width * Double(columns) - Double(column),
                (b[1] + b[3]) / 2 / height * Double(rows) - Double(row),
                log((b[2] - b[0]) / anchors[anchor][0]), log((b[3] - b[1]) / anchors[anchor][1]),
              ]
              let weight = 2 - (b[2] - b[0]) * (b[3] - b[1]) / width / height
              for k in 0..<2 {
                add("centre", weight * entropy(t[k], aims[k]))
                add("size", weight / 2 * pow(t[2 + k] - aims[2 + k], 2))
                if let smooth {
                  add("regression", smoothL1(sigmoid(t[k]) - aims[k], smooth.beta))
                  add("regression", smoothL1(t[2 + k] - aims[2 + k], smooth.beta))
                }
              }
            }
          }
        }
      }
    }
    sums["classification"] = sums["objectness"]! + sums["class"]!
    sums["total"] =
      smooth.map { sums["classification"]! + $0.lambda * sums["regression"]! }
      ?? sums["classification"]! + sums["centre"]! + sums["size"]!
    return sums
  }

  /// By picture and cell: the truth, the responsible box and its overlap.
  typealias Responsible = (label: Int, box: [Double], index: Int, overlap: Double)

  func gridOverlaps(_ output: DTensor) -> [[Int: Responsible]] {
    let (width, height) = (Double(width), Double(height))
    return truths.enumerated().map { n, picture in
      var found: [Int: Responsible] = [:]
      for truth in picture {
        let b = truth.box.map(Double.init)
        let (x, y) = ((b[0] + b[2]) / 2 / width * 3, (b[1] + b[3]) / 2 / height * 3)
        let cell = min(Int(y), 2) * 3 + min(Int(x), 2)
        guard found[cell] == nil else { continue }
        let boxes = (0..<2).map { index -> [Double] in
          let t = (0..<4).map { output[n, 45 + (cell * 2 + index) * 4 + $0] }
          let (cx, cy) = ((t[0] + Double(cell % 3)) / 3 * width, (t[1] + Double(cell / 3)) / 3 * height)
          let (w, h) = (t[2] * t[2] * width, t[3] * t[3] * height)
          return [cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2]
        }
        let overlaps = boxes.map { overlap($0, b) }
        let distances = boxes.map { box -> Double in
          let d = [
            (box[0] + box[2] - b[0] - b[2]) / 2 / width, (box[1] + box[3] - b[1] - b[3]) / 2 / height,
            (box[2] - box[0] - b[2] + b[0]) / width, (box[3] - box[1] - b[3] + b[1]) / height,
          ]
          return d.reduce(0) { $0 + $1 * $1 }
        }
        let index =
          overlaps.max()! > 0 ? (overlaps[1] > overlaps[0] ? 1 : 0) : (distances[1] < distances[0] ? 1 : 0)
        found[cell] = (truth.label, b, index, overlaps[index])
      }
      return found
    }
  }

  func gridSums(
    _ output: DTensor, _ responsible: [[Int: Responsible]], smooth: (lambda: Double, beta: Double)?
  ) -> [String: Double] {
    var sums: [String: Double] = [:]
    func add(_ part: String, _ value: Double) { sums[part, default: 0] += value / 3 }
    let (width, height) = (Double(width), Double(height))
    for n in 0..<3 {
      for cell in 0..<9 {
        let own = responsible[n][cell]
        for index in 0..<2 where index != own?.index {
          add("no object", 0.5 * pow(output[n, 27 + cell * 2 + index], 2))
        }
        guard let own else { continue }
        for c in 0..<3 { add("class", pow(output[n, cell * 3 + c] - (c == own.label ? 1 : 0), 2)) }
        add("object", pow(output[n, 27 + cell * 2 + own.index] - own.overlap, 2))
        let b = own.box
        let aims = [
          (b[0] + b[2]) / 2 / width * 3 - Double(cell % 3), (b[1] + b[3]) / 2 / height * 3 - Double(cell / 3),
          ((b[2] - b[0]) / width).squareRoot(), ((b[3] - b[1]) / height).squareRoot(),
        ]
        for k in 0..<4 {
          let d = output[n, 45 + (cell * 2 + own.index) * 4 + k] - aims[k]
          add(k < 2 ? "centre" : "size", 5 * d * d)
          if let smooth { add("regression", smoothL1(d, smooth.beta)) }
        }
      }
    }
    sums["classification"] = sums["object"]! + sums["no object"]! + sums["class"]!
    sums["total"] =
      smooth.map { sums["classification"]! + $0.lambda * sums["regression"]! }
      ?? sums["classification"]! + sums["centre"]! + sums["size"]!
    return sums
  }
}
