#include "core/model/stored_zip.h"

#include "core/base/json.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <utility>

namespace sparsight {
namespace {

constexpr std::size_t kMaxZipEntries = std::size_t{1} << 20;
constexpr std::size_t kZipEnd = 22, kZip64Locator = 20, kZip64End = 56, kZipEntry = 46, kZipLocal = 30;  // bytes
constexpr std::uint64_t kSeeZip64 = 0xFFFFFFFF;

class ZipReader {
 public:
  ZipReader(std::span<const std::byte> bytes, std::string_view where) : bytes_(bytes), where_(where) {}

  std::map<std::string, ZipEntry, std::less<>> read() {
    const Directory directory = find_directory();
    std::map<std::string, ZipEntry, std::less<>> out;
    std::uint64_t at = directory.begin;
    for (std::uint64_t i = 0; i < directory.entries; ++i) {
      const auto [name, entry, end] = read_entry(at, directory.end);
      if (!out.emplace(name, entry).second) broken();
      at = end;
    }
    return out;
  }

 private:
  struct Directory {
    std::uint64_t begin, end, entries;
  };
  struct Found {
    std::string name;
    ZipEntry entry;
    std::uint64_t end;
  };

  [[noreturn]] void broken() const {
    fail(ErrorKind::Model, "{}: the ZIP archive is damaged; is the file cut off?", where_);
  }

  [[nodiscard]] std::uint64_t number(std::uint64_t at, std::size_t size) const {
    if (at > bytes_.size() || size > bytes_.size() - at) broken();
    std::uint64_t out = 0;
    for (std::size_t i = size; i-- > 0;)
      out = out << 8 | std::to_integer<std::uint64_t>(bytes_[static_cast<std::size_t>(at) + i]);
    return out;
  }
  [[nodiscard]] bool has(std::uint64_t at, std::string_view signature) const {
    if (at > bytes_.size() || signature.size() > bytes_.size() - at) return false;
    const std::string_view text(reinterpret_cast<const char*>(bytes_.data()), bytes_.size());
    return text.substr(static_cast<std::size_t>(at)).starts_with(signature);
  }

  // The directory's end record is the last, before a comment of up to 64 KB.
  [[nodiscard]] Directory find_directory() const {
    if (bytes_.size() < kZipEnd) broken();
    std::uint64_t at = bytes_.size() - kZipEnd;
    const std::uint64_t first = at - std::min<std::uint64_t>(at, 0xFFFF);
    while (!has(at, "PK\5\6") || number(at + 20, 2) != bytes_.size() - kZipEnd - at) {
      if (at == first) broken();
      --at;
    }
    std::uint64_t entries = number(at + 10, 2), size = number(at + 12, 4), begin = number(at + 16, 4);
    if (number(at + 4, 2) != number(at + 6, 2)) broken();
    if (at >= kZip64Locator && has(at - kZip64Locator, "PK\6\7")) {
      const std::uint64_t end64 = number(at - kZip64Locator + 8, 8);
      if (!has(end64, "PK\6\6") || end64 > bytes_.size() - kZip64End) broken();
      entries = number(end64 + 32, 8);
      size = number(end64 + 40, 8);
      begin = number(end64 + 48, 8);
    }
    if (begin > at || size > at - begin) broken();
    if (entries > std::min<std::uint64_t>(size / kZipEntry, kMaxZipEntries)) broken();
    return {begin, begin + size, entries};
  }

  [[nodiscard]] Found read_entry(std::uint64_t at, std::uint64_t directory_end) const {
    if (!has(at, "PK\1\2")) broken();
    const std::uint64_t flags = number(at + 8, 2), method = number(at + 10, 2);
    std::uint64_t packed = number(at + 20, 4), size = number(at + 24, 4), local = number(at + 42, 4);
    const std::uint64_t name_size = number(at + 28, 2), extra_size = number(at + 30, 2);
    const std::uint64_t extra = at + kZipEntry + name_size, extra_end = extra + extra_size;
    const std::uint64_t end = extra_end + number(at + 32, 2);
    if (end > directory_end) broken();
    for (std::uint64_t field = extra; field + 4 <= extra_end;) {
      std::uint64_t value = field + 4;
      const std::uint64_t field_end = value + number(field + 2, 2);
      if (number(field, 2) == 1)  // ZIP64: the numbers that do not fit above, in this order
        for (std::uint64_t* large : {&size, &packed, &local})
          if (*large == kSeeZip64 && value + 8 <= field_end) *large = number(std::exchange(value, value + 8), 8);
      field = field_end;
    }
    Found out{.name = std::string(reinterpret_cast<const char*>(bytes_.data()) + at + kZipEntry, name_size),
              .entry = {.plain = method == 0 && (flags & 1) == 0},
              .end = end};
    if (!has(local, "PK\3\4")) broken();
    const std::uint64_t begin = local + kZipLocal + number(local + 26, 2) + number(local + 28, 2);
    if (begin > bytes_.size() || packed > bytes_.size() - begin) broken();
    if (out.entry.plain && packed != size) broken();
    out.entry.begin = static_cast<std::size_t>(begin);
    out.entry.size = static_cast<std::size_t>(packed);
    return out;
  }

  std::span<const std::byte> bytes_;
  std::string_view where_;
};

}  // namespace

std::map<std::string, ZipEntry, std::less<>> parse_stored_zip(std::span<const std::byte> bytes,
                                                              std::string_view where) {
  return ZipReader(bytes, where).read();
}

}  // namespace sparsight
