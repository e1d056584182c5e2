#include "core/pruning/strategy.h"

namespace sparsight {

Selection Selection::keep(std::vector<std::size_t> kept, std::size_t entered, Positions positions) {
  Selection selection;
  selection.into.assign(entered, kDropped);
  for (std::size_t i = 0; i < kept.size(); ++i) selection.into[kept[i]] = static_cast<std::int32_t>(i);
  selection.kept = std::move(kept);
  selection.positions = positions;
  return selection;
}

}  // namespace sparsight
