// XXH3-128, the hash by which the program knows content again.
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
  [[nodiscard]] std::string hex() const;  // 32 digits, of all that was added

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Of a file's bytes, in hex. Reads them a piece at a time, and so takes as long as reading takes. Error{File} also
// where the file is cut meanwhile; Cancelled.
[[nodiscard]] std::string content_hash(const std::filesystem::path& file, const std::stop_token& stop = {});

}  // namespace sparsight
