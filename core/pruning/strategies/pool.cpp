// Plain pooling, the floor that any method must beat: LLaVA-NeXT's get_2dPool (read in KD-TAO/DyCoke dd74634), before
// the decoder, on projected tokens.
//
// Each block's grid of patches becomes a smaller one. By default a patch of it is the mean of a window of stride x
// stride patches, floor(side / stride) a side; patches that fill no window are lost. `pool_bilinear` interpolates to
// ceil(side / stride) a side, corners not aligned, as torch's interpolate. A side shorter than the stride gives one row
// or column. CLS is no part of the grid and is dropped unless `keep_cls` says so. Newlines stay, one for each new row;
// so do tokens before and after the grid.
//
// A pooled token takes the place, and if asked for the position, of the patch in the middle of its window.
#include "core/pruning/before_decoder.h"
#include "core/pruning/registry.h"
#include "core/pruning/strategies/parts.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace sparsight {
namespace {

constexpr std::array kPoolKnobs{
    Knob{"pool-stride", "pool: side of a window; 2 by default", &PruningOptions::pool_stride, 1, 1 << 14},
    Knob{"pool-bilinear", "pool: interpolates instead of averaging windows", &PruningOptions::pool_bilinear}};

// What one row or column of the new grid is made of.
struct PooledLine {
  std::size_t middle;                                 // the line whose place it takes
  std::vector<std::pair<std::size_t, double>> parts;  // lines and their weights
};

std::vector<PooledLine> pooled_lines(std::size_t side, std::size_t stride, bool bilinear) {
  std::vector<PooledLine> out;
  const std::size_t window = std::min(stride, side);
  if (!bilinear) {
    for (std::size_t o = 0; o < side / window; ++o) {
      PooledLine& line = out.emplace_back(PooledLine{o * window + (window - 1) / 2, {}});
      for (std::size_t i = 0; i < window; ++i) line.parts.emplace_back(o * window + i, 1 / static_cast<double>(window));
    }
    return out;
  }
  const std::size_t lines = (side + stride - 1) / stride;
  const double scale = static_cast<double>(side) / static_cast<double>(lines);
  for (std::size_t o = 0; o < lines; ++o) {
    const double at = std::max(0.0, (static_cast<double>(o) + 0.5) * scale - 0.5);
    const auto low = std::min(static_cast<std::size_t>(at), side - 1), high = std::min(low + 1, side - 1);
    const double weight = at - static_cast<double>(low);
    PooledLine& line = out.emplace_back(PooledLine{low, {{low, 1 - weight}}});
    if (high != low && weight > 0) line.parts.emplace_back(high, weight);
  }
  return out;
}

struct Pooling {
  std::size_t stride;
  bool bilinear, keep_cls;

  [[nodiscard]] std::size_t lines(std::size_t side) const {
    return bilinear ? (side + stride - 1) / stride : std::max<std::size_t>(1, side / stride);
  }
  // Tokens that a layout is pooled to.
  [[nodiscard]] std::size_t tokens(const VisualLayout& layout) const {
    std::size_t count = 0;
    for (VisualBlock block : layout.blocks()) {
      block.cls = block.cls && keep_cls;
      block.rows = lines(block.rows);
      block.columns = lines(block.columns);
      count += block.tokens();
    }
    return count;
  }
};

class Pool final : public PruningStrategy {
 public:
  Pool(const Pooling& pooling, Positions positions) : pooling_(pooling), positions_(positions) {}

  std::optional<Selection> before_decoder(const PromptView& prompt) override;
  [[nodiscard]] DecodePositions decode_positions() const override { return decode_positions_of(positions_); }

