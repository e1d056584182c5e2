// What a model's maker says of it, in `sparsight.json` beside its weights: what it knows, how it is best pruned, how
// right it was where that was measured, and which clips it is known to answer about. docs/model-card.md describes the
// file.
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
  std::string name;  // of the file, for people
  std::uint64_t bytes = 0;
  std::string hash;                    // content_hash() of the file
  std::vector<std::string> questions;  // that the model answers rightly about it, those to suggest first in front
};

// A strategy's name, and a budget as parse_budget() reads it.
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
  std::string on;  // what was asked, for people
  std::size_t questions = 0;
  std::vector<Row> rows{};
};

// Its texts for people are one line each (core/base/text.h).
struct ModelCard {
  std::string name;
  std::map<std::string, std::string> knows{};  // by language; goes on after "knows only"; empty: any video will do
  std::vector<std::string> languages{};  // codes ("en") of those that it understands; empty: nothing is said of that
  CardPruning pruning{};                 // `none` where it names a strategy that this version does not have
  std::vector<std::string> questions{};  // that may be asked about any clip, in a language that the model understands
  std::vector<CardClip> clips{};
  std::optional<CardAccuracy> accuracy{};
  std::vector<std::string> warnings{};  // what of it is not followed, and why, for people

  // In `language`, else in English. Empty: any video will do.
  [[nodiscard]] std::string knows_only(std::string_view language = "en") const;
  // nullptr: the card does not name it.
  [[nodiscard]] const CardClip* clip(std::string_view hash) const;
  // The same of a file, which is only read where its size is that of a clip. Error{File}.
  [[nodiscard]] const CardClip* clip_in(const std::filesystem::path& file) const;
};

// Accuracy at a budget, 0 to 1: `least` and `most` are equal where it was measured at that very budget; else they are
// those of the nearest budgets around it.
struct MeasuredAccuracy {
  double least = 0, most = 0;
  [[nodiscard]] bool exact() const { return least == most; }
};
// Of `visual_tokens` in all. nullopt: not measured there, nor on both sides of it.
[[nodiscard]] std::optional<MeasuredAccuracy> accuracy_at(const CardAccuracy& accuracy, std::string_view strategy,
                                                          const Budget& budget, std::size_t visual_tokens);

// Error{Model} says which key, what was expected and what was found. `where` names the source in messages.
[[nodiscard]] ModelCard parse_model_card(std::string_view json, std::string_view where);
// nullopt: the folder has no card. Error{File, Model}.
[[nodiscard]] std::optional<ModelCard> read_model_card(const std::filesystem::path& dir);

// How a model is pruned where nobody chose: as its card says, else not at all.
[[nodiscard]] CardPruning default_pruning(const std::optional<ModelCard>& card);
// One line for whoever reads the model's answers; nullopt if it knows more than its card's clips, or `clip` is one of
// them. An empty path: a question without a video. Error{File}.
[[nodiscard]] std::optional<std::string> beyond_knowledge(const std::optional<ModelCard>& card,
                                                          const std::filesystem::path& clip);

}  // namespace sparsight
