// The few prunings that most people choose from, and how much one keeps, in the one unit of the window: a share of the
// visual tokens, with their number beside it. Pure functions.
#pragma once

#include "core/engine.h"
#include "core/model_card.h"

#include <QString>
#include <QStringList>

#include <cstddef>
#include <string>
#include <vector>

namespace sparsight {

struct PruningChoice {
  QString key;         // "off", "balanced", "fast", "published"
  QString name, line;  // for people; the line says what it does
  CardPruning pruning;
};

// Off, Balanced (`balanced`), Fast (the same with half of its budget), As published (the strategy of `now`, or else
// that of Balanced, with its own budget). `own`: Balanced is what the model names itself. visual_tokens: of the clip;
// 0: not known.
[[nodiscard]] std::vector<PruningChoice> pruning_choices(const CardPruning& balanced, bool own, const CardPruning& now,
                                                         std::size_t visual_tokens);
// The same for a model (null: none is loaded) and an encoded clip (null: none): Balanced is what its card names, or
// general_pruning().
[[nodiscard]] std::vector<PruningChoice> choices_for(const ModelInfo* model, const EncodedMedia* media,
                                                     const CardPruning& now, std::size_t visual_tokens);
[[nodiscard]] QStringList strategy_names();  // all of them
// The key of the choice that prunes like this; empty: none does.
[[nodiscard]] QString key_of(const std::vector<PruningChoice>& choices, const CardPruning& pruning,
                             std::size_t visual_tokens);
// "Balanced · 25 %", "fastv · 9.4 %", "fastv · as published", "Off".
[[nodiscard]] QString pruning_name(const std::vector<PruningChoice>& choices, const CardPruning& pruning,
                                   std::size_t visual_tokens);

// "25 % (514 tokens)", "25 %" for an unknown clip, "as published"; budgets that are no share are shown as they are
// written.
[[nodiscard]] QString budget_words(const std::string& budget, std::size_t visual_tokens);
// A budget as people type it, in the same words, or what is wrong with it.
[[nodiscard]] QString amount_words(const QString& budget, std::size_t visual_tokens);
[[nodiscard]] bool is_budget(const QString& budget);
// The shortest share that keeps exactly this many of so many: "9.44%".
[[nodiscard]] std::string share_of(std::size_t tokens, std::size_t visual_tokens);

// Balanced for a model that names no default: the first of a few strategies that suits it and the clip, at a quarter.
[[nodiscard]] CardPruning general_pruning(const ModelInfo* model, const EncodedMedia* media);  // each may be null

}  // namespace sparsight
