// A model's card, `sparsight.json` beside its weights: what the model knows, how it is best pruned, its measured
// accuracy, and clips that it can answer about. docs/model-card.md describes the file.
#pragma once

#include "core/pruning/options.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sparsight {

struct CardClip {
  std::string name;  // file name, for people
  std::uint64_t bytes = 0;
  std::string hash;                    // content_hash() of the file
  std::vector<std::string> questions;  // that the model answers correctly about it, best suggestion first
};

// A strategy's name, and a budget in the form that parse_budget() reads.
struct CardPruning {
  std::string strategy = "none";
  std::string budget{};
  friend bool operator==(const CardPruning&, const CardPruning&) = default;
};

struct CardAccuracy {
  struct Row {
    CardPruning pruning;
    std::size_t right = 0;  // of `questions`
  };
  std::string on;  // the set of questions, for people
  std::size_t questions = 0;
  std::vector<Row> rows{};
};

// Each text for people is one line (core/base/text.h).
struct ModelCard {
  std::string name;
  std::map<std::string, std::string> knows{};  // by language; continues "knows only"; empty: any video
  std::vector<std::string> languages{};        // codes ("en") of languages that it understands; empty: unknown
  CardPruning pruning{};                       // `none` if the card names a strategy that this version does not have
  std::vector<std::string> questions{};        // for any clip, in a language that the model understands
  std::vector<CardClip> clips{};
  std::optional<CardAccuracy> accuracy{};
  std::vector<std::string> warnings{};  // which parts of the card are ignored, and why, for people

  // In `language`, else in English. Empty: any video.
  [[nodiscard]] std::string knows_only(std::string_view language = "en") const;
  // The card's entry for a clip; nullptr: none.
  [[nodiscard]] const CardClip* clip(std::string_view hash) const;
  // The same for a file; reads it only if its size is that of a clip in the card. Error{File}.
  [[nodiscard]] const CardClip* clip_in(const std::filesystem::path& file) const;
};

// Accuracy at a budget, 0 to 1: `least` and `most` are equal if it was measured at that budget; else they are those of
// the nearest budgets below and above.
struct MeasuredAccuracy {
  double least = 0, most = 0;
  [[nodiscard]] bool exact() const { return least == most; }
};
// `visual_tokens`: all tokens before pruning. nullopt: measured neither there nor on both sides of it.
[[nodiscard]] std::optional<MeasuredAccuracy> accuracy_at(const CardAccuracy& accuracy, std::string_view strategy,
                                                          const Budget& budget, std::size_t visual_tokens);

// Error{Model} names the key, what was expected and what was found. `where` names the source in messages.
[[nodiscard]] ModelCard parse_model_card(std::string_view json, std::string_view where);
// nullopt: the folder has no card. Error{File, Model}.
[[nodiscard]] std::optional<ModelCard> read_model_card(const std::filesystem::path& dir);

// The default pruning of a model: as its card says, else none.
[[nodiscard]] CardPruning default_pruning(const std::optional<ModelCard>& card);
// A one-line warning for the reader of an answer; nullopt if the card does not limit what the model knows, or `clip` is
// one of its clips. An empty path: a question without a video. Error{File}.
[[nodiscard]] std::optional<std::string> beyond_knowledge(const std::optional<ModelCard>& card,
                                                          const std::filesystem::path& clip);

}  // namespace sparsight
