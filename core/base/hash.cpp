#include "core/base/hash.h"

#include "core/base/mapped_file.h"
#include "core/base/progress.h"
#include "kernels/error.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <cstdint>
#include <new>
#include <vector>

namespace sparsight {

struct Digest::State {
  XXH3_state_t* xxh = XXH3_createState();
  ~State() { XXH3_freeState(xxh); }
};

Digest::Digest() : state_(std::make_unique<State>()) {
  if (state_->xxh == nullptr) throw std::bad_alloc();
  XXH3_128bits_reset(state_->xxh);
}
Digest::~Digest() = default;

Digest& Digest::add(std::span<const std::byte> bytes) {
  XXH3_128bits_update(state_->xxh, bytes.data(), bytes.size());
  return *this;
}

Digest& Digest::add(std::string_view text) { return add(std::as_bytes(std::span(text))); }

std::string Digest::hex() const {
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(state_->xxh));
  std::string out;
  for (const unsigned char byte : canonical.digest) out += fmt::format("{:02x}", byte);
  return out;
}

std::string content_hash(const std::filesystem::path& path, const std::stop_token& stop) {
  constexpr std::uint64_t kPiece = 1 << 20;
  const std::optional<os::File> file = open_to_read(path);
  if (!file) fail(ErrorKind::File, "{}: no such file", path.string());
  const std::uint64_t bytes = file->stamp().bytes;
  std::vector<std::byte> piece(static_cast<std::size_t>(std::min(bytes, kPiece)));
  Digest digest;
  for (std::uint64_t at = 0; at < bytes;) {
    stop_here_if_asked(stop);
    const auto wanted = static_cast<std::size_t>(std::min(bytes - at, kPiece));
    const std::size_t got = file->read_at(at, std::span(piece).first(wanted));
    if (got == 0) fail_truncated(path);
    digest.add(std::span(piece).first(got));
    at += got;
  }
  return digest.hex();
}

}  // namespace sparsight
