// The hashes by which a hub names content: SHA-256 of large files, git's SHA-1 of small ones.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sparsight {

enum class ChecksumKind {
  Sha256,  // 64 digits
  GitBlob  // 40 digits: SHA-1 of "blob SIZE", a zero byte and the content
};
// By the number of lower-case hexadecimal digits; nullopt: `name` is no such hash.
[[nodiscard]] std::optional<ChecksumKind> checksum_kind(std::string_view name);

class Checksum {
 public:
  Checksum(ChecksumKind kind, std::uint64_t bytes);  // `bytes`: of all that will be added
  ~Checksum();
  Checksum(const Checksum&) = delete;
  Checksum& operator=(const Checksum&) = delete;
  void add(std::span<const std::byte> bytes);
  [[nodiscard]] std::string hex();  // of everything added; call it once

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Of a file's content; `on_bytes` is told the number of bytes of each piece and may throw. Error{File}.
[[nodiscard]] std::string checksum_of(const std::filesystem::path& file, ChecksumKind kind,
                                      const std::function<void(std::size_t)>& on_bytes);

}  // namespace sparsight
