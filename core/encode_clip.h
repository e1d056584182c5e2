// From a file, or from frames, to visual tokens.
#pragma once

#include "core/model/config.h"
#include "core/base/progress.h"
#include "core/media/video.h"
#include "core/model/vision.h"

#include <filesystem>

namespace sparsight {

// Borrows all of it.
struct Eye {
  Backend& backend;  // that `vision` computes with
  const VisionEncoder& vision;
  const PreprocessConfig& video;
  const PreprocessConfig& image;
};

// What an eye made of a clip, and how long it took in milliseconds. With watch() the two run side by side.
struct Sight {
  VisualTokens tokens;
  double preprocess_ms = 0;
  double vision_ms = 0;
};

// Frames that were read already. Error{Usage} for a clip without frames, Error{Decode, Model}; Cancelled.
[[nodiscard]] Sight look(const Clip& clip, const Eye& eye, const Control& control = {});

struct Watched {
  Clip clip;
  Sight sight;
};
// Reads a file and looks at it, equal to look(read_clip(path, request)) to the bit. A video is decoded and preprocessed
// on a thread of its own, and its frames go through the tower as they come: all that there are then as one batch;
// meanwhile the backend leaves FFmpeg its threads. Tells of Stage::Frames as long as decoding goes on, of Stage::Vision
// after it. Errors are read_clip's and look's; Cancelled.
[[nodiscard]] Watched watch(const std::filesystem::path& path, const FrameRequest& request, const Eye& eye,
                            const Control& control = {});

}  // namespace sparsight
