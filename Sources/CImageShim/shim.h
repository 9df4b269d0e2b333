// One door to the picture codecs: TurboJPEG, libspng, libwebp and zlib.
#pragma once
#include <spng.h>
#include <turbojpeg.h>
#include <webp/decode.h>
#include <webp/demux.h>
#include <zlib.h>
