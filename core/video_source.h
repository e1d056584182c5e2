// A file opened by FFmpeg: its packets, and a decoder for them. Internal to the video module.
#pragma once

#include "core/video_ffmpeg.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <stop_token>
#include <string>

namespace sparsight::ffmpeg {

// Whether the sound beside the pictures is read too.
enum class Sound { Leave, Read };

// The video stream of one local file, and its sound if that is wanted. FFmpeg never sees the path: it reads through
// this object, is refused every other file and protocol, and so a playlist can fetch nothing. Not movable; one thread.
class Source {
 public:
  // Error{File} if the file cannot be read, Error{Decode} if it holds no video stream; Cancelled.
  Source(const std::filesystem::path& path, std::stop_token stop, Sound sound = Sound::Leave);
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

  // The next packet of the video stream, or of the sound's, as its stream_index tells; false at the end, or where
  // reading failed (read_error() then says why).
  [[nodiscard]] bool next(AVPacket& packet);
  [[nodiscard]] int read_error() const { return read_error_; }
  // Moves near `timestamp`, at a key packet; false where FFmpeg cannot. The caller checks where it landed.
  [[nodiscard]] bool jump(std::int64_t timestamp);

  [[nodiscard]] const AVStream& stream() const { return *stream_; }
  [[nodiscard]] const AVStream* sound() const { return sound_; }  // nullptr: there is none, or it was left
  [[nodiscard]] const AVFormatContext& format() const { return *format_; }
  [[nodiscard]] std::string container() const { return format_->iformat->name; }
  [[nodiscard]] double frame_interval() const;  // seconds, by the container's word, 1/25 if it has none

 private:
  static int read(void* self, std::uint8_t* buffer, int size);
  static std::int64_t seek(void* self, std::int64_t offset, int whence);
  void open_format(const std::string& name_hint);
  void stop_here() const;

  std::filesystem::path path_;
  std::stop_token stop_;
  std::filebuf file_;
  std::int64_t size_ = 0;
  Owned<AVIOContext> io_;
  Owned<AVFormatContext> format_;
  AVStream* stream_ = nullptr;
  AVStream* sound_ = nullptr;
  int read_error_ = 0;
};

// How a decoder takes damage.
enum class Damage {
  Conceal,  // as FFmpeg does by default
  Refuse,   // every doubt is reported as an error; sound data decode to the same pictures
};

// A device of this machine that may decode the stream; null: there is none. Its pictures may differ from software's by
// rounding, so that it is for showing only.
[[nodiscard]] Owned<AVBufferRef> open_hardware(const AVStream& stream);

class Decoder {
 public:
  // `hardware` is borrowed for the call; null, or where it cannot: software. Pictures are in memory either way.
  Decoder(const AVStream& stream, Damage damage, int threads, AVBufferRef* hardware = nullptr);

  // Returns false to stop decoding.
  using OnFrame = std::function<bool(const AVFrame&)>;
  // Feeds a packet, nullptr at the end, and passes on the pictures that come out, in presentation order.
  // False once on_frame has returned false.
  bool feed(const AVPacket* packet, const OnFrame& on_frame);

  [[nodiscard]] std::int64_t errors() const { return errors_; }        // packets that were refused
  [[nodiscard]] std::int64_t concealed() const { return concealed_; }  // pictures with guessed parts
  [[nodiscard]] int delay() const { return context_->has_b_frames; }
  [[nodiscard]] const AVCodecContext& context() const { return *context_; }

 private:
  [[nodiscard]] bool drain(const OnFrame& on_frame, bool& go_on);
  // The frame, or its copy in memory where it lies on a device; null where that failed.
  [[nodiscard]] const AVFrame* in_memory();

  Owned<AVCodecContext> context_;
  Owned<AVFrame> frame_, copy_;
  std::int64_t errors_ = 0;
  std::int64_t concealed_ = 0;
};

}  // namespace sparsight::ffmpeg
