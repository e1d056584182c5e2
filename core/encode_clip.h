// File, or frames -> visual tokens.
#pragma once

#include "core/base/progress.h"
#include "core/media/video.h"
#include "core/model/config.h"
#include "core/model/preprocess.h"
#include "core/model/vision.h"

#include <filesystem>
#include <vector>

namespace sparsight {

// What turns frames into visual tokens. Borrows everything.
struct ClipEncoder {
  Backend& backend;  // that `vision` computes with
  const VisionEncoder& vision;
  const ModelConfig& config;
  const PreprocessConfig& video;
  const PreprocessConfig& image;
};

// The visual tokens of a clip, and how long each step took. encode_file() runs the two steps at the same time.
struct EncodedClip {
  VisualTokens tokens;
  std::vector<GridWindow> windows;  // by frame
  double preprocess_ms = 0;
  double vision_ms = 0;
};

// Encodes frames that have been read. Error{Usage} for a clip without frames, or of a size that
// gives more tokens than the model has positions, Error{Decode, Model}; Cancelled.
[[nodiscard]] EncodedClip encode_clip(const Clip& clip, const ClipEncoder& encoder, const Control& control = {});

struct EncodedFile {
  Clip clip;
  EncodedClip encoded;
};
// Reads and encodes a file; equal to encode_clip(read_clip(path, request)) to the bit. A thread of its own decodes and
// preprocesses a video while its frames go through the tower; all frames that wait form one batch. As long as FFmpeg
// decodes, the backend leaves it its threads. Reports Stage::Frames until decoding ends, then Stage::Vision. Errors of
// read_clip and encode_clip; Cancelled.
[[nodiscard]] EncodedFile encode_file(const std::filesystem::path& path, const FrameRequest& request,
                                      const ClipEncoder& encoder, const Control& control = {});

}  // namespace sparsight
