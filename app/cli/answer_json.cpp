#include "app/cli/answer_json.h"

#include "core/machine.h"

#include <nlohmann/json.hpp>

namespace sparsight::cli {

using nlohmann::ordered_json;

ordered_json answer_json(const Answer& answer, const Engine& engine, const EncodedMedia* media, const Clip* clip) {
  ordered_json frames = ordered_json::array();
  Timings encoding;
  if (media != nullptr) {
    for (const FrameMark& mark : media->marks()) frames.push_back({{"index", mark.index}, {"time_s", mark.time_s}});
    encoding = media->timings();
  }
  return {{"answer", answer.text},
          {"stop", to_string(answer.stop)},
          {"prompt_ids", answer.prompt_ids},
          {"generated_ids", answer.generated_ids},
          {"prompt_tokens", answer.prompt_tokens},
          {"visual_tokens", answer.visual_tokens},
          {"reused_tokens", answer.reused_tokens},
          {"frames", frames},
          {"timings_ms",
           {{"load", engine.load_ms()},
            {"open", encoding.open},
            {"frames", encoding.frames},
            {"preprocess", encoding.preprocess},
            {"vision", encoding.vision},
            {"prefill", answer.timings.prefill},
            {"generate", answer.timings.generate}}},
          {"first_token_ms", answer.first_token_ms},
          {"tokens_per_second", answer.tokens_per_second},
          {"peak_memory_bytes", peak_memory_bytes()},
          {"model", engine.info().path.string()},
          {"video", clip != nullptr ? ordered_json(clip->path.string()) : ordered_json()},
          {"warnings", clip != nullptr ? clip->warnings : std::vector<std::string>{}}};
}

std::string dump(const ordered_json& json, int indent) {
  return json.dump(indent, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace sparsight::cli
