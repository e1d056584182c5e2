// The contents of a trace as text, in the language of the interface. Pure functions.
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
// A tokenizer's piece of the text, readable for people.
struct ShownPiece {
  QString text;  // for an invisible character, a sign; empty: the piece that begins the character shows it
  QString name;  // the name of that sign; empty: the text is clear
};
[[nodiscard]] std::vector<ShownPiece> shown_pieces(const std::vector<std::string>& pieces);
// "1,028 of 2,056 tokens enter a layer, on average over all · 1.2 GFLOPs · layers 80 ms, pruning 6 ms"
[[nodiscard]] QString trace_facts(const Trace& trace);
// Round numbers along a scale, {at 0..1, text}: from two to about five.
[[nodiscard]] QVariantList ticks_of(const ScoreScale& scale);

}  // namespace sparsight
