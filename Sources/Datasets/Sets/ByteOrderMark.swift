extension Collection<UInt8> {
  /// Without the mark that some editors begin a text in UTF-8 with.
  package var withoutByteOrderMark: SubSequence {
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    return starts(with: mark) ? dropFirst(mark.count) : self[...]
  }
}
