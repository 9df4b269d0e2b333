import Engine
import Images

/// What a head's map of a batch should be: which of its rows are objects', what these should say, and which rows count
/// for the objectness. Rows are the anchors at the cells: `((picture · h + row) · w + column) · A + anchor`.
struct YOLOTargets {
  /// Rows of objects, in the order in which truths claimed them.
  private(set) var rows: [Int] = []
  /// Of each such row: what σ(tx) and σ(ty) should be for the centre in its cell, in 0...1.
  private(set) var centres: [Float] = []
  /// Of each such row: the logarithms of the sides over the anchor's.
  private(set) var sides: [Float] = []
  /// Of each such row: 2 less the box's share of the picture, so that small boxes count for more.
  private(set) var weights: [Float] = []
  /// Of each such row: 1 for its classes, 0 for others.
  private(set) var classes: [Float] = []
  /// Of each row of the map: 1 of objects.
  private(set) var objectness: [Float]
  /// Of each row of the map: 0 where the objectness does not count.
  private(set) var counts: [Float]

  private let head: YOLOHead
  private let grid, input: Image.Size
  private var places: [Int: Int] = [:]

  /// - Parameters:
  ///   - map: `[N, h, w, A · (5 + C)]`.
  ///   - head: what it means.
  ///   - truths: of each picture, in pixels of the network's input.
  ///   - input: the network's.
  ///   - ignoring: a row without an object whose box has more than this IoU with one does not count.
  init(of map: Tensor, _ head: YOLOHead, truths: [[LabelledBox]], input: Image.Size, ignoring: Float) {
    precondition(
      map.shape.rank == 4 && map.shape[3] == head.channels && map.shape[0] == truths.count,
      "YOLOTargets: a map \(map.shape) of \(head.channels) channels for \(truths.count) pictures")
    self.head = head
    self.input = input
    grid = Image.Size(width: map.shape[2], height: map.shape[1])
    let count = map.shape[0] * grid.width * grid.height * head.mask.count
    objectness = Array(repeating: 0, count: count)
    counts = Array(repeating: 1, count: count)
    ignore(map, truths, above: ignoring)
    for (picture, truths) in truths.enumerated() {
      for truth in truths where truth.counts { claim(truth, picture) }
    }
  }

  /// Lets rows not count whose boxes are near a truth's, whatever their class, or where a crowd or a difficult object is.
  private mutating func ignore(_ map: Tensor, _ truths: [[LabelledBox]], above limit: Float) {
    let perPicture = counts.count / max(truths.count, 1)
    map.withUnsafeBufferPointer { elements in
      for row in counts.indices {
        let boxes = truths[row / perPicture]
        guard !boxes.isEmpty else { continue }
        let cell = row % perPicture / head.mask.count
        let numbers = (0..<4).map { elements[row * head.entries + $0] }
        let box = head.box(
          SIMD4(numbers[0], numbers[1], numbers[2], numbers[3]), anchor: head.mask[row % head.mask.count],
          column: cell % grid.width, row: cell / grid.width, grid: grid, input: input)
        if boxes.contains(where: {
          $0.counts ? $0.box.intersectionOverUnion(box) > limit : $0.excuses(box)
        }) {
          counts[row] = 0
        }
      }
    }
  }

  /// Gives a truth the row of the cell that its centre is in and of the anchor whose shape is nearest, if that is this
  /// head's. Of two truths with one row the later one's box counts, and the classes of both.
  private mutating func claim(_ truth: LabelledBox, _ picture: Int) {
    let box = truth.box
    guard box.area > 0, let anchor = head.mask.firstIndex(of: nearestAnchor(box)) else { return }
    precondition(
      0..<head.classes ~= truth.label, "YOLOTargets: the label \(truth.label) of \(head.classes) classes")
    let x = (box.left + box.right) / 2 / Float(input.width) * Float(grid.width)
    let y = (box.top + box.bottom) / 2 / Float(input.height) * Float(grid.height)
    let column = Int(min(max(x, 0), Float(grid.width - 1)))
    let line = Int(min(max(y, 0), Float(grid.height - 1)))
    let row = ((picture * grid.height + line) * grid.width + column) * head.mask.count + anchor
    let side = head.side(of: head.mask[anchor], grid: grid, input: input)
    let place = places[row] ?? add(row)
    let centre = [x - Float(column), y - Float(line)].map { place in
      // What σ(t) should be: the inverse of ``YOLOHead/centreScale``.
      let sigmoid = head.centreScale == 1 ? place : (place - 0.5) / head.centreScale + 0.5
      return min(max(sigmoid, 0), 1)
    }
    centres.replaceSubrange(2 * place..<2 * place + 2, with: centre)
    sides.replaceSubrange(
      2 * place..<2 * place + 2, with: [logarithm(box.width / side.x), logarithm(box.height / side.y)])
    weights[place] = 2 - box.area / (Float(input.width) * Float(input.height))
    classes[place * head.classes + truth.label] = 1
  }

  private mutating func add(_ row: Int) -> Int {
    let place = rows.count
    places[row] = place
    rows.append(row)
    centres += [0, 0]
    sides += [0, 0]
    weights.append(0)
    classes += Array(repeating: 0, count: head.classes)
    objectness[row] = 1
    counts[row] = 1
    return place
  }

  /// The anchor with the greatest IoU where both boxes have one centre; the first of equal ones.
  private func nearestAnchor(_ box: BoundingBox) -> Int {
    var best = (anchor: 0, overlap: -Float.infinity)
    for anchor in head.anchors.indices {
      let side = head.side(of: anchor, grid: grid, input: input)
      let common = min(side.x, box.width) * min(side.y, box.height)
      let overlap = common / (side.x * side.y + box.width * box.height - common)
      if overlap > best.overlap { best = (anchor, overlap) }
    }
    return best.anchor
  }
}
