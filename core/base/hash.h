// XXH3-128, the hash by which the program knows content again. Internal to core.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace sparsight {

class Digest {
 public:
  Digest();
  ~Digest();
  Digest& add(std::span<const std::byte> bytes);
  Digest& add(std::string_view text);
  [[nodiscard]] std::string hex() const;  // 32 digits, of all that was added

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sparsight
