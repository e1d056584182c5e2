#include "core/pruning/before_decoder.h"

#include <algorithm>
#include <cmath>

namespace sparsight {

std::optional<std::size_t> budget_before_decoder(const PruningOptions& options, const PruningSetting& setting) {
  if (!options.layers.empty())
    fail(ErrorKind::Usage, "pruning layers: expected none, since {} prunes before the decoder", options.strategy);
  if (options.recycle)
    fail(ErrorKind::Usage, "{}: recycling can't be chosen, it merges as published", options.strategy);
  switch (options.budget.kind) {
    case Budget::Kind::Default: return std::nullopt;
    case Budget::Kind::Count:
    case Budget::Kind::Share: return options.budget.tokens(setting.visual_tokens);
    case Budget::Kind::Published:
    case Budget::Kind::Rank:
    case Budget::Kind::List: break;
  }
  fail(ErrorKind::Usage, "{}: expected a count (194), a share (9.4%) or no budget at all, found \"{}\"",
       options.strategy, to_string(options.budget));
}

void refuse_original_positions(const PruningOptions& options) {
  if (options.positions == Positions::Original)
    fail(ErrorKind::Usage, "{}: expected repacked positions, since merged tokens have no original one",
         options.strategy);
}

std::vector<std::size_t> spread(std::size_t total, std::size_t parts) {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < parts; ++i) out.push_back((i + 1) * total / parts - i * total / parts);
  return out;
}

void refuse_not_finite(HostView values, std::string_view what) {
  const std::size_t count = values.shape().elements();
  for (std::size_t i = 0; i < count; ++i)
    if (!std::isfinite(values.f32()[i]))
      fail(ErrorKind::Model, "{}: expected finite numbers, found {}", what, values.f32()[i]);
}

Selection join_frames(const std::vector<FrameSelection>& frames, std::size_t each) {
  std::size_t kept = 0, merged = 0;
  bool changed = false;
  for (const FrameSelection& frame : frames) {
    kept += frame.kept.size();
    merged += frame.merged;
    changed = changed || !frame.sums.empty();
  }
  Selection out;
  if (changed) out.sums.resize(kept + merged);
  std::size_t next_kept = 0, next_merged = kept;
  for (std::size_t f = 0; f < frames.size(); ++f) {
    const FrameSelection& frame = frames[f];
    const std::size_t own = frame.kept.size();
    const auto output = [&](std::size_t i) { return i < own ? next_kept + i : next_merged + i - own; };
    for (const std::size_t token : frame.kept) out.kept.push_back(f * each + token);
    for (const std::int32_t into : frame.into)
      out.into.push_back(
          into == Selection::kDropped ? into : static_cast<std::int32_t>(output(static_cast<std::size_t>(into))));
    for (std::size_t i = 0; i < own + frame.merged; ++i) {
      if (merged != 0) out.order.push_back(output(i));
      if (!changed) continue;
      std::vector<WeightedRow>& sum = out.sums[output(i)];
      sum = frame.sums.empty() ? std::vector<WeightedRow>{{frame.kept[i], 1.0}} : frame.sums[i];
      for (WeightedRow& part : sum) part.row += f * each;
    }
    out.scores.insert(out.scores.end(), frame.scores.begin(), frame.scores.end());
    next_kept += own;
    next_merged += frame.merged;
  }
  return out;
}

}  // namespace sparsight
