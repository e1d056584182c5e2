#include "app/cli/answer_json.h"

#include "core/answer_notes.h"
#include "core/base/os/os.h"

#include <nlohmann/json.hpp>

namespace sparsight::cli {

using nlohmann::ordered_json;

namespace {

ordered_json pruning_json(const Trace& trace) {
  ordered_json steps = ordered_json::array();
  for (std::size_t i = 0; i < trace.steps.size(); ++i) {
    const TraceStep& step = trace.steps[i];
    const TokenCounts counts = trace.counts(i);
    steps.push_back({{"layer", step.layer},
                     {"visual_before", counts.entered},
                     {"visual_after", counts.left},
                     {"kept", counts.kept},
                     {"recycled", counts.recycled},
                     {"dropped", counts.dropped},
                     {"rank", step.rank ? ordered_json(*step.rank) : ordered_json()},
                     {"ms", step.ms}});
  }
  return {{"strategy", trace.strategy},
          {"budget", trace.budget},
          {"mean_tokens_behind_first_pruning", trace.mean_behind_first_pruning()},
          {"equivalent_tokens_by_output", trace.equivalent_by_output()},
          {"equivalent_tokens_by_input", trace.equivalent_by_input()},
          {"flops_formula", trace.flops_formula()},
          {"flops_true", trace.flops_true()},
          {"strategy_ms", trace.strategy_ms()},
          {"steps", steps}};
}

}  // namespace

std::vector<std::string> warnings_about(const Clip* clip, const ModelInfo& model) {
  std::vector<std::string> all = clip != nullptr ? clip->warnings : std::vector<std::string>{};
  all.insert(all.end(), model.warnings.begin(), model.warnings.end());
  if (const auto beyond = beyond_knowledge(model.card, clip != nullptr ? clip->path : std::filesystem::path()))
    all.push_back(*beyond + "; choose another with --model");
  return all;
}

std::vector<std::string> warnings_about(const Answer& answer) {
  std::vector<std::string> all;
  for (const AnswerNote note : notes_of(answer)) all.emplace_back(sentence_of(note));
  if (answer.trace)
    for (std::string& note : answer.trace->attention.notes()) all.push_back(std::move(note));
  return all;
}

ordered_json answer_json(const Answer& answer, const Engine& engine, const EncodedMedia* media, const Clip* clip) {
  constexpr std::size_t kReadAtOnce = std::size_t{1} << 30;  // bytes of weights that are read before anyone notices
  const std::string model_hash =
      engine.info().weight_bytes <= kReadAtOnce ? engine.model_hash() : engine.known_model_hash();
  std::vector<std::string> warnings = warnings_about(clip, engine.info());
  for (std::string& note : warnings_about(answer)) warnings.push_back(std::move(note));
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
            {"encode", encoding.encode},
            {"prefill", answer.timings.prefill},
            {"generate", answer.timings.generate}}},
          {"first_token_ms", answer.first_token_ms},
          {"pruning", answer.trace ? pruning_json(*answer.trace) : ordered_json()},
          {"tokens_per_second", answer.tokens_per_second},
          {"peak_memory_bytes", os::peak_memory()},
          {"model", engine.info().path.string()},
          {"model_hash", model_hash.empty() ? ordered_json() : ordered_json(model_hash)},
          {"backend", engine.backend_details()},
          {"video", clip != nullptr ? ordered_json(clip->path.string()) : ordered_json()},
          {"warnings", warnings}};
}

ordered_json error_json(std::string_view kind, std::string_view message) {
  return {{"error", {{"kind", kind}, {"message", message}}}};
}

std::string dump(const ordered_json& json, int indent) {
  return json.dump(indent, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace sparsight::cli
