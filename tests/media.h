// Shared by the tests of video and preprocessing: clips made by the ffmpeg program, its frames as an independent
// reference, and the tensors of the goldens.
#pragma once

#include "core/media/video.h"
#include "tests/support.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace sparsight::test {

// Runs `ffmpeg -v error -y ARGUMENTS PATH`, with ARGUMENTS split at spaces. Fails the test if ffmpeg fails.
void make_clip(const std::string& arguments, const std::filesystem::path& path);
// Arguments for a moving picture of 96 x 64 at 25 frames per second, up to its duration in seconds.
inline const std::string kPattern = "-f lavfi -i testsrc2=size=96x64:rate=25:duration=";
[[nodiscard]] bool have_ffmpeg();

// Every frame as the ffmpeg program decodes it with one thread, each `width` x `height`.
[[nodiscard]] std::vector<std::vector<std::uint8_t>> ffmpeg_frames(const std::filesystem::path& path, int width,
                                                                   int height, const std::string& input_options = "",
                                                                   const std::string& output_options = "");
// The packets of the video stream, in the order of the file.
struct MediaPacket {
  std::int64_t position = 0;  // of the first byte
  std::size_t size = 0;       // 0 for a container that splits packets
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
