#include "core/model/families/smolvlm_media.h"

#include "core/media/resize.h"
#include "kernels/error.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

namespace sparsight {
namespace {

constexpr int kLongestSide = 4096;
constexpr std::size_t kMostSmolvlmTiles = 1024;
constexpr std::size_t kViewChannels = 3;
constexpr std::string_view kFake = "<fake_token_around_image>", kOverview = "<global-img>", kToken = "<image>";

struct ViewSize {
  int width, height;
};

// The shorter side follows the longer one, `longest`: cut off, and one more where that is odd.
ViewSize with_longest_side(const ViewSize& picture, int longest) {
  const double aspect = static_cast<double>(picture.width) / picture.height;
  ViewSize out{longest, longest};
  if (picture.width >= picture.height)
    out.height = static_cast<int>(longest / aspect);
  else
    out.width = static_cast<int>(longest * aspect);
  int& shorter = picture.width >= picture.height ? out.height : out.width;
  shorter = std::max(1, shorter + shorter % 2);
  return out;
}

ViewSize below_limit(const ViewSize& picture) {
  const double aspect = static_cast<double>(picture.width) / picture.height;
  if (picture.width >= picture.height && picture.width > kLongestSide)
    return {kLongestSide, std::max(1, static_cast<int>(kLongestSide / aspect))};
  if (picture.height > picture.width && picture.height > kLongestSide)
    return {std::max(1, static_cast<int>(kLongestSide * aspect)), kLongestSide};
  return picture;
}

int whole_tiles(int side, int tile) { return (side + tile - 1) / tile * tile; }

// Both sides as multiples of the tile, near the picture's aspect.
ViewSize in_tiles(const ViewSize& picture, int tile) {
  const double aspect = static_cast<double>(picture.width) / picture.height;
  if (picture.width >= picture.height) {
    const int width = whole_tiles(picture.width, tile);
    return {width, whole_tiles(std::max(1, static_cast<int>(width / aspect)), tile)};
  }
  const int height = whole_tiles(picture.height, tile);
  return {whole_tiles(std::max(1, static_cast<int>(height * aspect)), tile), height};
}

// A picture on its way through several sizes.
class Resized {
 public:
  Resized(const RgbImage& picture, ResizeFilter filter) : now_(&picture), filter_(filter) {}

  void to(const ViewSize& size) {
    if (size.width == now_->width && size.height == now_->height) return;
    own_ = resize_as_torchvision(*now_, size.width, size.height, filter_);
    now_ = &*own_;
  }
  [[nodiscard]] const RgbImage& image() const { return *now_; }
  [[nodiscard]] ViewSize size() const { return {now_->width, now_->height}; }

