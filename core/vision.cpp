#include "core/vision.h"
