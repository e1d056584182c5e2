// The list of families: one line each.
#include "core/model/families/decoder_alone.h"
#include "core/model/families/llava.h"
#include "core/model/families/llava_next_video.h"
#include "core/model/families/video_llava.h"

#include <array>

namespace sparsight {

Families families() {
  static const std::array all{&video_llava(),   &llava(),        &llava_next_video(),
                              &llama_smollm2(), &llama_chatml(), &llama_plain()};
  return all;
}

}  // namespace sparsight
