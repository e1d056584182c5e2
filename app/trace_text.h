// What a trace says, in words and numbers for people, in the language of the interface. Pure functions.
#pragma once

#include "core/pictures/heatmap.h"

#include <QString>
#include <QVariantList>

#include <string>
#include <vector>

namespace sparsight {

[[nodiscard]] QString fate_name(Fate fate);
// "before the decoder", "after layer 2", "after the tower".
[[nodiscard]] QString layer_title(std::int32_t layer);
// A tokenizer's piece of the text as people read it.
struct ShownPiece {
  QString text;  // a sign for what has none of its own; empty: its character stands at the piece that begins it
  QString name;  // of that sign, in words; empty: the text says it
};
[[nodiscard]] std::vector<ShownPiece> shown_pieces(const std::vector<std::string>& pieces);
// "1,028 of 2,056 tokens enter a layer, on average over all · 1.2 GFLOPs · layers 80 ms, pruning 6 ms"
[[nodiscard]] QString trace_facts(const Trace& trace);
// Round numbers along a scale, {at 0..1, text}: two at least, some five at most.
[[nodiscard]] QVariantList ticks_of(const ScoreScale& scale);

}  // namespace sparsight
