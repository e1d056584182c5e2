#include "kernels/error.h"

#include <cstdio>
#include <cstdlib>

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

void check_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: internal check failed: %s\n", file, line, condition);
  std::abort();
}

}  // namespace sparsight
