// TurboJPEG, to make the loader's pictures: the engine only decodes.
#pragma once
#include <turbojpeg.h>
