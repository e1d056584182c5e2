#include "tests/fuzz/targets.h"

#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  sparsight::fuzz::subtitles(std::as_bytes(std::span(data, size)));
  return 0;
}
