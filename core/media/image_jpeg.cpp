#include "core/media/image_file.h"

#include "core/media/video_ffmpeg.h"
#include "core/media/video_picture.h"

#include <cstdio>  // before jpeglib.h, which uses FILE

#include <jpeglib.h>

#include <jerror.h>

#include <algorithm>
#include <csetjmp>
#include <cstdlib>
#include <memory>
#include <string_view>

namespace sparsight {
namespace {

using Bytes = std::span<const std::uint8_t>;

// libjpeg reports errors by a callback that must not return: it jumps to the last setjmp. No stack frame in between
// owns anything.
struct JpegErrors {
  jpeg_error_mgr base;  // first, so that a pointer to it points to JpegErrors
  std::jmp_buf escape;
  char message[JMSG_LENGTH_MAX];
};

void escape_on_error(JpegErrors& to) {
  to.base.error_exit = [](j_common_ptr jpeg) {
    auto* errors = reinterpret_cast<JpegErrors*>(jpeg->err);
    errors->base.format_message(jpeg, errors->message);
    std::longjmp(errors->escape, 1);  // NOLINT(cert-err52-cpp): libjpeg's only way out
  };
  to.base.output_message = [](j_common_ptr) {};
}

class JpegReader {
 public:
  explicit JpegReader(Bytes data) : data_(data) {
    jpeg_.err = jpeg_std_error(&errors_.base);
    escape_on_error(errors_);
  }
  JpegReader(const JpegReader&) = delete;
  JpegReader& operator=(const JpegReader&) = delete;
  ~JpegReader() { jpeg_destroy_decompress(&jpeg_); }

  // False: message() says why.
  bool start() {
    if (setjmp(errors_.escape) != 0) return false;  // NOLINT(cert-err52-cpp)
    jpeg_create_decompress(&jpeg_);
    jpeg_mem_src(&jpeg_, data_.data(), data_.size());
    jpeg_save_markers(&jpeg_, JPEG_APP0 + 1, 0xffff);
    jpeg_read_header(&jpeg_, TRUE);
    const bool four = jpeg_.jpeg_color_space == JCS_CMYK || jpeg_.jpeg_color_space == JCS_YCCK;
    jpeg_.out_color_space = four ? JCS_CMYK : JCS_RGB;
    if (jpeg_.image_width > ffmpeg::kMaxSide || jpeg_.image_height > ffmpeg::kMaxSide ||
        std::int64_t{jpeg_.image_width} * jpeg_.image_height > ffmpeg::kMaxPixels) {
      const auto end =
          fmt::format_to_n(errors_.message, sizeof(errors_.message) - 1, "a picture of {} x {} pixels is too large",
                           jpeg_.image_width, jpeg_.image_height);
      *end.out = 0;
      return false;
    }
    jpeg_start_decompress(&jpeg_);
    return true;
  }

  // False: `rows` hold what could be decoded.
  bool read(std::uint8_t* rows, std::size_t row_bytes) {
    if (setjmp(errors_.escape) != 0) return false;  // NOLINT(cert-err52-cpp)
    while (jpeg_.output_scanline < jpeg_.output_height) {
      JSAMPROW row = rows + jpeg_.output_scanline * row_bytes;
      jpeg_read_scanlines(&jpeg_, &row, 1);
    }
    return true;
  }

  [[nodiscard]] int width() const { return static_cast<int>(jpeg_.output_width); }
  [[nodiscard]] int height() const { return static_cast<int>(jpeg_.output_height); }
  [[nodiscard]] std::size_t channels() const { return static_cast<std::size_t>(jpeg_.output_components); }
  [[nodiscard]] bool damaged() const { return errors_.base.num_warnings > 0; }
  [[nodiscard]] const char* message() const { return errors_.message; }
  [[nodiscard]] bool short_of_memory() const {
    return errors_.base.msg_code == JERR_OUT_OF_MEMORY && memory_is_short();
  }
  [[nodiscard]] Bytes exif() const {
    constexpr std::string_view kName("Exif\0\0", 6);
    for (const jpeg_marker_struct* marker = jpeg_.marker_list; marker != nullptr; marker = marker->next) {
      const Bytes bytes(marker->data, marker->data_length);
      if (bytes.size() > kName.size() && std::equal(kName.begin(), kName.end(), bytes.begin()))
        return bytes.subspan(kName.size());
    }
    return {};
  }

