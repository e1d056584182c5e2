// How long a question about a video will take on this machine: an estimate for a model of any shape, also of one that
// is not on this machine yet, from a measurement of about a second that is the same for all models.
#pragma once

#include "core/engine.h"

#include <cstddef>
#include <stop_token>

namespace sparsight {

// How the matrices of a decoder's layers are stored. F16 stands for BF16, too.
enum class WeightFormat { F32, F16, Int8, Int4 };
[[nodiscard]] WeightFormat format_of(const ModelInfo& info);

// What a machine does in a second. All values are positive.
struct MachineSpeed {
  struct Products {
    double operations = 0;  // multiplications and additions of linear layers with many rows
    double bytes = 0;       // of weights, outside of the caches, that one row is multiplied with
  };
  Products floats, int8, int4;
  double tower_attention = 0;    // operations, where every row of a frame attends to all of them
  double rounded_attention = 0;  // the same in a tower whose weights are int8
  double attention = 0;          // operations, where every row of a prompt attends to those before it
  double calls = 0;              // of an operation of the backend with next to no work
};

// Measures the kernels that answer questions, on a backend of its own, and needs up to 256 MB for that time. It takes
// the whole machine: nothing else should compute. Error{Memory, Device}; Cancelled, within a tenth of a second. Any
// thread.
[[nodiscard]] MachineSpeed measure_speed(const MakeBackend& make, const std::stop_token& stop = {});

// An estimate in seconds. Left out: reading the file, which is mostly done meanwhile, and what pruning saves.
struct QuestionTime {
  MediaKind media = MediaKind::Video;
  std::size_t frames = 0;
  double encode_s = 0;   // towers and projector
  double prefill_s = 0;  // from there to the first word
  double token_s = 0;    // for each further token

  [[nodiscard]] double first_word_s() const { return encode_s + prefill_s; }
  [[nodiscard]] double tokens_per_second() const { return 1 / token_s; }
};
// A question of a few words about a video of `frames` frames, 1 or more; about one picture if the model takes no
// videos, about nothing (MediaKind::None) if it takes neither. `config` as read, or as bench_config() makes it.
[[nodiscard]] QuestionTime estimate_question(const ModelConfig& config, WeightFormat format, const MachineSpeed& speed,
                                             std::size_t frames);

}  // namespace sparsight
