#include "core/pruning/options.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace sparsight {
namespace {

std::optional<double> number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

constexpr double kMostTokens = 1e9, kLeastScale = 0.001, kMostScale = 1e6, kLeastPercent = 1e-6;
constexpr std::size_t kMostCounts = 1024;

bool is_count(std::optional<double> value) {
  return value && *value >= 1 && *value <= kMostTokens && *value == std::floor(*value);
}

Budget rank_budget(std::string_view rest) {
  const auto expect = [](bool right) {
    if (!right)
      fail(ErrorKind::Usage, "a rank (rank*13.5+6): multiplied by {} to {:.0f}, plus 0 to {:.0f} tokens", kLeastScale,
           kMostScale, kMostTokens);
  };
  Budget budget{.kind = Budget::Kind::Rank, .value = 1.0};
  if (rest.starts_with('*')) {
    const std::size_t plus = std::min(rest.find('+'), rest.size());
    const auto scale = number(rest.substr(1, plus - 1));
    expect(scale && *scale >= kLeastScale && *scale <= kMostScale);
    budget.value = *scale;
    rest.remove_prefix(plus);
  }
  if (rest.empty()) return budget;
  const auto bias = number(rest.substr(1));
  expect(rest.starts_with('+') && bias && *bias >= 0 && *bias <= kMostTokens);
  budget.bias = *bias;
  return budget;
}

Budget list_budget(std::string_view text) {
  Budget budget{.kind = Budget::Kind::List};
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find('/', at), text.size());
    const auto count = number(text.substr(at, end - at));
    if (!is_count(count) || budget.counts.size() == kMostCounts)
      fail(ErrorKind::Usage, "a count for each pruning layer (300/200/110): up to {} of them, each from 1 to {:.0f}",
           kMostCounts, kMostTokens);
    budget.counts.push_back(static_cast<std::size_t>(*count));
    at = end + 1;
  }
  return budget;
}

Budget budget_of(std::string_view text) {
  constexpr std::string_view kPublished = "published:";
  if (text.empty()) return {};
  if (text.starts_with("rank")) return rank_budget(text.substr(4));
  if (text.find('/') != std::string_view::npos) return list_budget(text);
  if (text.ends_with('%')) {
    const auto share = number(text.substr(0, text.size() - 1));
    if (!share || *share < kLeastPercent || *share > 100)
      fail(ErrorKind::Usage, "a share (9.4%), from {:.6f}% to 100%", kLeastPercent);
    return {.kind = Budget::Kind::Share, .value = *share / 100};
  }
  if (text.starts_with(kPublished)) {
    const auto setting = number(text.substr(kPublished.size()));
    if (!is_count(setting))
      fail(ErrorKind::Usage, "a published setting (published:192): a whole number from 1 to {:.0f}", kMostTokens);
    return {.kind = Budget::Kind::Published, .value = *setting};
  }
  const auto count = number(text);
  if (!count)
    fail(ErrorKind::Usage,
         "a count (194), a share (9.4%), a published setting (published:192), a rank (rank*13.5+6) or a count for each "
         "pruning layer (300/200/110)");
  if (!is_count(count)) fail(ErrorKind::Usage, "a count (194): a whole number from 1 to {:.0f}", kMostTokens);
  return {.kind = Budget::Kind::Count, .value = *count};
}

}  // namespace

std::size_t Budget::tokens(std::size_t visual) const {
  const double wanted = kind == Kind::Share ? value * static_cast<double>(visual) : value;
  return static_cast<std::size_t>(
      std::clamp(std::round(wanted), 1.0, static_cast<double>(std::max<std::size_t>(visual, 1))));
}

std::string read_budget(std::string_view text, Budget& to) {
  try {
    to = budget_of(text);
    return "";
  } catch (const Error& expected) {
    return expected.what();
  }
}

Budget parse_budget(std::string_view text) {
  Budget budget;
  const std::string expected = read_budget(text, budget);
  if (!expected.empty()) fail(ErrorKind::Usage, "budget \"{}\": expected {}", text, expected);
  return budget;
}

