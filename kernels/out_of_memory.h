// Detects a lack of memory that is not reported as an Error.
#pragma once

#include <exception>

namespace sparsight {

// True for std::bad_alloc, and for the exception of a thread that cannot start because memory or the allowed number of
// threads is used up. Treat these as ErrorKind::Memory.
[[nodiscard]] bool lacks_memory(const std::exception& error);

// Whether memory for the largest picture, or a thread, is unavailable now. Decoders also report a lack of memory for
// damaged files with impossible sizes; this tells the two cases apart.
[[nodiscard]] bool memory_is_short();

}  // namespace sparsight
