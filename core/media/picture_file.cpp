#include "core/media/picture_file.h"

#include "core/base/replace_file.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <fstream>
#include <new>
#include <utility>

namespace sparsight {
namespace {

constexpr std::int64_t kMostPictureBytes = std::int64_t{512} << 20;

std::vector<std::uint8_t> read_whole(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  const auto size = static_cast<std::int64_t>(std::filesystem::file_size(path));
  if (size > kMostPictureBytes) fail(ErrorKind::Decode, "{}: a picture of {} bytes is too large", path.string(), size);
  std::vector<std::uint8_t> data(static_cast<std::size_t>(size));
  in.read(reinterpret_cast<char*>(data.data()), size);
  if (in.gcount() != size) fail(ErrorKind::File, "{}: the file could not be read to its end", path.string());
  return data;
}

// Adds the file's name to errors of decoders.
template <typename Work>
auto named(const std::filesystem::path& path, const Work& work) {
  try {
    return work();
  } catch (const Error& error) {
    fail(error.kind(), "{}: {}", path.string(), error.what());
  } catch (const std::bad_alloc&) {
    fail(ErrorKind::Memory, "{}: not enough memory for its pictures", path.string());
  }
}

}  // namespace

PictureFile::PictureFile(std::filesystem::path path, Kind kind, ToneMap tone_map)
    : path_(std::move(path)), kind_(kind), tone_map_(tone_map), data_(read_whole(path_)) {
  if (kind_ != Kind::WebP) return;
  animation_ = named(path_, [&] { return WebpAnimation::open(data_, warnings_); });
  if (!animation_) return;
  times_.clear();
  std::int64_t end = 0;  // in milliseconds: sums of seconds are not exact
  for (const double duration : animation_->durations()) {
    times_.push_back(static_cast<double>(end) / 1000);
    end += std::lround(duration * 1000);
  }
  duration_s_ = static_cast<double>(end) / 1000;
}

std::string PictureFile::container() const {
  return kind_ == Kind::Jpeg ? "jpeg_pipe" : kind_ == Kind::WebP ? "webp_pipe" : "heif";
}

std::string PictureFile::codec() const { return kind_ == Kind::Jpeg ? "mjpeg" : kind_ == Kind::WebP ? "webp" : codec_; }

RgbImage PictureFile::picture(std::size_t index) {
  return named(path_, [&] {
    if (animation_) return animation_->picture(index, warnings_);
    if (kind_ == Kind::Heif) return decode_heif(data_, tone_map_, warnings_, codec_);
    return kind_ == Kind::Jpeg ? decode_jpeg(data_, warnings_) : decode_webp(data_, warnings_);
  });
}

std::optional<PictureFile::Kind> kind_of_picture(const std::filesystem::path& path) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) return std::nullopt;
  std::ifstream in(path, std::ios::binary);
  std::array<std::uint8_t, 12> start{};
  in.read(reinterpret_cast<char*>(start.data()), start.size());
  if (is_heif(std::span(start).first(static_cast<std::size_t>(in.gcount())))) return PictureFile::Kind::Heif;
  return std::nullopt;
}

std::optional<PictureFile::Kind> kind_of_picture(const std::filesystem::path& path, const ffmpeg::Source& source) {
  const AVCodecID codec = source.stream().codecpar->codec_id;
  if (codec == AV_CODEC_ID_WEBP && source.container() == "webp_pipe") return PictureFile::Kind::WebP;
  if (codec != AV_CODEC_ID_MJPEG) return std::nullopt;
  if (source.container() == "jpeg_pipe") return PictureFile::Kind::Jpeg;
  // A photograph followed by a preview or a gain map is several JPEGs in a row.
  std::string extension = path.extension().string();
  for (char& letter : extension) letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  if (source.container() == "mjpeg" && (extension == ".jpg" || extension == ".jpeg")) return PictureFile::Kind::Jpeg;
  return std::nullopt;
}

std::unique_ptr<PictureFile> open_pictures(const std::filesystem::path& path, ToneMap tone_map,
                                           const std::stop_token& stop) {
  keep_input(path);
  auto kind = kind_of_picture(path);
  if (!kind) kind = kind_of_picture(path, ffmpeg::Source(path, stop));
  return kind ? std::make_unique<PictureFile>(path, *kind, tone_map) : nullptr;
}

}  // namespace sparsight