std::string to_string(const Budget& budget) {
  switch (budget.kind) {
    case Budget::Kind::Default: return "";
    case Budget::Kind::Published: return fmt::format("published:{}", budget.value);
    case Budget::Kind::Count: return fmt::format("{}", budget.value);
    case Budget::Kind::Share: return fmt::format("{:.6g}%", budget.value * 100);
    case Budget::Kind::Rank: return fmt::format("rank*{}+{}", budget.value, budget.bias);
    case Budget::Kind::List: return fmt::format("{}", fmt::join(budget.counts, "/"));
  }
  return "";
}

std::vector<std::size_t> scale_layers(std::span<const std::size_t> published, std::size_t layers) {
  std::vector<std::size_t> out;
  for (const std::size_t layer : published) {
    const double scaled = std::round(static_cast<double>(layer * layers) / 32.0);
    std::size_t at = std::max<std::size_t>(1, static_cast<std::size_t>(scaled));
    if (!out.empty()) at = std::max(at, out.back() + 1);
    if (at + 2 > layers) break;
    out.push_back(at);
  }
  return out;
}

std::vector<std::size_t> pruning_layers(const PruningOptions& options, std::span<const std::size_t> published,
                                        std::size_t layers) {
  if (options.layers.empty()) return scale_layers(published, layers);
  for (std::size_t i = 0; i < options.layers.size(); ++i) {
    if (options.layers[i] >= layers)
      fail(ErrorKind::Usage, "pruning layer {}: the decoder has layers 0 to {}", options.layers[i], layers - 1);
    if (i > 0 && options.layers[i] <= options.layers[i - 1])
      fail(ErrorKind::Usage, "pruning layers: expected ascending numbers, found {} after {}", options.layers[i],
           options.layers[i - 1]);
  }
  return options.layers;
}

std::vector<std::size_t> pruning_layer(const PruningOptions& options, std::size_t published, std::size_t layers) {
  if (options.layers.size() > 1)
    fail(ErrorKind::Usage, "pruning layers: expected one for {}, found {}", options.strategy, options.layers.size());
  return pruning_layers(options, std::span(&published, 1), layers);
}

std::vector<std::size_t> layer_spans(std::span<const std::size_t> layers, std::size_t depth) {
  std::vector<std::size_t> out;
  for (std::size_t s = 0; s < layers.size(); ++s) {
    const std::size_t end = s + 1 < layers.size() ? layers[s + 1] : depth - 1;
    out.push_back(end > layers[s] ? end - layers[s] : 0);
  }
  return out;
}

std::vector<std::size_t> outputs_for(double mean, std::span<const std::size_t> shape,
                                     std::span<const std::size_t> spans, std::size_t most) {
  const auto weight = [&](std::size_t s) { return static_cast<double>(shape[std::min(s, shape.size() - 1)]); };
  const auto limit = static_cast<double>(most);
  std::vector<std::size_t> out;
  double left = 0, area = 0;  // token-layers still to be given out; the shape's share of the remaining steps
  for (std::size_t s = 0; s < spans.size(); ++s) {
    left += mean * static_cast<double>(spans[s]);
    area += weight(s) * static_cast<double>(spans[s]);
  }
  for (std::size_t s = 0; s < spans.size(); ++s) {
    const auto span = static_cast<double>(spans[s]);
    const double tokens = std::clamp(area > 0 ? weight(s) * left / area : mean, 1.0, std::max(limit, 1.0));
    out.push_back(static_cast<std::size_t>(std::round(tokens)));
    left -= tokens * span;
    area -= weight(s) * span;
  }
  return out;
}

void expect_plain(const PruningOptions& options, std::string_view strategy) {
  if (options.budget.kind == Budget::Kind::Published)
    fail(ErrorKind::Usage, "{}: expected a count or a share as budget, there is no published setting; found {}",
         strategy, to_string(options.budget));
  if (options.budget.kind == Budget::Kind::Rank)
    fail(ErrorKind::Usage, "{}: expected a count or a share as budget, it has no rank; found {}", strategy,
         to_string(options.budget));
  if (options.budget.kind == Budget::Kind::List)
    fail(ErrorKind::Usage, "{}: expected one count or a share as budget, found {}", strategy,
         to_string(options.budget));
  if (options.recycle && *options.recycle != Recycle::Off)
    fail(ErrorKind::Usage, "{}: recycling can't be chosen, it drops what it prunes", strategy);
}

}  // namespace sparsight
