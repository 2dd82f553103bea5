extension RandomSource {
  /// The extents of a tensor of about so many elements at most, the first ones the longer; now and then one of them is 0.
  mutating func shape(rank: ClosedRange<Int>, room: Int) -> [Int] {
    var rank = int(rank)
    // Ranks up to 4 twice as often.
    if rank > 4 && oneIn(2) { rank = int(min(2, rank)...4) }
    var left = room
    let empty = oneIn(16) ? int(0...7) : -1
    return (0..<rank).map { position in
      let extent = position == empty ? 0 : min(extent(left), max(left, 1))
      left /= max(extent, 1)
      return extent
    }
  }

  /// 1, small ones, and lengths beside the widths of vectors.
  mutating func extent(_ room: Int) -> Int {
    switch int(0...15) {
    case 0...3: 1
    case 4...9: int(2...9)
    case 10...12: [7, 15, 17, 31, 33, 63, 65, 127, 129].randomElement(using: &self)!
    case 13: int(10...300)
    case 14: int(1...max(room, 1))
    default: [8, 16, 32, 64].randomElement(using: &self)!
    }
  }
}
