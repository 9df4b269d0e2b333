// One door to the picture codecs: TurboJPEG, libspng and zlib.
#pragma once
#include <spng.h>
#include <turbojpeg.h>
#include <zlib.h>
