// g++'s library asks the C library for this function, which came with glibc 2.36. With one of their own, the kit's
// programs also run where glibc is older (2.35: Ubuntu 22.04).
#include <sys/random.h>

#include <cstdint>
#include <cstdlib>

extern "C" std::uint32_t arc4random() {
  std::uint32_t bits = 0;
  if (getrandom(&bits, sizeof(bits), 0) != sizeof(bits)) std::abort();
  return bits;
}
