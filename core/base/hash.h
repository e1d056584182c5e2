// XXH3-128, the hash by which the program recognises content.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>

namespace sparsight {

class Digest {
 public:
  Digest();
  ~Digest();
  Digest& add(std::span<const std::byte> bytes);
  Digest& add(std::string_view text);
  [[nodiscard]] std::string hex() const;  // 32 digits, of everything added so far

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Hash of a file's bytes, in hex. Reads the file piece by piece, so it takes as long as reading takes. Error{File},
// also if the file becomes shorter meanwhile; Cancelled.
[[nodiscard]] std::string content_hash(const std::filesystem::path& file, const std::stop_token& stop = {});

}  // namespace sparsight
