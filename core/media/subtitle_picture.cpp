#include "core/media/subtitle_picture.h"

#include "kernels/error.h"

#include <zstd.h>

#include <algorithm>
#include <array>
#include <span>

namespace sparsight {
namespace {

constexpr std::size_t kColours = 256, kPalette = kColours * 4;  // bytes
constexpr int kQuickly = 1;                                     // zstd's level

std::vector<std::uint8_t> compressed(std::span<const std::uint8_t> bytes) {
  std::vector<std::uint8_t> packed(ZSTD_compressBound(bytes.size()));
  const std::size_t size = ZSTD_compress(packed.data(), packed.size(), bytes.data(), bytes.size(), kQuickly);
  if (ZSTD_isError(size) != 0) fail(ErrorKind::Memory, "subtitles could not be kept: {}", ZSTD_getErrorName(size));
  packed.resize(size);
  packed.shrink_to_fit();
  return packed;
}

}  // namespace

std::optional<SubtitlePicture> pack_picture(const SubtitleBitmap& bitmap, int canvas_width, int canvas_height) {
  const auto is_side = [](int side) { return side > 0 && side <= kMostCanvas; };
  if (!is_side(canvas_width) || !is_side(canvas_height) || !is_side(bitmap.width) || !is_side(bitmap.height) ||
      bitmap.stride < bitmap.width || bitmap.colours <= 0 || bitmap.indices == nullptr || bitmap.palette == nullptr)
    return {};
  const std::int64_t left = std::max(bitmap.x, 0), top = std::max(bitmap.y, 0);
  const std::int64_t right = std::min<std::int64_t>(std::int64_t{bitmap.x} + bitmap.width, canvas_width);
  const std::int64_t bottom = std::min<std::int64_t>(std::int64_t{bitmap.y} + bitmap.height, canvas_height);
  if (left >= right || top >= bottom) return {};
  const auto wide = static_cast<std::size_t>(right - left), high = static_cast<std::size_t>(bottom - top);
  if (wide * high > kMostSubtitlePixels) return {};

  std::vector<std::uint8_t> bytes(kPalette + wide * high);
  std::array<bool, kColours> seen{};
  for (std::size_t c = 0; c < std::min(kColours, static_cast<std::size_t>(bitmap.colours)); ++c) {
    const std::uint32_t colour = bitmap.palette[c], alpha = colour >> 24U;
    seen[c] = alpha > 0;
    for (const unsigned channel : {0U, 1U, 2U})
      bytes[c * 4 + channel] =
          static_cast<std::uint8_t>(((colour >> (16U - 8U * channel) & 0xFFU) * alpha + 127U) / 255U);
    bytes[c * 4 + 3] = static_cast<std::uint8_t>(alpha);
  }
  bool any = false;
  const std::size_t skipped_x = static_cast<std::size_t>(left - bitmap.x),
                    skipped_y = static_cast<std::size_t>(top - bitmap.y);
  for (std::size_t row = 0; row < high; ++row) {
    const std::span line(bitmap.indices + (row + skipped_y) * static_cast<std::size_t>(bitmap.stride) + skipped_x,
                         wide);
    any = any || std::ranges::any_of(line, [&](std::uint8_t index) { return seen[index]; });
    std::ranges::copy(line, bytes.begin() + static_cast<std::ptrdiff_t>(kPalette + row * wide));
  }
  if (!any) return {};
  return SubtitlePicture{.x = static_cast<int>(left),
                         .y = static_cast<int>(top),
                         .width = static_cast<int>(wide),
                         .height = static_cast<int>(high),
                         .canvas_width = canvas_width,
                         .canvas_height = canvas_height,
                         .packed = std::make_shared<const std::vector<std::uint8_t>>(compressed(bytes))};
}

std::vector<std::uint8_t> unpack_picture(const SubtitlePicture& picture) {
  const std::size_t pixels = static_cast<std::size_t>(picture.width) * static_cast<std::size_t>(picture.height);
  std::vector<std::uint8_t> bytes(kPalette + pixels);
  const std::size_t got = ZSTD_decompress(bytes.data(), bytes.size(), picture.packed->data(), picture.packed->size());
  SPARSIGHT_CHECK(got == bytes.size());
  std::vector<std::uint8_t> colours(pixels * 4);
  for (std::size_t i = 0; i < pixels; ++i)
    std::copy_n(bytes.data() + std::size_t{bytes[kPalette + i]} * 4, 4, colours.data() + i * 4);
  return colours;
}

}  // namespace sparsight