 private:
  Pooling pooling_;
  Positions positions_;
};

// Sums of a block's tokens, each under the token whose place it takes.
void pool_block(const VisualLayout& layout, std::size_t block, const Pooling& pooling,
                std::vector<std::vector<WeightedRow>>& sums) {
  const VisualBlock& b = layout.blocks()[block];
  const auto keep = [&](std::size_t token) { sums[token] = {{token, 1.0}}; };
  const std::vector<PooledLine> rows = pooled_lines(b.rows, pooling.stride, pooling.bilinear);
  const std::vector<PooledLine> columns = pooled_lines(b.columns, pooling.stride, pooling.bilinear);
  std::vector<char> has_row(b.rows, 0);
  for (const PooledLine& row : rows) {
    has_row[row.middle] = 1;
    for (const PooledLine& column : columns)
      for (const auto& [r, of_row] : row.parts)
        for (const auto& [c, of_column] : column.parts)
          sums[layout.token(block, row.middle, column.middle)].push_back(
              {layout.token(block, r, c), of_row * of_column});
  }
  const std::size_t grid = layout.token(block, 0, 0) - b.before_row;
  for (std::size_t token = layout.begin(block); token < layout.end(block); ++token) {
    const TokenPlace place = layout.place(token);
    if (place.kind == TokenPlace::Kind::Cls && pooling.keep_cls) keep(token);
    if (place.kind != TokenPlace::Kind::Extra) continue;
    const bool beside_row = token >= grid && token < grid + b.rows * b.a_row();
    if (!beside_row || has_row[(token - grid) / b.a_row()] != 0) keep(token);
  }
}

std::optional<Selection> Pool::before_decoder(const PromptView& prompt) {
  const VisualLayout& layout = prompt.layout;
  const std::size_t n = prompt.visual.count();
  SPARSIGHT_CHECK(layout.tokens() == n);
  prompt.visual.refuse_not_finite("projected visual tokens");
  std::vector<std::vector<WeightedRow>> sums(n);  // of the tokens that go on
  for (std::size_t b = 0; b < layout.blocks().size(); ++b) pool_block(layout, b, pooling_, sums);

  std::vector<std::size_t> kept;
  for (std::size_t token = 0; token < n; ++token)
    if (!sums[token].empty()) kept.push_back(token);
  Selection selection = Selection::keep(kept, n, positions_);
  std::vector<double> weight(n, 0.0);  // the largest with which a token entered a sum
  for (std::size_t i = 0; i < kept.size(); ++i) {
    for (const WeightedRow& part : sums[kept[i]]) {
      if (!sums[part.row].empty() || part.weight <= weight[part.row]) continue;
      weight[part.row] = part.weight;
      selection.into[part.row] = static_cast<std::int32_t>(i);
    }
  }
  for (const std::size_t token : kept) selection.sums.push_back(std::move(sums[token]));
  return selection;
}

// The stride that gives the count or share asked for; a share counts patches.
std::size_t stride_for(const PruningOptions& options, const PruningSetting& setting) {
  if (options.budget.kind == Budget::Kind::Default) return options.pool_stride;
  std::size_t longest = 1, patches = 0;
  for (const VisualBlock& b : setting.layout.blocks()) {
    longest = std::max({longest, b.rows, b.columns});
    patches += b.rows * b.columns;
  }
  const bool share = options.budget.kind == Budget::Kind::Share;
  const std::size_t wanted = options.budget.tokens(share ? patches : setting.visual_tokens);
  if (!share && wanted >= setting.visual_tokens) return 0;
  std::vector<std::string> counts;
  std::size_t last = 0;
  for (std::size_t stride = 1; stride <= longest; ++stride) {
    const std::size_t count = Pooling{stride, options.pool_bilinear, options.keep_cls}.tokens(setting.layout);
    if (count == wanted) return stride;
    if (count != last && stride > 1 && counts.size() < 8) counts.push_back(std::to_string(count));
    last = count;
  }
  fail(ErrorKind::Usage, "pool: expected a count that windows of whole patches give, such as {}; found {}",
       fmt::join(counts, ", "), wanted);
}

std::unique_ptr<PruningStrategy> make_pool(const PruningOptions& options, const PruningSetting& setting) {
  static_cast<void>(budget_before_decoder(options, setting));
  const Pooling pooling{stride_for(options, setting), options.pool_bilinear, options.keep_cls};
  if (pooling.stride == 0) return nullptr;
  return std::make_unique<Pool>(pooling, options.positions.value_or(Positions::Repacked));
}

}  // namespace

namespace pruned_by {

StrategyInfo pool() {
  return {"pool",
          "baseline: the mean of each window of 2 x 2 patches, before the decoder",
          "LLaVA-NeXT's get_2dPool, read in KD-TAO/DyCoke dd74634",
          make_pool,
          kPoolKnobs,
          kGrid,
          true};
}

}  // namespace pruned_by

}  // namespace sparsight
