#include "core/weights.h"
