// What else than Error tells of too little memory.
#pragma once

#include <exception>

namespace sparsight {

// std::bad_alloc, and what a thread is refused with where memory or the allowed number of threads is used up: to be
// treated as ErrorKind::Memory.
[[nodiscard]] bool lacks_memory(const std::exception& error);

}  // namespace sparsight
