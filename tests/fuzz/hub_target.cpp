// The fuzzer's target for what comes from a hub.
#include "core/hub/checksum.h"
#include "core/hub/http.h"
#include "core/hub/listing.h"
#include "core/hub/part_map.h"
#include "core/hub/recommended.h"
#include "tests/fuzz/targets.h"

#include <algorithm>
#include <string>
#include <string_view>

namespace sparsight::fuzz {
namespace {

template <typename F>
void expect_errors_only(ErrorKind kind, F&& f) {
  try {
    f();
  } catch (const Error& error) {
    SPARSIGHT_CHECK(error.kind() == kind);
    SPARSIGHT_CHECK(std::string_view(error.what()).size() < 2000);
  }
}

bool is_line(const std::string& text) {
  return text.size() < 2000 && std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
}

// Nothing is written outside of a model's folder, and nothing that people read can control a terminal.
void check(const HubModel& model) {
  SPARSIGHT_CHECK(checksum_kind(model.commit) == ChecksumKind::GitBlob);
  SPARSIGHT_CHECK(is_line(model.licence) && is_line(model.licence_link) && is_line(model.model_type));
  std::uint64_t least = 0;
  for (const HubFile& file : model.files) {
    SPARSIGHT_CHECK(!file.name.empty() && file.name != "." && file.name != ".." && is_line(file.name));
    SPARSIGHT_CHECK(file.name.find_first_of("/\\:") == std::string::npos);
    SPARSIGHT_CHECK(file.hash.empty() || checksum_kind(file.hash));
    SPARSIGHT_CHECK(file.bytes >= least && file.bytes <= std::uint64_t{1} << 44);
    least = file.bytes;
  }
}

void check_parts(std::string_view text) {
  constexpr std::uint64_t kBytes = 1000, kOnDisk = 900;
  std::uint64_t end = 0;
  for (const ByteRange& range : parse_part_map(text, std::string(64, 'a'), kBytes, kOnDisk)) {
    SPARSIGHT_CHECK(range.begin < range.end && range.end <= kOnDisk && (end == 0 || range.begin > end));
    end = range.end;
  }
}

}  // namespace

void hub(std::span<const std::byte> input) {
  const std::string text(reinterpret_cast<const char*>(input.data()), input.size());
  expect_errors_only(ErrorKind::Model, [&] {
    HubModel model{.id = "a/b", .revision = "main", .host = "https://hub"};
    read_listing(text, model);
    check(model);
  });
  expect_errors_only(ErrorKind::Model, [&] {
    for (const RecommendedModel& model : parse_recommended(text, "fuzz"))
      SPARSIGHT_CHECK(is_line(model.name) && is_line(model.licence_in("en")) && is_line(model.shape));
  });
  check_parts(text);
  expect_errors_only(ErrorKind::Network, [&] {
    const std::string to = resolved("https://hub/a/b?c", text);
    SPARSIGHT_CHECK(!host_of(to).empty());
    check_address(to, ErrorKind::Network);
    SPARSIGHT_CHECK(to.starts_with("https://") || to.starts_with("http://"));
  });
  if (const auto wait = retry_after({.headers = {{"retry-after", text}}})) SPARSIGHT_CHECK(wait->count() >= 0);
}

}  // namespace sparsight::fuzz
