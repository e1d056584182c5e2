#include "core/hub/part_map.h"

#include "core/base/replace_file.h"
#include "kernels/error.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

namespace sparsight {
namespace {

constexpr std::uint64_t kLongest = 16 << 20;  // of a map

// "12 345" as a range; nullopt: something else.
std::optional<ByteRange> range_in(std::string_view line) {
  ByteRange range;
  const char* end = line.data() + line.size();
  const auto [blank, bad] = std::from_chars(line.data(), end, range.begin);
  if (bad != std::errc() || blank == end || *blank != ' ') return std::nullopt;
  const auto [last, wrong] = std::from_chars(blank + 1, end, range.end);
  if (wrong != std::errc() || last != end || range.begin >= range.end) return std::nullopt;
  return range;
}

// Joins those that overlap or touch.
void unite(std::vector<ByteRange>& held) {
  std::ranges::sort(held, {}, &ByteRange::begin);
  std::vector<ByteRange> apart;
  for (const ByteRange& range : held)
    if (!apart.empty() && range.begin <= apart.back().end)
      apart.back().end = std::max(apart.back().end, range.end);
    else
      apart.push_back(range);
  held = std::move(apart);
}

std::string title_of(const std::string& hash, std::uint64_t bytes) {
  return fmt::format("sparsight parts 1 {} {}\n", hash, bytes);
}

std::vector<ByteRange> read_parts(const std::filesystem::path& path, const std::string& hash, std::uint64_t bytes,
                                  std::uint64_t on_disk) {
  std::error_code absent;
  const os::File file(path, os::Access::Read, absent);
  if (absent || !file.is_regular()) return {};
  std::string text(static_cast<std::size_t>(std::min(file.size(absent), kLongest)), '\0');
  text.resize(file.read_at(0, std::as_writable_bytes(std::span(text))));
  return parse_part_map(text, hash, bytes, on_disk);
}

std::vector<ByteRange> gaps_of(const std::vector<ByteRange>& held, std::uint64_t bytes) {
  std::vector<ByteRange> gaps;
  std::uint64_t at = 0;
  for (const ByteRange& range : held) {
    if (at < range.begin) gaps.push_back({at, range.begin});
    at = range.end;
  }
  if (at < bytes) gaps.push_back({at, bytes});
  return gaps;
}

std::uint64_t sum_of(const std::vector<ByteRange>& ranges) {
  std::uint64_t bytes = 0;
  for (const ByteRange& range : ranges) bytes += range.bytes();
  return bytes;
}

}  // namespace

std::vector<ByteRange> parse_part_map(std::string_view text, const std::string& hash, std::uint64_t bytes,
                                      std::uint64_t on_disk) {
  const std::string title = title_of(hash, bytes);
  if (!text.starts_with(title)) return {};
  std::vector<ByteRange> held;
  for (std::size_t at = title.size();;) {
    const std::size_t end = text.find('\n', at);
    const std::optional<ByteRange> range =
        end == std::string_view::npos ? std::nullopt : range_in(text.substr(at, end - at));
    if (!range) break;
    if (range->end > std::min(bytes, on_disk)) return {};
    held.push_back(*range);
    at = end + 1;
  }
  unite(held);
  return held;
}

std::uint64_t missing_by_map(const std::filesystem::path& file, const std::string& hash, std::uint64_t bytes,
                             std::uint64_t on_disk) {
  return sum_of(gaps_of(read_parts(file, hash, bytes, on_disk), bytes));
}

PartMap::PartMap(std::filesystem::path file, const std::string& hash, std::uint64_t bytes, std::uint64_t on_disk)
    : file_(std::move(file)),
      title_(title_of(hash, bytes)),
      bytes_(bytes),
      held_(read_parts(file_, hash, bytes, on_disk)) {
  begin();
}

// A new file with what is held, short again.
void PartMap::begin() {
  std::string text = title_;
  for (const ByteRange& range : held_) text += fmt::format("{} {}\n", range.begin, range.end);
  open_.close();
  replace_file(file_, text);
  std::error_code error;
  open_ = os::File(file_, os::Access::Append, error);
  if (error) fail(ErrorKind::File, "{}: cannot be written: {}", file_.string(), error.message());
}

void PartMap::add(const std::vector<ByteRange>& flushed) {
  std::string text;
  for (const ByteRange& range : flushed) {
    if (range.begin == range.end) continue;
    held_.push_back(range);
    text += fmt::format("{} {}\n", range.begin, range.end);
  }
  unite(held_);
  if (!text.empty()) write_all(open_, text, file_);
}

void PartMap::forget() {
  held_.clear();
  begin();
}

std::vector<ByteRange> PartMap::missing() const { return gaps_of(held_, bytes_); }
std::uint64_t PartMap::missing_bytes() const { return sum_of(missing()); }

}  // namespace sparsight
