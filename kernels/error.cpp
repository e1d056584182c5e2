#include "kernels/error.h"

#include <cstdio>
#include <cstdlib>
#include <new>
#include <system_error>

namespace sparsight {

std::string_view to_string(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::File: return "file";
    case ErrorKind::Decode: return "decode";
    case ErrorKind::Model: return "model";
    case ErrorKind::Memory: return "memory";
    case ErrorKind::Device: return "device";
    case ErrorKind::Store: return "store";
    case ErrorKind::Network: return "network";
    case ErrorKind::Usage: return "usage";
  }
  return "unknown";
}

bool lacks_memory(const std::exception& error) {
  if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr) return true;
  const auto* system = dynamic_cast<const std::system_error*>(&error);
  return system != nullptr && (system->code() == std::errc::resource_unavailable_try_again ||
                               system->code() == std::errc::not_enough_memory);
}

void check_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: internal check failed: %s\n", file, line, condition);
  std::abort();
}

}  // namespace sparsight