 private:
  const RgbImage* now_;
  std::optional<RgbImage> own_;
  ResizeFilter filter_;
};

// How much of a view of `side` pixels its patches cover.
double patched_share(std::size_t side, std::size_t patch) {
  return static_cast<double>(side / patch * patch) / static_cast<double>(side);
}

std::string one_view(std::string_view before, std::size_t tokens) {
  std::string out(kFake);
  out += before;
  for (std::size_t i = 0; i < tokens; ++i) out += kToken;
  return out;
}

// As Python writes timedelta(seconds=...).
std::string duration_text(std::int64_t seconds) {
  constexpr std::int64_t kDay = 86400;
  const std::int64_t days = seconds / kDay, rest = seconds % kDay;
  const std::string clock = fmt::format("{}:{:02}:{:02}", rest / 3600, rest / 60 % 60, rest % 60);
  return days == 0 ? clock : fmt::format("{} day{}, {}", days, days == 1 ? "" : "s", clock);
}

// The rate that transformers assumes where a file does not say it.
double known_rate(double frames_per_second) { return frames_per_second > 0 ? frames_per_second : 24; }

std::string video_text(const Medium& medium, std::size_t tokens) {
  const double rate = known_rate(medium.frames_per_second);
  const auto duration = static_cast<std::int64_t>(static_cast<double>(medium.total_frames) / rate);
  std::string out = fmt::format("You are provided the following series of {} frames from a {} [H:MM:SS] video.\n",
                                number_in_words(medium.frames), duration_text(duration));
  const std::string view = one_view(kOverview, tokens);
  for (std::size_t i = 0; i < medium.frames; ++i) {
    const double second = i < medium.indices.size() ? static_cast<double>(medium.indices[i]) / rate : 0.0;
    const auto whole = static_cast<std::int64_t>(second);
    out += fmt::format("\nFrame from {:02}:{:02}:{}{}", whole / 60, whole % 60, view, kFake);
  }
  return out + "\n\n";
}

std::string picture_text(const Medium& medium, std::size_t tokens) {
  std::string out;
  for (std::size_t row = 1; row <= medium.tile_rows; ++row) {
    for (std::size_t column = 1; column <= medium.tile_columns; ++column)
      out += one_view(fmt::format("<row_{}_col_{}>", row, column), tokens);
    out += "\n";
  }
  if (!out.empty()) out += "\n";
  return (out += one_view(kOverview, tokens)) += kFake;
}

}  // namespace

ViewPixels look_at_smolvlm(const RgbImage& picture, const PreprocessConfig& how, const ModelConfig& config,
                           MediaKind media) {
  const auto tile = static_cast<int>(std::min<std::size_t>(how.tile, kLongestSide));
  const auto longest = static_cast<int>(how.longest_edge);
  if (how.filter == ResizeFilter::Nearest) fail(ErrorKind::Model, "preprocessing: resample: expected 1 to 5, found 0");
  if (how.mean.size() != kViewChannels || how.std.size() != kViewChannels || tile == 0 || longest == 0)
    fail(ErrorKind::Model, "preprocessing: expected size.longest_edge, max_image_size.longest_edge and 3 channels");
  const ViewSize square{tile, tile};
  Resized resized(picture, how.filter);
  ViewPixels out{.values = {}, .window = {}};
  std::vector<ViewSize> corners{{0, 0}};
  if (media == MediaKind::Video) {
    if (how.resize) {
      resized.to(with_longest_side(resized.size(), std::min(longest, kLongestSide)));
      resized.to(square);
    }
  } else {
    if (how.resize) resized.to(below_limit(with_longest_side(resized.size(), longest)));
    resized.to(how.split ? in_tiles(resized.size(), tile) : square);
    if (resized.size().width > tile || resized.size().height > tile) {
      out.tile_rows = static_cast<std::size_t>(resized.size().height / tile);
      out.tile_columns = static_cast<std::size_t>(resized.size().width / tile);
      if (out.tile_rows * out.tile_columns > kMostSmolvlmTiles)
        fail(ErrorKind::Model, "preprocessing: {} x {} tiles of a picture, expected at most {} in all", out.tile_rows,
             out.tile_columns, kMostSmolvlmTiles);
    }
  }
  const std::size_t tiles = out.tile_rows * out.tile_columns;
  const ViewSize view = tiles == 0 ? resized.size() : square;
  const auto width = static_cast<std::size_t>(view.width), height = static_cast<std::size_t>(view.height);
  out.values = HostTensor(Shape{tiles + 1, kViewChannels, height, width});
  const std::size_t plane = width * height;
  const auto add = [&](std::size_t at, int left, int top) {
    write_pixels(resized.image(), left, top, view.width, view.height, how,
                 {out.values.f32() + at * kViewChannels * plane, width, plane});
  };
  for (std::size_t i = 0; i < tiles; ++i)
    add(i, static_cast<int>(i % out.tile_columns) * tile, static_cast<int>(i / out.tile_columns) * tile);
  if (tiles != 0) resized.to(square);
  add(tiles, 0, 0);
  const std::size_t patch = config.vision.patch_size;
  out.window = {0, 0, picture.width * patched_share(width, patch), picture.height * patched_share(height, patch)};
  return out;
}

VisualLayout lay_out_smolvlm(const ModelConfig& config, const Medium& medium) {
  const VisionConfig& tower = config.vision;
  const std::size_t width = medium.view_width != 0 ? medium.view_width : tower.image_width,
                    height = medium.view_height != 0 ? medium.view_height : tower.image_height;
  const VisualBlock view{.rows = height / tower.patch_size / tower.merge,
                         .columns = width / tower.patch_size / tower.merge};
  if (medium.tile_rows * medium.tile_columns == 0) return VisualLayout::alike(medium.frames, view);
  // The window is as large as the overview's patches cover; tiles cover as much of their own part.
  const double across = 1 / static_cast<double>(medium.tile_columns), down = 1 / static_cast<double>(medium.tile_rows);
  const double wider = 1 / patched_share(width, tower.patch_size), higher = 1 / patched_share(height, tower.patch_size);
  std::vector<VisualBlock> blocks(medium.tile_rows * medium.tile_columns + 1, view);
  for (std::size_t i = 0; i + 1 < blocks.size(); ++i)
    blocks[i].part = {.left = static_cast<double>(i % medium.tile_columns) * across * wider,
                      .top = static_cast<double>(i / medium.tile_columns) * down * higher,
                      .width = across,
                      .height = down};
  return VisualLayout(std::move(blocks));
}

std::string smolvlm_placeholder_text(const ModelConfig& /*config*/, const Medium& medium, const VisualLayout& layout) {
  const std::size_t tokens = layout.blocks().front().tokens();
  return medium.kind == MediaKind::Video ? video_text(medium, tokens) : picture_text(medium, tokens);
}

std::vector<std::int64_t> choose_smolvlm_frames(std::int64_t total, double frames_per_second,
                                                const PreprocessConfig& how) {
  constexpr double kSkippedSeconds = 1;
  const double rate = known_rate(frames_per_second), duration = static_cast<double>(total) / rate;
  const double most = static_cast<double>(std::max<std::size_t>(how.max_frames, 1));
  const double wanted = std::clamp(std::nearbyint(how.frames_per_second * duration), 1.0, most);
  std::int64_t first = 0, last = total - 1;
  if (duration - 2 * kSkippedSeconds > most * how.frames_per_second) {
    first = static_cast<std::int64_t>(kSkippedSeconds * rate);
    last = std::min(static_cast<std::int64_t>(static_cast<double>(total) - kSkippedSeconds * rate), total - 1);
    if (first >= last) first = 0, last = total - 1;
  }
  // numpy.linspace, cut off to integers.
  const auto count = static_cast<std::size_t>(wanted);
  const double step = count > 1 ? static_cast<double>(last - first) / static_cast<double>(count - 1) : 0;
  std::vector<std::int64_t> out;
  for (std::size_t i = 0; i < count; ++i)
    out.push_back(static_cast<std::int64_t>(static_cast<double>(i) * step + static_cast<double>(first)));
  if (count > 1) out.back() = last;
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

std::string number_in_words(std::size_t number) {
  constexpr std::array<std::string_view, 20> kSmall{
      "zero", "one",    "two",    "three",    "four",     "five",    "six",     "seven",     "eight",    "nine",
      "ten",  "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"};
  constexpr std::array<std::string_view, 10> kTens{"",      "",      "twenty",  "thirty", "forty",
                                                   "fifty", "sixty", "seventy", "eighty", "ninety"};
  SPARSIGHT_CHECK(number < 1000000);
  if (number < kSmall.size()) return std::string(kSmall[number]);
  if (number < 100) {
    std::string out(kTens[number / 10]);
    return number % 10 == 0 ? out : out + "-" + number_in_words(number % 10);
  }
  const std::size_t unit = number < 1000 ? 100 : 1000, rest = number % unit;
  const std::string out = number_in_words(number / unit) + (unit == 100 ? " hundred" : " thousand");
  if (rest == 0) return out;
  return out + (rest < 100 ? " and " : ", ") + number_in_words(rest);
}

}  // namespace sparsight
