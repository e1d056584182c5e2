#include "core/video.h"
