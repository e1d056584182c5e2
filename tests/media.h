// Shared by the tests of video and preprocessing: clips made by the ffmpeg program, its frames as an independent
// witness, and the tensors of the goldens.
#pragma once

#include "core/media/video.h"
#include "tests/support.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace sparsight::test {

// `ffmpeg -v error -y ARGUMENTS PATH`, ARGUMENTS cut at spaces. Fails the test if ffmpeg does.
void make_clip(const std::string& arguments, const std::filesystem::path& path);
// Arguments for a moving picture of 96 x 64 with 25 frames a second, up to the seconds that it lasts.
inline const std::string kPattern = "-f lavfi -i testsrc2=size=96x64:rate=25:duration=";
[[nodiscard]] bool have_ffmpeg();

// Every frame as the ffmpeg program decodes it, one thread, `width` x `height` each.
[[nodiscard]] std::vector<std::vector<std::uint8_t>> ffmpeg_frames(const std::filesystem::path& path, int width,
                                                                   int height, const std::string& input_options = "",
                                                                   const std::string& output_options = "");
// The packets of the video stream, in the order of the file.
struct MediaPacket {
  std::int64_t position = 0;  // of its first byte
  std::size_t size = 0;       // 0 for a container that cuts packets up
  bool key = false;
};
[[nodiscard]] std::vector<MediaPacket> packets_of(const std::filesystem::path& path);
[[nodiscard]] std::int64_t ffprobe_count(const std::filesystem::path& path);

// FNV-1a of the pixels, as tools/golden_preprocess.py computes it.
[[nodiscard]] std::string fingerprint(const RgbImage& image);

struct GoldenTensor {
  std::string dtype;
  std::vector<std::size_t> shape;
  std::string bytes;
  [[nodiscard]] std::vector<float> floats() const;
};
[[nodiscard]] std::map<std::string, GoldenTensor> read_golden(const std::filesystem::path& safetensors);

}  // namespace sparsight::test
