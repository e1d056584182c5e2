#include "core/hub/checksum.h"

#include "core/base/mapped_file.h"
#include "kernels/error.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <new>
#include <vector>

namespace sparsight {

std::optional<ChecksumKind> checksum_kind(std::string_view name) {
  const auto digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  if (!std::ranges::all_of(name, digit)) return std::nullopt;
  if (name.size() == 64) return ChecksumKind::Sha256;
  if (name.size() == 40) return ChecksumKind::GitBlob;
  return std::nullopt;
}

struct Checksum::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ~State() { EVP_MD_CTX_free(context); }
};

Checksum::Checksum(ChecksumKind kind, std::uint64_t bytes) : state_(std::make_unique<State>()) {
  const EVP_MD* method = kind == ChecksumKind::Sha256 ? EVP_sha256() : EVP_sha1();
  if (state_->context == nullptr) throw std::bad_alloc();
  if (EVP_DigestInit_ex(state_->context, method, nullptr) != 1)
    fail(ErrorKind::Device, "the system's OpenSSL refuses {}", kind == ChecksumKind::Sha256 ? "SHA-256" : "SHA-1");
  if (kind != ChecksumKind::GitBlob) return;
  std::string head = fmt::format("blob {}", bytes);
  head += '\0';
  add(std::as_bytes(std::span(head)));
}

Checksum::~Checksum() = default;

void Checksum::add(std::span<const std::byte> bytes) {
  SPARSIGHT_CHECK(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) == 1);
}

std::string Checksum::hex() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  SPARSIGHT_CHECK(EVP_DigestFinal_ex(state_->context, digest.data(), &size) == 1);
  std::string out;
  for (const unsigned char byte : std::span(digest).first(size)) out += fmt::format("{:02x}", byte);
  return out;
}

std::string checksum_of(const std::filesystem::path& path, ChecksumKind kind,
                        const std::function<void(std::size_t)>& on_bytes) {
  constexpr std::uint64_t kPiece = 1 << 20;
  const std::optional<os::File> file = open_to_read(path);
  if (!file) fail(ErrorKind::File, "{}: no such file", path.string());
  const std::uint64_t bytes = file->stamp().bytes;
  std::vector<std::byte> piece(static_cast<std::size_t>(std::min(bytes, kPiece)));
  Checksum sum(kind, bytes);
  for (std::uint64_t at = 0; at < bytes;) {
    const auto wanted = static_cast<std::size_t>(std::min(bytes - at, kPiece));
    const std::size_t got = file->read_at(at, std::span(piece).first(wanted));
    if (got == 0) fail_truncated(path);
    sum.add(std::span(piece).first(got));
    at += got;
    on_bytes(got);
  }
  return sum.hex();
}

}  // namespace sparsight
