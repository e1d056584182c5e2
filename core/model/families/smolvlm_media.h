// How SmolVLM2 looks at pictures and videos, and what its prompt says about them: transformers' SmolVLMImageProcessor,
// SmolVLMVideoProcessor and SmolVLMProcessor. The functions of Family. Internal to core/model.
#pragma once

#include "core/model/families/family.h"
#include "core/model/preprocess.h"

namespace sparsight {

[[nodiscard]] ViewPixels look_at_smolvlm(const RgbImage& picture, const PreprocessConfig& how,
                                         const ModelConfig& config, MediaKind media);
[[nodiscard]] VisualLayout lay_out_smolvlm(const ModelConfig& config, const Medium& medium);
[[nodiscard]] std::string smolvlm_placeholder_text(const ModelConfig& config, const Medium& medium,
                                                   const VisualLayout& layout);
[[nodiscard]] std::vector<std::int64_t> choose_smolvlm_frames(std::int64_t total, double frames_per_second,
                                                              const PreprocessConfig& how);
// "twenty-one", "one thousand, one hundred and one"; below a million.
[[nodiscard]] std::string number_in_words(std::size_t number);

}  // namespace sparsight