 private:
  Bytes data_;
  jpeg_decompress_struct jpeg_{};
  JpegErrors errors_{};
};

// The values are stored inverted, as Adobe does and PIL expects: each times the stored black, over 255, rounded.
void cmyk_to_rgb(const std::vector<std::uint8_t>& cmyk, std::vector<std::uint8_t>& rgb) {
  for (std::size_t i = 0; i + 4 <= cmyk.size(); i += 4)
    for (std::size_t c = 0; c < 3; ++c) {
      // PIL subtracts the rounded share of ink, so halves are rounded down.
      const unsigned black = cmyk[i + 3];
      const unsigned product = (255u - cmyk[i + c]) * black + 128u;
      rgb[i / 4 * 3 + c] = static_cast<std::uint8_t>(black - ((product >> 8) + product) / 256u);
    }
}

// A buffer that libjpeg allocated with malloc; the holder frees it.
struct EncodedBytes {
  unsigned char* data = nullptr;
  unsigned long size = 0;  // NOLINT(google-runtime-int): libjpeg's own type
};

// False: errors.message says why. Owns nothing across the setjmp except what libjpeg holds.
bool encode(const RgbImage& image, int quality, JpegErrors& errors, jpeg_compress_struct& jpeg, EncodedBytes& out) {
  if (setjmp(errors.escape) != 0) return false;  // NOLINT(cert-err52-cpp)
  jpeg_create_compress(&jpeg);
  jpeg_mem_dest(&jpeg, &out.data, &out.size);
  jpeg.image_width = static_cast<JDIMENSION>(image.width);
  jpeg.image_height = static_cast<JDIMENSION>(image.height);
  jpeg.input_components = 3;
  jpeg.in_color_space = JCS_RGB;
  jpeg_set_defaults(&jpeg);
  jpeg_set_quality(&jpeg, quality, TRUE);
  jpeg_start_compress(&jpeg, TRUE);
  while (jpeg.next_scanline < jpeg.image_height) {
    auto* row = const_cast<JSAMPROW>(image.pixels.data() + std::size_t{3} * jpeg.next_scanline * jpeg.image_width);
    jpeg_write_scanlines(&jpeg, &row, 1);
  }
  jpeg_finish_compress(&jpeg);
  return true;
}

}  // namespace

std::vector<std::uint8_t> encode_jpeg(const RgbImage& image, int quality) {
  SPARSIGHT_CHECK(image.width > 0 && image.height > 0 && quality >= 1 && quality <= 100);
  SPARSIGHT_CHECK(image.pixels.size() ==
                  std::size_t{3} * static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height));
  JpegErrors errors{};
  jpeg_compress_struct jpeg{};
  jpeg.err = jpeg_std_error(&errors.base);
  escape_on_error(errors);
  EncodedBytes bytes;
  const bool done = encode(image, quality, errors, jpeg, bytes);
  jpeg_destroy_compress(&jpeg);
  const std::unique_ptr<unsigned char, decltype(&std::free)> owner(bytes.data, &std::free);
  if (!done)
    fail(ErrorKind::Memory, "a JPEG of {} x {} could not be made: {}", image.width, image.height, errors.message);
  return {bytes.data, bytes.data + bytes.size};
}

RgbImage decode_jpeg(Bytes data, std::vector<std::string>& warnings) {
  JpegReader reader(data);
  if (!reader.start()) fail(reader.short_of_memory() ? ErrorKind::Memory : ErrorKind::Decode, "{}", reader.message());
  const auto pixels = static_cast<std::size_t>(reader.width()) * static_cast<std::size_t>(reader.height());
  RgbImage image{reader.width(), reader.height(), std::vector<std::uint8_t>(pixels * 3)};
  std::vector<std::uint8_t> cmyk(reader.channels() == 4 ? pixels * 4 : 0);
  std::uint8_t* rows = cmyk.empty() ? image.pixels.data() : cmyk.data();
  const bool whole = reader.read(rows, static_cast<std::size_t>(reader.width()) * reader.channels());
  if (!whole && reader.short_of_memory()) fail(ErrorKind::Memory, "not enough memory for decoding");
  if (!whole || reader.damaged())
    warnings.emplace_back("the JPEG is damaged or cut short; parts of the picture are missing");
  if (!cmyk.empty()) cmyk_to_rgb(cmyk, image.pixels);
  return ffmpeg::turn_upright(std::move(image), ffmpeg::exif_orientation(read_exif_orientation(reader.exif())));
}

}  // namespace sparsight
