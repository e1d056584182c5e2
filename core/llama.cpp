#include "core/llama.h"
