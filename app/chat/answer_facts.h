// How an answer was made: the details that the chat store keeps with it and the window shows on request.
#pragma once

#include "app/format.h"
#include "core/engine.h"
#include "core/model_card.h"
#include "core/pruning/options.h"

#include <QVariantList>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace sparsight {

struct AnswerOrigin {
  std::shared_ptr<const ModelInfo> model;  // null: none was loaded
  std::string model_hash;                  // core/model/model_identity.h; empty: not known yet
  std::string clip, clip_hash;             // path and content_hash(); empty: a question without a video
  std::size_t frames = 0;                  // number of frames taken from the clip
  Timings encoding{};                      // encoding these frames, when the clip was opened
  TimeRange range{};
  PruningOptions pruning{};
  std::string system{};  // as asked with; empty: the model's own
  Sampling sampling{};
  std::size_t max_new_tokens = 0;
  std::int64_t begun_ms = 0, ended_ms = 0;  // since 1970
};

// A JSON object with the keys of answer_details(), "error" if there is one, and
//   "model"    {"name", "path", "hash", "parameters", "dtype"}
//   "clip"     {"path", "hash", "frames"}
//   "settings" {"strategy", "budget", "max_new_tokens", "temperature", "top_k", "top_p", "seed", "arithmetic", "kv",
//               "system" unless it was empty}
//   "times"    {"begun_ms", "ended_ms" (since 1970), "vision_ms", "encode_ms", "prefill_ms", "generate_ms"}
//   "program"  version of Sparsight
// Without an answer (it failed, or was stopped before it began) the top level says what was asked for.
[[nodiscard]] std::string origin_details(const AnswerOrigin& origin, const Answer* answer, const QString& error = {});
// The same details with the model's hash, which becomes known later.
[[nodiscard]] std::string with_model_hash(const std::string& details, const std::string& hash);

// How the answer was pruned; nullopt: the details do not say, or this version does not know it.
[[nodiscard]] std::optional<CardPruning> pruning_of_details(const std::string& details);

// How long it took from question to answer, in seconds, and how many of the visual tokens stayed on average after the
// first pruning (0: not known; all of them where nothing was pruned).
struct AnswerFigures {
  double seconds = 0, tokens = 0, visual_tokens = 0;
};
[[nodiscard]] AnswerFigures figures_of_details(const std::string& details);

// {name, value} in the language of the interface. Answers of other versions may have fewer entries.
[[nodiscard]] QVariantList facts_of_details(const std::string& details);

}  // namespace sparsight
