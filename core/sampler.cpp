#include "core/sampler.h"
