// What else than Error tells of too little memory.
#pragma once

#include <exception>

namespace sparsight {

// std::bad_alloc, and what a thread is refused with where memory or the allowed number of threads is used up: to be
// treated as ErrorKind::Memory.
[[nodiscard]] bool lacks_memory(const std::exception& error);

// Whether memory for the largest picture, or a thread, cannot be had now. Decoders say that memory ran out of files
// too that are damaged, and ask for more than there can be.
[[nodiscard]] bool memory_is_short();

}  // namespace sparsight
