// A file opened with FFmpeg: its packets and a decoder for them. Internal to the video module.
#pragma once

#include "core/media/video_ffmpeg.h"
#include "core/media/video_reel.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

namespace sparsight::ffmpeg {

// Whether the sound is read, too.
enum class Sound { Leave, Read };

// The video stream of one local file, and its sound if requested; of an icon the largest picture. FFmpeg never sees the
// path: it reads through this object and may open no other file or protocol, so a playlist can fetch nothing. Not
// movable; used by one thread.
class Source {
 public:
  // Error{File} if the file cannot be read, Error{Decode} if it holds no video stream; Cancelled.
  Source(const std::filesystem::path& path, std::stop_token stop, Sound sound = Sound::Leave);
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

  // The next packet of the video or sound stream (see its stream_index); false at the end or if reading failed (then
  // read_error() says why). Where recordings were joined, so that timestamps start again (MPEG-TS, MPEG-PS), it makes
  // them continue.
  [[nodiscard]] bool next(AVPacket& packet);
  // True: the last packet from next() is the first one of another recording.
  [[nodiscard]] bool joined() const { return joined_; }
  [[nodiscard]] int read_error() const { return read_error_; }
  // Seeks to a key packet near `timestamp`; false if FFmpeg cannot. The caller checks where it landed. Not for files of
  // joined recordings.
  [[nodiscard]] bool jump(std::int64_t timestamp);

  [[nodiscard]] std::vector<SoundTrack> sounds() const;
  void choose_sound(int stream);  // one of sounds(), from the next packet on; others are ignored
  // From now on next() gives only the packets of this stream, with the times of the file.
  void read_only(int stream);

  [[nodiscard]] const AVStream& stream() const { return *stream_; }
  [[nodiscard]] const AVStream* sound() const { return sound_; }  // nullptr: there is none, or Sound::Leave
  [[nodiscard]] const AVFormatContext& format() const { return *format_; }
  [[nodiscard]] std::string container() const { return format_->iformat->name; }
  [[nodiscard]] double frame_interval() const;  // seconds, as the container says; 1/25 if it does not
  [[nodiscard]] double frame_rate() const;      // frames per second on average; 25 if the container does not say it
  // The video's duration in seconds, as the container says; 0: it does not.
  [[nodiscard]] double declared_seconds() const;
  // True: an image or an animation rather than a video.
  [[nodiscard]] bool may_be_image() const;
  // Width of a pixel over its height, as stored; 1 where it is unknown, implausible, or the file is an image.
  [[nodiscard]] double pixel_aspect() const;

 private:
  static int read(void* self, std::uint8_t* buffer, int size);
  static std::int64_t seek(void* self, std::int64_t offset, int whence);
  // Null: FFmpeg recognises the format by the content.
  void open_format(const std::string& name_hint, const AVInputFormat* kind = nullptr,
                   AVCodecID codec = AV_CODEC_ID_NONE);
  void choose_streams(Sound sound);
  void continue_times(AVPacket& packet);
  void stop_here() const;

  std::filesystem::path path_;
  std::stop_token stop_;
  std::filebuf file_;
  std::int64_t size_ = 0;
  Owned<AVIOContext> io_;
  Owned<AVFormatContext> format_;
  AVStream* stream_ = nullptr;
  AVStream* sound_ = nullptr;
  int only_ = -1;  // see read_only()
  int read_error_ = 0;
  struct Clock {
    std::int64_t last = AV_NOPTS_VALUE, duration = 0, offset = 0;
  };
  Clock picture_clock_, sound_clock_;
  bool joined_ = false;
};

// How a decoder handles damage.
enum class Damage {
  Conceal,  // as FFmpeg does by default
  Refuse,   // reports every doubt as an error; undamaged data give the same pictures
};

// A device of this machine that may decode the stream; null: there is none. Its pictures may differ from software's by
// rounding, so use it for display only.
[[nodiscard]] Owned<AVBufferRef> open_hardware(const AVStream& stream);

class Decoder {
 public:
  // `hardware` is borrowed for the call; null, or if it cannot decode the stream: software. Pictures are in host memory
  // either way. If `threads` threads cannot be started, it decodes on the caller's. Error{Decode, Memory}.
  Decoder(const AVStream& stream, Damage damage, int threads, AVBufferRef* hardware = nullptr);

  // Called with each picture; returns false to stop decoding.
  using OnFrame = std::function<bool(const AVFrame&)>;
  // Decodes a packet (nullptr at the end) and passes the resulting pictures on in presentation order. False once
  // on_frame has returned false.
  bool feed(const AVPacket* packet, const OnFrame& on_frame);

  [[nodiscard]] std::int64_t errors() const { return errors_; }        // packets that could not be decoded
  [[nodiscard]] std::int64_t concealed() const { return concealed_; }  // pictures with guessed parts
  [[nodiscard]] int delay() const { return context_->has_b_frames; }
  [[nodiscard]] const AVCodecContext& context() const { return *context_; }

 private:
  [[nodiscard]] bool drain(const OnFrame& on_frame, bool& go_on);
  // The frame, or its copy in host memory if it is on a device; null if copying failed.
  [[nodiscard]] const AVFrame* in_memory();

  Owned<AVCodecContext> context_;
  Owned<AVFrame> frame_, copy_;
  std::int64_t errors_ = 0;
  std::int64_t concealed_ = 0;
};

}  // namespace sparsight::ffmpeg
