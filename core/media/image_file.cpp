#include "core/media/image_file.h"

#include "core/base/replace_file.h"
#include "core/media/video_ffmpeg.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <string_view>

namespace sparsight {
namespace {

constexpr std::size_t kEntry = 12;  // bytes of a directory entry
constexpr std::size_t kOrientation = 0x0112;

}  // namespace

int read_exif_orientation(std::span<const std::uint8_t> exif) {
  constexpr std::string_view kName("Exif\0\0", 6);
  if (exif.size() >= kName.size() && std::equal(kName.begin(), kName.end(), exif.begin()))
    exif = exif.subspan(kName.size());
  if (exif.size() < 8) return 1;
  const bool little = exif[0] == 'I';
  const auto number = [&](std::size_t at, std::size_t bytes) {
    std::size_t value = 0;
    for (std::size_t i = 0; i < bytes; ++i) value |= std::size_t{exif[at + i]} << 8 * (little ? i : bytes - 1 - i);
    return value;
  };
  const std::size_t directory = number(4, 4);
  if (directory > exif.size() - 2) return 1;
  const std::size_t entries = number(directory, 2);
  for (std::size_t i = 0; i < entries; ++i) {
    const std::size_t at = directory + 2 + i * kEntry;
    if (at + kEntry > exif.size()) return 1;
    if (number(at, 2) != kOrientation) continue;
    const std::size_t value = number(at + 8, 2);
    return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
  }
  return 1;
}

int read_tiff_orientation(const std::filesystem::path& path) {
  // The directory may lie anywhere in the file: a header in front of its entries makes them an EXIF block.
  std::ifstream in(path, std::ios::binary);
  std::vector<std::uint8_t> block(8);
  const auto read_to = [&in](std::uint8_t* to, std::size_t size) {
    return static_cast<bool>(in.read(reinterpret_cast<char*>(to), static_cast<std::streamsize>(size)));
  };
  if (!read_to(block.data(), block.size()) || (block[0] != 'I' && block[0] != 'M') || block[0] != block[1]) return 1;
  const bool little = block[0] == 'I';
  std::uint32_t directory = 0;
  for (std::size_t i = 0; i < 4; ++i) directory |= std::uint32_t{block[4 + i]} << 8 * (little ? i : 3 - i);
  std::array<std::uint8_t, 2> count{};
  in.seekg(directory);
  if (!read_to(count.data(), count.size())) return 1;
  const std::size_t entries = little ? count[0] | count[1] << 8 : count[0] << 8 | count[1];
  for (std::size_t i = 0; i < 4; ++i) block[4 + i] = static_cast<std::uint8_t>(8u >> 8 * (little ? i : 3 - i));
  block.insert(block.end(), count.begin(), count.end());
  const std::size_t start = block.size();
  block.resize(start + entries * kEntry);
  in.read(reinterpret_cast<char*>(block.data() + start), static_cast<std::streamsize>(block.size() - start));
  block.resize(start + static_cast<std::size_t>(in.gcount()));
  return read_exif_orientation(block);
}

std::string hdr_warning(std::string_view curve, ToneMap tone_map) {
  if (tone_map == ToneMap::Auto)
    return fmt::format("this is HDR ({}); its colours are mapped to an ordinary screen", curve);
  return fmt::format("this is HDR ({}), read as stored: its colours differ from those on a screen", curve);
}

int read_png_orientation(const std::filesystem::path& path) {
  constexpr std::string_view kSignature("\x89PNG\r\n\x1a\n");
  constexpr std::size_t kMaxExif = 1 << 20;
  constexpr int kMaxChunks = 1 << 20;
  std::ifstream in(path, std::ios::binary);
  std::array<char, 8> head{};
  const auto next = [&] { return static_cast<bool>(in.read(head.data(), head.size())); };
  if (!next() || std::string_view(head.data(), head.size()) != kSignature) return 1;
  for (int chunk = 0; chunk < kMaxChunks && next(); ++chunk) {
    std::size_t length = 0;
    for (std::size_t i = 0; i < 4; ++i) length = length << 8 | static_cast<std::uint8_t>(head[i]);
    const std::string_view type(head.data() + 4, 4);
    if (type == "IEND") return 1;
    if (type == "eXIf") {
      std::vector<std::uint8_t> exif(std::min(length, kMaxExif));
      in.read(reinterpret_cast<char*>(exif.data()), static_cast<std::streamsize>(exif.size()));
      exif.resize(static_cast<std::size_t>(in.gcount()));
      return read_exif_orientation(exif);
    }
    in.seekg(static_cast<std::streamoff>(length) + 4, std::ios::cur);  // and the checksum
  }
  return 1;
}

std::vector<std::uint8_t> encode_png(const RgbImage& image) {
  using namespace ffmpeg;
  const std::size_t row = std::size_t{3} * static_cast<std::size_t>(std::max(image.width, 0));
  SPARSIGHT_CHECK(image.width > 0 && image.height > 0);
  SPARSIGHT_CHECK(image.pixels.size() == row * static_cast<std::size_t>(image.height));
  const AVCodec* codec = avcodec_find_encoder(AV_CODEC_ID_PNG);
  if (codec == nullptr) fail(ErrorKind::Device, "this FFmpeg cannot write PNG");
  const auto context = own(avcodec_alloc_context3(codec));
  context->width = image.width;
  context->height = image.height;
  context->pix_fmt = AV_PIX_FMT_RGB24;
  context->time_base = {1, 1};
  const auto frame = own(av_frame_alloc());
  frame->width = image.width;
  frame->height = image.height;
  frame->format = AV_PIX_FMT_RGB24;
  const auto packet = own(av_packet_alloc());
  if (avcodec_open2(context.get(), codec, nullptr) < 0 || av_frame_get_buffer(frame.get(), 0) < 0)
    fail(ErrorKind::Memory, "not enough memory for a PNG of {} x {}", image.width, image.height);
  for (int y = 0; y < image.height; ++y)
    std::copy_n(image.pixels.data() + static_cast<std::size_t>(y) * row, row,
                frame->data[0] + std::ptrdiff_t{y} * frame->linesize[0]);
  if (avcodec_send_frame(context.get(), frame.get()) < 0 || avcodec_send_frame(context.get(), nullptr) < 0 ||
      avcodec_receive_packet(context.get(), packet.get()) < 0)
    fail(ErrorKind::Memory, "not enough memory for a PNG of {} x {}", image.width, image.height);
  return {packet->data, packet->data + packet->size};
}

void write_png(const RgbImage& image, const std::filesystem::path& path) {
  const std::vector<std::uint8_t> png = encode_png(image);
  replace_file(path, {reinterpret_cast<const char*>(png.data()), png.size()});
}

}  // namespace sparsight
