// The subtitles of a video: those in it, and those in a file beside it. Any thread.
#pragma once

#include "core/media/subtitle_picture.h"

#include <cstddef>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

namespace sparsight {

struct SubtitleTrack {
  std::filesystem::path file{};     // beside the video; empty: in it
  int stream = 0;                   // its number in the video
  std::string language{}, title{};  // as the file says or is named; empty: it does not
  std::string codec{};              // FFmpeg's name, or the ending of the file
  bool text = true;                 // false: pictures
  bool readable = true;             // false: there is no decoder for it
  bool forced = false;              // meant for who understands the sound: only what is foreign in it
};

// Text of one style. '\n' begins a new line; otherwise plain_text().
struct SubtitleRun {
  std::string text;
  bool italic = false, bold = false;
  friend bool operator==(const SubtitleRun&, const SubtitleRun&) = default;
};

// Seconds from the start of the video.
struct SubtitleCue {
  double start_s = 0, end_s = 0;
  std::vector<SubtitleRun> runs{};          // at least one, or
  std::vector<SubtitlePicture> pictures{};  // at least one
};

// Of one track; what is more is left out.
constexpr std::size_t kMostCues = 50'000;
constexpr std::size_t kMostCueBytes = 2'000;
constexpr std::size_t kMostCuePictures = 16;
constexpr std::size_t kMostPictureBytes = std::size_t{64} << 20;  // of all pictures, packed
constexpr std::size_t kMostSubtitleFile = std::size_t{16} << 20;  // bytes
constexpr std::size_t kMostSubtitleTracks = 64;

// First those in the video, in its order, then the files beside it: NAME.srt, .ass, .ssa or .vtt, or NAME.WORD.srt for
// the video NAME.mp4. Of a video that cannot be opened only those beside it. Cancelled.
[[nodiscard]] std::vector<SubtitleTrack> subtitle_tracks(const std::filesystem::path& video,
                                                         const std::stop_token& stop = {});

// Reads a track and calls `on_cues` with more and more cues in the order of the file, the first ones soon. Those
// in a video are all read only when the video is. Error{File, Decode, Memory}; Cancelled.
void read_subtitles(const std::filesystem::path& video, const SubtitleTrack& track,
                    const std::function<void(std::vector<SubtitleCue>)>& on_cues, const std::stop_token& stop = {});

}  // namespace sparsight
