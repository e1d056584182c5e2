// Owning pointers for FFmpeg's objects, and helpers for the whole video module. Internal to video*.cpp and image_*.cpp.
#pragma once

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/display.h>
#include <libavutil/hwcontext.h>
#include <libavutil/imgutils.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
}

#include "core/base/text.h"
#include "kernels/error.h"
#include "kernels/out_of_memory.h"

#include <array>
#include <memory>
#include <mutex>
#include <string>

namespace sparsight::ffmpeg {

struct Free {
  void operator()(AVPacket* p) const { av_packet_free(&p); }
  void operator()(AVFrame* p) const { av_frame_free(&p); }
  void operator()(AVCodecContext* p) const { avcodec_free_context(&p); }
  void operator()(AVCodecParserContext* p) const { av_parser_close(p); }
  void operator()(AVBufferRef* p) const { av_buffer_unref(&p); }
  void operator()(SwsContext* p) const { sws_freeContext(p); }
  void operator()(AVFormatContext* p) const { avformat_close_input(&p); }
  void operator()(AVIOContext* p) const {
    av_freep(&p->buffer);
    avio_context_free(&p);
  }
};

template <typename T>
using Owned = std::unique_ptr<T, Free>;

// Takes ownership of what FFmpeg allocated. Error{Memory} for nullptr.
template <typename T>
[[nodiscard]] Owned<T> own(T* allocated) {
  if (allocated == nullptr) fail(ErrorKind::Memory, "not enough memory for decoding");
  return Owned<T>(allocated);
}

// Error{Memory} if an FFmpeg call failed for lack of memory and memory is short indeed. FFmpeg gives the same code for
// damaged sizes, which the caller handles like any other error.
inline void check_memory(int result) {
  if (result == AVERROR(ENOMEM) && memory_is_short()) fail(ErrorKind::Memory, "not enough memory for decoding");
}

// Called when nothing could be decoded: if memory is short, a codec's threads report invalid data instead.
inline void check_memory_behind_failure() {
  if (memory_is_short()) fail(ErrorKind::Memory, "not enough memory for decoding");
}

[[nodiscard]] inline std::string describe(int error) {
  if (error == AVERROR(ENOMEM)) return "it is damaged: its sizes are too large";
  std::array<char, AV_ERROR_MAX_STRING_SIZE> text{};
  av_strerror(error, text.data(), text.size());
  return text.data();
}

// One line of plain text; empty: the stream has no such tag.
[[nodiscard]] inline std::string tag_of(const AVStream& stream, const char* key) {
  const AVDictionaryEntry* entry = av_dict_get(stream.metadata, key, nullptr, 0);
  return entry == nullptr ? std::string() : one_line(entry->value, 100);
}

// Stops FFmpeg and its codecs from writing to stderr; failures are reported by Error. Any thread.
inline void silence_log() {
  static std::once_flag once;
  std::call_once(once, [] { av_log_set_callback([](void*, int, const char*, va_list) {}); });
}

// A larger picture is refused before memory is allocated for it.
constexpr int kMaxSide = 16384;
constexpr std::int64_t kMaxPixels = std::int64_t{1} << 27;

}  // namespace sparsight::ffmpeg
