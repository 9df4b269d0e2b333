import CImageShim
import Foundation

extension Image {
  /// The picture as a JPEG file, as Pillow's `save` writes it: the accurate DCT, and of colour pictures half the chroma rows and
  /// columns.
  /// - Parameter quality: from 1 to 100, libjpeg's scale of its quantization tables.
  /// - Precondition: the quality is in range, and no side has more than 65,535 pixels.
  public func jpegData(quality: Int) -> Data {
    precondition(1...100 ~= quality, "Image.jpegData: a quality of \(quality)")
    guard let codec = tjInitCompress() else {
      preconditionFailure("Image.jpegData: the JPEG encoder does not start")
    }
    defer { tjDestroy(codec) }
    var buffer: UnsafeMutablePointer<UInt8>?
    var count: UInt = 0
    let isGrey = channels == 1
    let status = pixels.withUnsafeBufferPointer { pixels in
      tjCompress2(
        codec, pixels.baseAddress, Int32(width), Int32(rowBytes), Int32(height),
        Int32(isGrey ? TJPF_GRAY.rawValue : TJPF_RGB.rawValue), &buffer, &count,
        Int32(isGrey ? TJSAMP_GRAY.rawValue : TJSAMP_420.rawValue), Int32(quality),
        Int32(TJFLAG_ACCURATEDCT))
    }
    defer { tjFree(buffer) }
    // Nothing but want of memory can fail here: the picture's invariants hold.
    guard status == 0, let buffer else {
      preconditionFailure("Image.jpegData: \(String(cString: tjGetErrorStr2(codec)))")
    }
    return Data(bytes: buffer, count: Int(count))
  }
}
