// The fuzzer's target for subtitles.
#include "core/base/text.h"
#include "core/media/ass_text.h"
#include "core/media/video_subtitles.h"
#include "kernels/error.h"
#include "tests/fuzz/targets.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace sparsight::fuzz {
namespace {

// Valid, bounded, and without what controls a terminal.
void check(const std::vector<SubtitleRun>& runs, std::size_t most) {
  std::size_t bytes = 0;
  for (const SubtitleRun& run : runs) {
    SPARSIGHT_CHECK(utf8_of(run.text) == Utf8::Valid);
    SPARSIGHT_CHECK(std::ranges::none_of(run.text, [](char c) { return c != '\n' && c != '\t' && c >= 0 && c < ' '; }));
    bytes += run.text.size();
  }
  SPARSIGHT_CHECK(bytes <= most);
}

// A file beside a video, as FFmpeg reads it.
void read_file_of(const char* ending, std::string_view text) {
  static const std::filesystem::path file =
      std::filesystem::temp_directory_path() / ("sparsight-fuzz-" + std::to_string(::getpid()));
  std::ofstream(file, std::ios::binary | std::ios::trunc) << text;
  try {
    read_subtitles("", {.file = file, .codec = ending}, [](const std::vector<SubtitleCue>& cues) {
      for (const SubtitleCue& cue : cues) {
        SPARSIGHT_CHECK(std::isfinite(cue.start_s) && cue.start_s >= 0 && !cue.runs.empty() && cue.pictures.empty());
        SPARSIGHT_CHECK(cue.end_s >= cue.start_s && cue.end_s <= cue.start_s + 3601);
        check(cue.runs, kMostCueBytes);
      }
    });
  } catch (const Error& error) {
    SPARSIGHT_CHECK(error.kind() == ErrorKind::Decode || error.kind() == ErrorKind::File);
  }
  std::filesystem::remove(file);
}

// x, y, width, height, stride, canvas (two bytes each), colours (one), then the palette's and the picture's bytes, over
// and over.
void pack(std::string_view input) {
  constexpr std::size_t kNumbers = 7, kMost = std::size_t{1} << 20;
  if (input.size() < 2 * kNumbers + 1) return;
  std::array<int, kNumbers> n{};
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(input[i]); };
  for (std::size_t i = 0; i < kNumbers; ++i)
    n[i] = static_cast<std::int16_t>(static_cast<std::uint16_t>(byte(2 * i) | byte(2 * i + 1) << 8U));
  const auto rest = input.substr(2 * kNumbers);
  const std::size_t size = static_cast<std::size_t>(std::max(n[3], 0)) * static_cast<std::size_t>(std::max(n[4], 0));
  if (size > kMost) return;
  std::vector<std::uint8_t> indices(size);
  for (std::size_t i = 0; i < size; ++i) indices[i] = static_cast<std::uint8_t>(rest[i % rest.size()]);
  std::vector<std::uint32_t> palette(static_cast<std::uint8_t>(rest[0]));
  for (std::size_t i = 0; i < palette.size(); ++i)
    palette[i] = static_cast<std::uint32_t>(static_cast<std::uint8_t>(rest[i % rest.size()])) * 0x01030507U;
  const auto picture = pack_picture({.x = n[0],
                                     .y = n[1],
                                     .width = n[2],
                                     .height = n[3],
                                     .stride = n[4],
                                     .colours = static_cast<int>(palette.size()),
                                     .indices = indices.data(),
                                     .palette = palette.data()},
                                    n[5], n[6]);
  if (!picture) return;
  SPARSIGHT_CHECK(picture->x >= 0 && picture->width > 0 && picture->x + picture->width <= picture->canvas_width);
  SPARSIGHT_CHECK(picture->y >= 0 && picture->height > 0 && picture->y + picture->height <= picture->canvas_height);
  const std::vector<std::uint8_t> pixels = unpack_picture(*picture);
  SPARSIGHT_CHECK(pixels.size() ==
                  static_cast<std::size_t>(picture->width) * static_cast<std::size_t>(picture->height) * 4);
  bool any = false;
  for (std::size_t i = 0; i < pixels.size(); i += 4) {
    any = any || pixels[i + 3] > 0;
    SPARSIGHT_CHECK(std::max({pixels[i], pixels[i + 1], pixels[i + 2]}) <= pixels[i + 3]);  // premultiplied
  }
  SPARSIGHT_CHECK(any);
}

}  // namespace

void subtitles(std::span<const std::byte> input) {
  if (input.empty()) return;
  const std::string_view text(reinterpret_cast<const char*>(input.data()) + 1, input.size() - 1);
  switch (static_cast<char>(input[0])) {
    case 's': return read_file_of("srt", text);
    case 'd': return read_file_of("ass", text);
    case 'v': return read_file_of("vtt", text);
    case 'p': return pack(text);
    default: break;
  }
  for (const std::size_t most : {std::size_t{7}, kMostCueBytes}) {
    check(read_ass_text(text, most), most);
    check(read_ass_text(text_of_ass_line(text), most), most);
  }
}

}  // namespace sparsight::fuzz
