"""Draws the pictures of Tests/DatasetsTests/Fixtures and writes what Pillow and torchvision make of them.

Needs, for samplings that Pillow does not write, `cjpeg` and libturbojpeg.
A decoding golden is the file NAME.jpg or NAME.png beside NAME.ppm, the RGB pixels expected of it (P6).
With SHARED_DATA (a folder with `pictures/`), checksums of photographs are written too.
"""

import base64
import ctypes
import io
import json
import math
import struct
import subprocess
import tempfile
import zlib
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageEnhance, ImageFile, ImageOps
from torchvision import transforms
from torchvision.transforms import functional as F

from ..files import fixtures, write_json

FIXTURES = fixtures("DatasetsTests")


def drawing(width, height, channels, seed):
    """A smooth picture with edges and a little noise: [height, width, channels], uint8."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    planes = []
    for channel in range(channels):
        wave = np.sin(x / (3 + channel) + channel) * np.cos(y / (4 + channel))
        disc = ((x - width * 0.6) ** 2 + (y - height * 0.4) ** 2 < (min(width, height) / 3) ** 2) * 1.0
        plane = 110 + 70 * wave + (60 - 50 * channel) * disc + 20 * (x / width) + rng.normal(0, 6, x.shape)
        planes.append(plane)
    return np.clip(np.stack(planes, -1), 0, 255).astype(np.uint8)


def write_ppm(name, rgb):
    height, width, _ = rgb.shape
    (FIXTURES / f"{name}.ppm").write_bytes(b"P6\n%d %d\n255\n" % (width, height) + rgb.tobytes())


def pillow_rgb(path):
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


# JPEG


def turbo_compress(pixels, sampling):
    """JPEG by TurboJPEG: [h, w, 3] as RGB, [h, w, 4] as YCCK; sampling 0…5 = 444 422 420 grey 440 411."""
    library = ctypes.CDLL("libturbojpeg.so.0")
    library.tjInitCompress.restype = ctypes.c_void_p
    codec = ctypes.c_void_p(library.tjInitCompress())
    height, width, channels = pixels.shape
    buffer = ctypes.POINTER(ctypes.c_ubyte)()
    size = ctypes.c_ulong()
    status = library.tjCompress2(
        codec, pixels.tobytes(), width, 0, height, 0 if channels == 3 else 11,
        ctypes.byref(buffer), ctypes.byref(size), sampling, 85, 0)
    assert status == 0
    return ctypes.string_at(buffer, size.value)


def cjpeg(pixels, *options):
    height, width, _ = pixels.shape
    ppm = b"P6\n%d %d\n255\n" % (width, height) + pixels.tobytes()
    return subprocess.run(["cjpeg", *options], input=ppm, stdout=subprocess.PIPE, check=True).stdout


def pillow_jpeg(array, mode, **options):
    with tempfile.NamedTemporaryFile(suffix=".jpg") as file:
        Image.fromarray(array, mode).save(file.name, "JPEG", **options)
        return Path(file.name).read_bytes()


def make_jpegs():
    rgb = drawing(45, 37, 3, 1)
    grey = drawing(43, 29, 1, 2)[..., 0]
    cmyk = drawing(35, 27, 4, 3)
    orientation = Image.Exif()
    orientation[0x0112] = 6
    files = {
        "jpeg_grey": pillow_jpeg(grey, "L", quality=90),
        "jpeg_444": turbo_compress(rgb, 0),
        "jpeg_422": turbo_compress(rgb, 1),
        "jpeg_420": turbo_compress(rgb, 2),
        "jpeg_440": turbo_compress(rgb, 4),
        "jpeg_411": turbo_compress(rgb, 5),
        "jpeg_progressive_444": pillow_jpeg(rgb, "RGB", progressive=True, subsampling=0),
        "jpeg_progressive_420": pillow_jpeg(rgb, "RGB", progressive=True, subsampling=2),
        "jpeg_progressive_grey": pillow_jpeg(grey, "L", progressive=True),
        "jpeg_restart": cjpeg(rgb, "-restart", "1"),
        "jpeg_sampling_3x1": cjpeg(rgb, "-sample", "3x1"),
        "jpeg_sampling_mixed": cjpeg(rgb, "-sample", "2x2,1x2,2x1"),
        "jpeg_sampling_luma_low": cjpeg(rgb, "-sample", "1x1,2x2,2x2"),
        "jpeg_stored_rgb": pillow_jpeg(rgb, "RGB", keep_rgb=True),
        "jpeg_low_quality": pillow_jpeg(rgb, "RGB", quality=5),
        "jpeg_cmyk": pillow_jpeg(cmyk, "CMYK", quality=90),
        "jpeg_ycck": turbo_compress(cmyk, 0),
        "jpeg_ycck_420": turbo_compress(cmyk, 2),
        "jpeg_one_pixel": pillow_jpeg(rgb[:1, :1], "RGB"),
        "jpeg_orientation_6": pillow_jpeg(rgb, "RGB", exif=orientation, quality=90),
    }
    for name, data in files.items():
        path = FIXTURES / f"{name}.jpg"
        path.write_bytes(data)
        write_ppm(name, pillow_rgb(path))
    with Image.open(FIXTURES / "jpeg_orientation_6.jpg") as image:
        write_ppm("jpeg_orientation_6_upright", np.asarray(ImageOps.exif_transpose(image).convert("RGB")))
    whole = files["jpeg_420"]
    (FIXTURES / "truncated.jpg").write_bytes(whole[: len(whole) * 2 // 3])
    progressive = files["jpeg_progressive_420"]
    (FIXTURES / "truncated_progressive.jpg").write_bytes(progressive[: len(progressive) * 2 // 3])
    (FIXTURES / "text.jpg").write_text("This is a text file, whatever its name says.\n")
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        path = FIXTURES / f"orientation_{orientation}.jpg"
        path.write_bytes(pillow_jpeg(rgb[:11, :17], "RGB", exif=exif, quality=90))
        with Image.open(path) as image:
            write_ppm(f"orientation_{orientation}", np.asarray(ImageOps.exif_transpose(image).convert("RGB")))


# PNG, written here because Pillow does not write all of its kinds


def png_chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def packed_rows(samples, depth):
    """samples [h, w, c] to [h, bytes]."""
    height, width, channels = samples.shape
    if depth == 16:
        return samples.astype(">u2").reshape(height, -1).view(np.uint8)
    if depth == 8:
        return samples.astype(np.uint8).reshape(height, -1)
    bits = (samples.reshape(height, -1, 1) >> np.arange(depth - 1, -1, -1)) & 1
    return np.packbits(bits.reshape(height, -1).astype(np.uint8), axis=1)


def filtered(rows, step):
    """The rows with the five filters in turn."""
    result = b""
    previous = np.zeros(rows.shape[1], np.int64)
    for index, row in enumerate(rows.astype(np.int64)):
        left = np.concatenate([np.zeros(step, np.int64), row[:-step]])[: len(row)]
        corner = np.concatenate([np.zeros(step, np.int64), previous[:-step]])[: len(row)]
        estimate = left + previous - corner
        distances = [abs(estimate - left), abs(estimate - previous), abs(estimate - corner)]
        paeth = np.where(
            (distances[0] <= distances[1]) & (distances[0] <= distances[2]), left,
            np.where(distances[1] <= distances[2], previous, corner))
        prediction = [0 * row, left, previous, (left + previous) // 2, paeth][index % 5]
        result += bytes([index % 5]) + ((row - prediction) % 256).astype(np.uint8).tobytes()
        previous = row
    return result


def png(samples, depth, colour, interlaced=False, extra=b"", after=b""):
    height, width, channels = samples.shape
    step = max(1, channels * depth // 8)
    passes = [(0, 0, 1, 1)]
    if interlaced:
        passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    content = b""
    for x, y, dx, dy in passes:
        part = samples[y::dy, x::dx]
        if part.size:
            content += filtered(packed_rows(part, depth), step)
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, int(interlaced))
    compressed = zlib.compress(content, 9)
    middle = len(compressed) // 2
    return (b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + extra + png_chunk(b"IDAT", compressed[:middle])
            + png_chunk(b"IDAT", compressed[middle:]) + after + png_chunk(b"IEND", b""))


def make_pngs():
    rng = np.random.default_rng(4)
    gamma = png_chunk(b"gAMA", struct.pack(">I", 100000)) + png_chunk(
        b"cHRM", struct.pack(">8I", 31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000))
    broken_profile = png_chunk(b"iCCP", b"\0\0not a profile")
    kinds = {0: (1, [1, 2, 4, 8, 16]), 2: (3, [8, 16]), 3: (1, [1, 2, 4, 8]), 4: (2, [8, 16]), 6: (4, [8, 16])}
    names = {0: "grey", 2: "rgb", 3: "palette", 4: "grey_alpha", 6: "rgba"}
    files = {}
    wide = {}
    for colour, (channels, depths) in kinds.items():
        for depth in depths:
            for interlaced in (False, True):
                shape = (21, 27, channels)
                samples = drawing(27, 21, channels, colour * 100 + depth).astype(np.int64)
                if depth == 16:
                    samples = samples * 256 + rng.integers(0, 256, shape)
                elif depth < 8:
                    samples = samples >> (8 - depth)
                extra = b""
                if colour == 3:
                    entries = min(1 << depth, 200)
                    samples = samples % entries
                    extra = png_chunk(b"PLTE", rng.integers(0, 256, entries * 3).astype(np.uint8).tobytes())
                name = f"png_{names[colour]}_{depth}" + ("_interlaced" if interlaced else "")
                files[name] = png(samples, depth, colour, interlaced, extra)
                if depth == 16:
                    wide[name] = samples
    rgb = drawing(27, 21, 3, 5)
    grey = drawing(27, 21, 1, 6)
    palette = png_chunk(b"PLTE", rng.integers(0, 256, 16 * 3).astype(np.uint8).tobytes())
    files["png_palette_transparent"] = png(grey // 16, 4, 3, extra=palette + png_chunk(b"tRNS", bytes(range(0, 160, 16))))
    files["png_palette_short"] = png(grey // 8, 8, 3, extra=palette)
    files["png_grey_transparent"] = png(grey, 8, 0, extra=png_chunk(b"tRNS", struct.pack(">H", int(grey[3, 3, 0]))))
    files["png_rgb_transparent"] = png(
        rgb, 8, 2, extra=png_chunk(b"tRNS", struct.pack(">3H", *[int(v) for v in rgb[3, 3]])))
    files["png_gamma"] = png(rgb, 8, 2, extra=gamma)
    files["png_gamma_interlaced_16"] = png(rgb.astype(np.int64) * 257, 16, 2, interlaced=True, extra=gamma)
    files["png_broken_profile"] = png(rgb, 8, 2, extra=broken_profile)
    files["png_text"] = png(
        rgb, 8, 2, extra=png_chunk(b"tEXt", b"Comment\0drawn") + png_chunk(b"prVt", b"private"),
        after=png_chunk(b"tIME", bytes([7, 230, 1, 2, 3, 4, 5])))
    files["png_twice_gamma"] = png(rgb, 8, 2, extra=gamma + gamma)
    files["png_one_pixel"] = png(rgb[:1, :1], 8, 2)
    files["png_one_pixel_interlaced"] = png(rgb[:1, :1], 8, 2, interlaced=True)
    files["png_one_column_interlaced"] = png(rgb[:, :1], 8, 2, interlaced=True)
    for name, data in files.items():
        path = FIXTURES / f"{name}.png"
        path.write_bytes(data)
        expected = pillow_rgb(path)
        if name in wide:
            # Of sixteen bits the high eight; Pillow agrees, but for grey, which it clips.
            samples = (wide[name] >> 8).astype(np.uint8)
            high = samples[..., :3] if samples.shape[-1] >= 3 else np.repeat(samples[..., :1], 3, -1)
            assert np.array_equal(expected, high) or name.startswith("png_grey_16"), name
            expected = high
        write_ppm(name, expected)
    whole = files["png_rgb_8"]
    (FIXTURES / "truncated.png").write_bytes(whole[: len(whole) * 2 // 3])
    huge = struct.pack(">IIBBBBB", 60000, 60000, 8, 2, 0, 0, 0)
    (FIXTURES / "huge.png").write_bytes(
        b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", huge) + png_chunk(b"IDAT", b"") + png_chunk(b"IEND", b""))


# WebP, GIF and BMP; what Pillow does not write is written here


def saved(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def animation(pictures):
    return dict(save_all=True, append_images=pictures[1:], duration=100, loop=0)


def make_webps():
    rgb, rgba = drawing(27, 21, 3, 11), drawing(27, 21, 4, 12)
    exif = Image.Exif()
    exif[0x0112] = 6
    frames = [Image.fromarray(drawing(27, 21, 3, seed)) for seed in (13, 14)]
    files = {
        "webp_lossy": saved(Image.fromarray(rgb), "WEBP", quality=80),
        "webp_lossless": saved(Image.fromarray(rgb), "WEBP", lossless=True),
        "webp_lossy_alpha": saved(Image.fromarray(rgba), "WEBP", quality=70),
        "webp_lossless_alpha": saved(Image.fromarray(rgba), "WEBP", lossless=True, exact=True),
        "webp_animated": saved(frames[0], "WEBP", lossless=True, **animation(frames)),
        "webp_orientation_6": saved(Image.fromarray(rgb), "WEBP", lossless=True, exif=exif),
    }
    write_pictures(files, "webp")
    with Image.open(FIXTURES / "webp_orientation_6.webp") as image:
        write_ppm("webp_upright", np.asarray(ImageOps.exif_transpose(image).convert("RGB")))


def write_pictures(files, ending):
    for name, data in files.items():
        path = FIXTURES / f"{name}.{ending}"
        path.write_bytes(data)
        write_ppm(name, pillow_rgb(path))


def make_gifs():
    grey = Image.fromarray(drawing(27, 21, 1, 15)[..., 0])
    colours = Image.fromarray(drawing(61, 47, 3, 16)).quantize(200)
    few = Image.fromarray(drawing(27, 21, 3, 17)).quantize(5)
    frames = [Image.fromarray(drawing(27, 21, 3, seed)).quantize(64) for seed in (18, 19)]
    whole = saved(few, "GIF", interlace=0, transparency=2)
    # The frame two columns to the right and one row down on a canvas that is four and three larger.
    place = whole.index(b"\x2c", 13 + 3 * 8)
    width, height = struct.unpack("<HH", whole[6:10])
    moved = (whole[:6] + struct.pack("<HH", width + 4, height + 3) + whole[10:place + 1]
             + struct.pack("<HH", 2, 1) + whole[place + 5:])
    write_pictures({
        "gif_grey": saved(grey, "GIF", interlace=0),
        # More than 4,096 codes: the table fills up and is cleared.
        "gif_colours": saved(colours, "GIF", interlace=0),
        "gif_interlaced": saved(colours, "GIF", interlace=1),
        "gif_transparent": whole,
        "gif_moved": moved,
        "gif_beyond_canvas": whole[:6] + struct.pack("<HH", 5, 4) + whole[10:],
        "gif_animated": saved(frames[0], "GIF", **animation(frames)),
        "gif_one_pixel": saved(grey.crop((3, 3, 4, 4)), "GIF"),
    }, "gif")


def bmp(width, height, bits, rows, palette=b"", compression=0, masks=b"", core=False):
    """rows as they are stored, without the padding."""
    data = rows if isinstance(rows, bytes) else b"".join(row + b"\0" * (-len(row) % 4) for row in rows)
    if core:
        header = struct.pack("<IHHHH", 12, width, height, 1, bits)
    else:
        header = struct.pack(
            "<IiiHHIIiiII", 40, width, height, 1, bits, compression, len(data), 0, 0, len(palette) // 4, 0)
    start = 14 + len(header) + len(masks) + len(palette)
    return struct.pack("<2sIHHI", b"BM", start + len(data), 0, 0, start) + header + masks + palette + data


def make_bmps():
    rng = np.random.default_rng(20)
    rgb, grey = drawing(27, 21, 3, 21), drawing(27, 21, 1, 22)[..., 0]
    entries = rng.integers(0, 256, (16, 4)).astype(np.uint8)
    entries[:, 3] = 0
    palette, core = entries.tobytes(), entries[:, :3].tobytes()
    nibbles = [packed_rows((row[None, :, None] >> 4).astype(np.int64), 4).tobytes() for row in grey[::-1]]
    words = (rgb[::-1].astype("<u2") >> [3, 2, 3]) << [11, 5, 0]
    high = [row.sum(-1).astype("<u2").tobytes() for row in words]
    low = [(((row.astype("<u2") >> 3) << [10, 5, 0]).sum(-1)).astype("<u2").tobytes() for row in rgb[::-1]]
    runs = b"".join(bytes([5, 3, 9, 12, 0, 5, 1, 2, 3, 4, 5, 0, 8, 7]) + b"\0\0" for _ in range(10))
    runs += b"\0\2\4\2" + bytes([20, 9]) + b"\0\0" + bytes([27, 6]) + b"\0\1"
    half = b"".join(bytes([7, 0x3A, 0, 6, 0x12, 0x34, 0x56, 0, 14, 0x77]) + b"\0\0" for _ in range(21)) + b"\0\1"
    image = Image.fromarray(rgb)
    write_pictures({
        "bmp_24": saved(image, "BMP"),
        "bmp_32": saved(Image.fromarray(drawing(27, 21, 4, 23)), "BMP"),
        "bmp_8": saved(image.quantize(200), "BMP"),
        "bmp_grey": saved(Image.fromarray(grey), "BMP"),
        "bmp_1": saved(Image.fromarray(grey).convert("1"), "BMP"),
        "bmp_4": bmp(27, 21, 4, nibbles, palette),
        "bmp_core": bmp(27, 21, 4, nibbles, core, core=True),
        "bmp_16": bmp(27, 21, 16, low),
        "bmp_565": bmp(27, 21, 16, high, compression=3, masks=struct.pack("<3I", 0xF800, 0x7E0, 0x1F)),
        "bmp_top_down": bmp(27, -21, 24, [row[:, ::-1].tobytes() for row in rgb]),
        "bmp_runs_8": bmp(27, 13, 8, runs, palette, compression=1),
        "bmp_runs_4": bmp(27, 21, 4, half, palette, compression=2),
    }, "bmp")


def make_cut_pictures():
    """Pictures that end early, as Pillow reads them where it is told to."""
    rgb = drawing(45, 37, 3, 24)
    image = Image.fromarray(rgb)
    jpeg = saved(image, "JPEG", quality=90)
    scan = jpeg.index(b"\xff\xda")
    progressive = saved(image, "JPEG", quality=90, progressive=True)
    png_data, interlaced = png(rgb, 8, 2), png(rgb, 8, 2, interlaced=True)
    files = {
        "cut.jpg": jpeg[: len(jpeg) * 2 // 3],
        "cut_and_closed.jpg": jpeg[: scan + (len(jpeg) - scan) // 2] + b"\xff\xd9",
        "cut_progressive.jpg": progressive[: len(progressive) * 2 // 3],
        "cut.png": png_data[: len(png_data) * 2 // 3],
        "cut_interlaced.png": interlaced[: len(interlaced) * 2 // 3],
        "cut.gif": saved(image.quantize(200), "GIF", interlace=0)[:-500],
        "cut.bmp": saved(image, "BMP")[:-1000],
    }
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    for name, data in files.items():
        path = FIXTURES / f"early_{name}"
        path.write_bytes(data)
        write_ppm(f"early_{name}", pillow_rgb(path))
    ImageFile.LOAD_TRUNCATED_IMAGES = False


# JPEGs at a part of their scale

SCALED = [
    "jpeg_grey", "jpeg_444", "jpeg_422", "jpeg_420", "jpeg_440", "jpeg_411", "jpeg_progressive_420", "jpeg_sampling_3x1",
    "jpeg_sampling_mixed", "jpeg_stored_rgb", "jpeg_low_quality", "jpeg_cmyk", "jpeg_ycck_420", "jpeg_orientation_6",
    "early_cut"]
# Of pictures of 45×37: a piece (x, y, width, height), the size that it gets, whether the picture is mirrored before, and
# what its scale is to be divided by.
PIECES = [
    ((0, 0, 45, 37), (10, 8), False, 4), ((0, 0, 45, 37), (22, 18), False, 2), ((5, 3, 31, 28), (9, 8), False, 2),
    ((7, 6, 38, 31), (4, 3), False, 8), ((7, 6, 38, 31), (12, 12), True, 2), ((0, 0, 44, 36), (10, 8), True, 4)]


def draft(name, scale):
    image = Image.open(FIXTURES / f"{name}.jpg")
    width, height = image.size
    image.draft(None, (width // scale, height // scale))
    assert image.size == (math.ceil(width / scale), math.ceil(height / scale)), (name, scale, image.size)
    return image.convert("RGB")


def resized_piece(name, piece, size, flipped, scale):
    """A piece of the whole picture as the resize of a box of the draft; pixels beyond the box have no influence."""
    with Image.open(FIXTURES / f"{name}.jpg") as whole:
        width = whole.width
    image = draft(name, scale)
    left, top = piece[0] / scale, piece[1] / scale
    if flipped:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        left += image.width - width / scale
    right, bottom = left + piece[2] / scale, top + piece[3] / scale
    x, y = math.floor(left), math.floor(top)
    image = image.crop((x, y, math.ceil(right), math.ceil(bottom)))
    return image.resize(size, Image.Resampling.BILINEAR, (left - x, top - y, right - x, bottom - y))


def make_scaled():
    def text(image):
        return base64.b64encode(np.asarray(image).tobytes()).decode()

    ImageFile.LOAD_TRUNCATED_IMAGES = True
    result = {}
    for name in SCALED:
        resized = []
        for piece, size, flipped, scale in PIECES if name in ("jpeg_444", "jpeg_420", "jpeg_progressive_420") else []:
            pixels = text(resized_piece(name, piece, size, flipped, scale))
            keys = ("x", "y", "width", "height", "toWidth", "toHeight")
            resized.append(dict(zip(keys, piece + size), flipped=flipped, scale=scale, pixels=pixels))
        reduced = {str(scale): text(draft(name, scale)) for scale in (2, 4, 8)}
        result[f"{name}.jpg"] = {"reduced": reduced, "resized": resized}
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    write_json(FIXTURES / "scaled_decoding.json", result)


# Resizing, cropping, augmenting


SLIVERS = [
    ("column", (9, 0, 10, 47), [(1, 20), (5, 47), (3, 90)]),
    ("row", (0, 9, 61, 10), [(20, 1), (90, 4), (61, 5)]),
    ("tiny", (20, 20, 22, 23), [(9, 7), (1, 1), (2, 3), (3, 2)]),
]


def make_resizes():
    rgb = Image.fromarray(drawing(61, 47, 3, 7))
    rgb.save(FIXTURES / "resize_source.png")
    grey = Image.fromarray(drawing(28, 28, 1, 8)[..., 0])
    grey.convert("RGB").save(FIXTURES / "resize_source_grey.png")
    sizes = [(30, 23), (7, 5), (100, 90), (61, 20), (20, 47), (61, 47), (1, 1), (1, 50), (90, 1), (62, 46), (3, 120), (57, 20), (40, 30)]
    filters = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}
    for label, resampling in filters.items():
        for width, height in sizes:
            write_ppm(f"resize_{label}_{width}x{height}", np.asarray(rgb.resize((width, height), resampling)))
        resized = grey.resize((19, 41), resampling)
        write_ppm(f"resize_grey_{label}_19x41", np.asarray(resized.convert("RGB")))
        dot = rgb.crop((5, 5, 6, 6))
        write_ppm(f"resize_dot_{label}_5x4", np.asarray(dot.resize((5, 4), resampling)))
        short = transforms.Resize(32, interpolation=transforms.InterpolationMode(label))(rgb)
        write_ppm(f"resize_shorter_{label}_32", np.asarray(short))
    # Pictures a pixel or two wide, in every direction.
    for label, resampling in filters.items():
        for name, box, sizes in SLIVERS:
            for width, height in sizes:
                write_ppm(
                    f"resize_{name}_{label}_{width}x{height}",
                    np.asarray(rgb.crop(box).resize((width, height), resampling)))
    for width, height in [(32, 32), (31, 30), (60, 46), (80, 20), (20, 64), (75, 60)]:
        write_ppm(f"crop_{width}x{height}", np.asarray(F.center_crop(rgb, [height, width])))


def make_augmentations():
    rgb = Image.open(FIXTURES / "resize_source.png")
    for factor in (0.0, 0.35, 1.0, 1.7):
        write_ppm(f"brightness_{factor}", np.asarray(F.adjust_brightness(rgb, factor)))
        write_ppm(f"contrast_{factor}", np.asarray(F.adjust_contrast(rgb, factor)))
        write_ppm(f"saturation_{factor}", np.asarray(F.adjust_saturation(rgb, factor)))
    for factor in (-0.5, -0.13, 0.0, 0.2, 0.5):
        write_ppm(f"hue_{factor}", np.asarray(F.adjust_hue(rgb, factor)))
    for angle in (0, 13.5, -30, 90, 180, 270, 200):
        rotated = rgb.rotate(angle, Image.Resampling.BILINEAR, fillcolor=(10, 20, 30))
        write_ppm(f"rotation_{angle}", np.asarray(rotated))
    write_ppm("luma", np.asarray(rgb.convert("L").convert("RGB")))


def make_preprocessed():
    """The presets on one small picture, as little-endian Float32 in [H, W, C]."""
    rgb = Image.open(FIXTURES / "resize_source.png")
    mean, deviation = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
    normalize = [transforms.ToTensor(), transforms.Normalize(mean, deviation)]
    small = transforms.Compose([transforms.Resize(40), transforms.CenterCrop(32), *normalize])
    half = transforms.Normalize([0.5] * 3, [0.5] * 3)
    straight = transforms.Compose([transforms.Resize((24, 24)), transforms.ToTensor(), half])
    for name, preset in {"imagenet_40_32": small, "half_24": straight}.items():
        tensor = preset(rgb).permute(1, 2, 0).contiguous()
        (FIXTURES / f"preprocessed_{name}.f32").write_bytes(tensor.numpy().astype("<f4").tobytes())


def make_photographs(folder):
    """Checksums (CRC-32) of photographs, decoded, and resized to 256 and cropped to 224, before normalization."""
    result = {}
    torchvision = transforms.Compose([transforms.Resize(256), transforms.CenterCrop(224)])
    for path in sorted(folder.glob("pictures/*.jpg")) + sorted(folder.glob("pictures/*.png")):
        image = Image.open(path).convert("RGB")
        result[path.name] = {
            "width": image.width,
            "height": image.height,
            "decoded": zlib.crc32(image.tobytes()),
            "torchvision": zlib.crc32(torchvision(image).tobytes()),
            "review": zlib.crc32(image.resize((224, 224), Image.Resampling.BILINEAR).tobytes()),
            "bicubic": zlib.crc32(image.resize((224, 224), Image.Resampling.BICUBIC).tobytes()),
        }
    (FIXTURES / "photographs.json").write_text(json.dumps(result, indent=1) + "\n")


def options(parser):
    parser.add_argument("shared_data", nargs="?", type=Path, metavar="SHARED_DATA", help="a folder with pictures/")


def write(arguments):
    make_jpegs()
    make_pngs()
    make_webps()
    make_gifs()
    make_bmps()
    make_cut_pictures()
    make_scaled()
    make_resizes()
    make_augmentations()
    make_preprocessed()
    if arguments.shared_data:
        make_photographs(arguments.shared_data)
