// The list of families: one line each.
#include "core/model/families/decoder_alone.h"
#include "core/model/families/llava.h"
#include "core/model/families/llava_next_video.h"
#include "core/model/families/qwen2_5_vl.h"
#include "core/model/families/qwen2_vl.h"
#include "core/model/families/smolvlm.h"
#include "core/model/families/video_llava.h"
#include "core/model/families/video_llava_original.h"

#include <array>

namespace sparsight {

Families families() {
  static const std::array all{
      &video_llava(), &video_llava_original(), &llava(),         &llava_next_video(), &smolvlm(),
      &qwen2_vl(),    &qwen2_5_vl(),           &llama_smollm2(), &llama_chatml(),     &llama_plain(),
      &qwen2_text(),  &qwen2_5_text(),         &qwen2_chatml(),  &qwen2_plain()};
  return all;
}

}  // namespace sparsight
