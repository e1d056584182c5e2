// Every strategy on every kind of layout: it prunes soundly and meets its budget, or it names what is missing. Words
// among the visual tokens change nothing and stay.
#include <catch2/catch.hpp>

#include "core/pruning/registry.h"
#include "tests/strategy_golden.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <set>

namespace sparsight::test {
namespace {

constexpr std::size_t kDepth = 12, kWidth = 16, kHeads = 2, kPrefix = 3, kTextTokens = 6;

struct World {
  const char* name;
  VisualLayout layout;
  TowerTokens tower = TowerTokens::NoCls;
  bool fixed_positions = false;

  [[nodiscard]] PruningSetting setting() const {
    return {.layers = kDepth,
            .visual_tokens = layout.tokens(),
            .layout = layout,
            .tower = tower,
            .fixed_positions = fixed_positions};
  }
  [[nodiscard]] World without_words() const { return {name, layout.without_words(), tower, fixed_positions}; }
};

std::vector<World> worlds() {
  const auto grid = [](std::size_t frame, std::size_t rows, std::size_t columns) {
    return VisualBlock{.frame = frame, .rows = rows, .columns = columns};
  };
  std::vector<VisualBlock> tiles, words, pairs, split;
  for (std::size_t i = 0; i < 4; ++i) {
    VisualBlock tile = grid(0, 4, 3 + i % 2);
    tile.after_row = 1;
    tile.part = {0.25 * static_cast<double>(i), 0, 0.25, 1};
    tiles.push_back(tile);
    VisualBlock pair = grid(2 * i, 3, 5);
    pair.frames = 2;
    pairs.push_back(pair);
    VisualBlock stamped = grid(i, 4, 4);
    stamped.words_before = i == 0 ? 3 : 2;
    stamped.words_after = i == 3 ? 5 : 1;
    words.push_back(stamped);
    VisualBlock cut = grid(0, 3, 3);
    cut.words_before = 2;
    cut.words_after = i % 2;
    cut.part = {0.25 * static_cast<double>(i), 0, 0.25, 1};
    split.push_back(cut);
  }
  tiles.insert(tiles.begin(), grid(0, 6, 6));
  split.push_back(grid(0, 3, 3));
  split.back().words_before = 4;
  std::vector<VisualBlock> stamped_pairs = pairs;
  for (VisualBlock& pair : stamped_pairs) pair.words_before = 3;
  return {
      {"frames with CLS", VisualLayout::alike(4, {.rows = 4, .columns = 4, .cls = true}), TowerTokens::Rows},
      {"a picture without its CLS", VisualLayout::alike(1, {.rows = 6, .columns = 6}), TowerTokens::Rows},
      {"frames of a tower without CLS", VisualLayout::alike(4, {.rows = 4, .columns = 5}), TowerTokens::NoCls},
      {"an overview and tiles with newlines", VisualLayout(tiles), TowerTokens::Made},
      {"pooled frames with newlines", VisualLayout::alike(5, {.rows = 3, .columns = 4, .after_row = 1}),
       TowerTokens::Made},
      {"pairs of frames at fixed positions", VisualLayout(pairs), TowerTokens::NoCls, true},
      {"a picture at fixed positions", VisualLayout::alike(1, {.rows = 7, .columns = 5}), TowerTokens::NoCls, true},
      {"frames between words", VisualLayout(words), TowerTokens::NoCls},
      {"tiles between words", VisualLayout(split), TowerTokens::NoCls},
      {"pairs of frames between words at fixed positions", VisualLayout(stamped_pairs), TowerTokens::NoCls, true},
  };
}

// A number in (0, 1) that depends on nothing but these three.
float number_of(std::size_t a, std::size_t b, std::size_t c) {
  std::uint64_t x = (a * 1000003 + b) * 1000033 + c + 1;
  for (int i = 0; i < 3; ++i) x = (x ^ (x >> 29)) * 0xbf58476d1ce4e5b9ULL;
  return static_cast<float>((x >> 40) + 1) * 0x1p-25f + 0.01f;
}

// Takes the visual tokens through all hooks, as a question would. Tokens have names that do not depend on the words
// among them: a patch has its place among those that are no words, a word a number beyond all of these.
class Walk {
 public:
  struct Step {
    std::size_t layer;  // 0 also before the decoder
    std::vector<std::size_t> entered;
    Selection selection;
    std::vector<std::size_t> left;
  };

  Walk(const World& world, PruningStrategy& strategy) : world_(world), strategy_(strategy) {
    std::size_t words = 0;
    for (std::size_t token = 0; token < world.layout.tokens(); ++token)
      names_.push_back(world.layout.is_word(token) ? kWord + words++ : token - words);
    ids_.resize(names_.size());
    std::iota(ids_.begin(), ids_.end(), 0);
    fresh_ = static_cast<std::int32_t>(ids_.size());
    fresh_name_ = world.layout.prunable();
    states_ = HostTensor(Shape{names_.size(), kWidth});
    for (std::size_t i = 0; i < names_.size(); ++i)
      for (std::size_t c = 0; c < kWidth; ++c) states_.row(i)[c] = number_of(names_[i], c, 7) - 0.3f;
    prefill();
  }

  static constexpr std::size_t kWord = 1'000'000;
  [[nodiscard]] const std::vector<Step>& steps() const { return steps_; }
  // Visual tokens in a layer.
  [[nodiscard]] const std::vector<std::size_t>& in_layer(std::size_t layer) const { return in_layer_[layer]; }

  // The names of the visual tokens that a decode pass attends to, layer by layer.
  [[nodiscard]] std::vector<std::vector<std::size_t>> decode() {
    std::vector<std::vector<std::size_t>> out;
    const auto looked_at = strategy_.cached_attention();
    for (std::size_t layer = 0; looked_at && layer < kDepth; ++layer) {
      HostTensor scores;
      if (layer > *looked_at) scores = scores_of(in_layer_[*looked_at], 1);
      const auto chosen = strategy_.choose_cached(
          {.layer = layer, .visual = in_layer_[layer].size(), .visual_begin = kPrefix, .scores = scores});
      out.push_back(in_layer_[layer]);
      if (!chosen) continue;
      CHECK(std::ranges::is_sorted(*chosen));
      out.back().clear();
      for (const std::size_t i : *chosen) out.back().push_back(in_layer_[layer].at(i));
    }
    return out;
  }

 private:
  void prefill() {
    tower();
    const HostTensor text = text_states();
    const States visual = upload_(states_);
    apply(0, strategy_.before_decoder({visual, upload_(text), world_.layout}));
    const std::vector<std::size_t> layers = strategy_.layers();
    for (std::size_t layer = 0, step = 0; layer < kDepth; ++layer) {
      in_layer_.push_back(names_);
      if (step < layers.size() && layers[step] == layer) at_layer(layer, step++);
    }
  }

  // Hook 1 selects among rows of the tower, which stand for the visual tokens here.
  void tower() {
    if (strategy_.tower_request().layer_from_end == 0) return;
    const std::size_t frames = world_.layout.frames(), each = *world_.layout.tokens_each();
    const std::size_t rows = each + (world_.layout.has_cls() ? 0 : 1);
    HostTensor features(Shape{frames * rows, kWidth}), attention(Shape{frames, kHeads, rows});
    for (std::size_t i = 0; i < features.rows(); ++i)
      for (std::size_t c = 0; c < kWidth; ++c) features.row(i)[c] = number_of(i, c, 11) - 0.3f;
    for (std::size_t i = 0; i < attention.shape().elements(); ++i) attention.f32()[i] = number_of(i, 0, 13);
    const States states = upload_(features);
    const TowerView view{.features = states,
                         .cls_attention = attention,
                         .keys = states,
                         .queries = states,
                         .heads = kHeads,
                         .layout = world_.layout};
    apply(0, strategy_.tower(view));
  }

  void at_layer(std::size_t layer, std::size_t step) {
    const std::size_t text = strategy_.rows().size();
    const HostTensor scores = scores_of(names_, text);
    HostTensor sequence(Shape{kPrefix + names_.size() + kTextTokens, kWidth});
    for (std::size_t i = 0; i < sequence.rows(); ++i) {
      const std::size_t name = name_in_sequence(i, names_);
      for (std::size_t c = 0; c < kWidth; ++c) sequence.row(i)[c] = number_of(name, c, 17) - 0.4f;
    }
    std::vector<std::int32_t> positions, rows;
    for (const std::size_t name : names_) positions.push_back(static_cast<std::int32_t>(kPrefix + name % kWord));
    for (const std::size_t row : strategy_.rows()) rows.push_back(static_cast<std::int32_t>(500 + row));
    const std::vector<float> frequencies{1.0f, 0.1f, 0.01f, 0.001f};
    LayerStep at{.step = step,
                 .layer = layer,
                 .visual = upload_(states_),
                 .scores = text == 0 ? HostView() : scores.view(),
                 .visual_begin = kPrefix,
                 .row_positions = rows,
                 .visual_positions = positions,
                 .inv_freq = frequencies,
                 .ids = ids_};
    if (strategy_.reads_sequence()) at.normed = at.keys = upload_(sequence);
    apply(layer, strategy_.at_layer(at));
  }

  [[nodiscard]] static std::size_t name_in_sequence(std::size_t i, const std::vector<std::size_t>& visual) {
    if (i >= kPrefix && i < kPrefix + visual.size()) return visual[i - kPrefix];
    return 3'000'000 + (i < kPrefix ? i : i - visual.size());
  }

  [[nodiscard]] static HostTensor scores_of(const std::vector<std::size_t>& visual, std::size_t rows) {
    const std::size_t keys = kPrefix + visual.size() + kTextTokens;
    HostTensor scores(Shape{kHeads, rows, keys});
    for (std::size_t r = 0; r < kHeads * rows; ++r)
      for (std::size_t k = 0; k < keys; ++k) {
        const std::size_t name = name_in_sequence(k, visual);
        scores.f32()[r * keys + k] = number_of(name, r, 19) * (name >= kWord ? 2.0f : 1.0f);
      }
    return scores;
  }

  [[nodiscard]] static HostTensor text_states() {
    HostTensor text(Shape{kTextTokens, kWidth});
    for (std::size_t i = 0; i < kTextTokens; ++i)
      for (std::size_t c = 0; c < kWidth; ++c) text.row(i)[c] = number_of(i, c, 23) - 0.3f;
    return text;
  }

  void apply(std::size_t layer, std::optional<Selection> selection) {
    if (!selection) return;
    check_sound(*selection);
    std::vector<std::size_t> names;
    std::vector<std::int32_t> ids;
    for (const std::size_t kept : selection->kept) names.push_back(names_[kept]), ids.push_back(ids_[kept]);
    for (std::size_t i = 0; i < selection->merged(); ++i) names.push_back(fresh_name_++), ids.push_back(fresh_++);
    const States from = upload_(states_);
    HostTensor states = outputs_of(*selection, from, upload_.backend());
    Step step{layer, names_, *selection, {}};
    names_.clear();
    ids_.clear();
    for (std::size_t i = 0; i < names.size(); ++i) {
      const std::size_t output = selection->order.empty() ? i : selection->order[i];
      names_.push_back(names[output]);
      ids_.push_back(ids[output]);
    }
    states_ = std::move(states);
    step.left = names_;
    steps_.push_back(std::move(step));
  }

  void check_sound(const Selection& s) const {
    CHECK(std::ranges::is_sorted(s.kept));
    CHECK(std::ranges::adjacent_find(s.kept) == s.kept.end());
    CHECK(s.outputs() > 0);
    REQUIRE(s.into.size() == names_.size());
    CHECK((s.scores.empty() || s.scores.size() == names_.size()));
    for (const float score : s.scores)
      if (!std::isfinite(score)) FAIL_CHECK("a score of " << score);
    for (const std::int32_t into : s.into) REQUIRE(into < static_cast<std::int32_t>(s.outputs()));
    for (std::size_t i = 0; i < s.kept.size(); ++i) CHECK(s.into[s.kept[i]] == static_cast<std::int32_t>(i));
    if (world_.fixed_positions) CHECK(s.positions == Positions::Original);
    if (s.positions == Positions::Original) {
      CHECK(s.merged() == 0);
      CHECK(s.order.empty());
      CHECK(strategy_.decode_positions() == DecodePositions::ContinueUnpruned);
    }
    for (std::size_t i = 0; i < names_.size(); ++i) {
      if (names_[i] < kWord) continue;
      REQUIRE(s.into[i] != Selection::kDropped);
      const auto output = static_cast<std::size_t>(s.into[i]);
      REQUIRE(output < s.kept.size());
      CHECK(s.kept[output] == i);
      if (!s.sums.empty()) CHECK(s.sums[output].size() == 1);
      CHECK(std::ranges::count(s.into, s.into[i]) == 1);  // nothing is merged into a word
    }
    for (std::size_t output = 0; output < s.sums.size(); ++output)
      for (const WeightedRow& part : s.sums[output])
        if (names_[part.row] >= kWord) CHECK(s.kept.at(output) == part.row);
    std::vector<std::size_t> order = s.order;
    std::ranges::sort(order);
    for (std::size_t i = 0; i < order.size(); ++i) CHECK(order[i] == i);
  }

  const World& world_;
  PruningStrategy& strategy_;
  Uploads upload_;
  std::vector<std::size_t> names_;
  std::vector<std::int32_t> ids_;
  std::int32_t fresh_ = 0;
  std::size_t fresh_name_ = 0;
  HostTensor states_;
  std::vector<Step> steps_;
  std::vector<std::vector<std::size_t>> in_layer_;
};

std::vector<std::size_t> no_words(std::vector<std::size_t> names) {
  std::erase_if(names, [](std::size_t name) { return name >= Walk::kWord; });
  return names;
}

// Mean number of prunable tokens in the layers behind the first pruning.
double mean_left(const Walk& walk) {
  const std::size_t all = no_words(walk.in_layer(0)).size();
  const bool before = walk.steps().front().layer == 0 && walk.steps().front().entered.size() != walk.in_layer(0).size();
  double sum = 0;
  std::size_t layers = 0;
  for (std::size_t layer = before ? 0 : walk.steps().front().layer + 1; layer < kDepth; ++layer, ++layers)
    sum += static_cast<double>(no_words(walk.in_layer(layer)).size());
  return layers == 0 ? static_cast<double>(all) : sum / static_cast<double>(layers);
}

std::unique_ptr<PruningStrategy> made_or_refused(const PruningOptions& options, const PruningSetting& setting) {
  try {
    return make_strategy(options, setting);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::Usage);
    CHECK(std::string(error.what()).find(options.strategy) != std::string::npos);
    return nullptr;
  }
}

// What each needs of a model; all other strategies run on every layout.
std::set<std::string> refused_on(const World& world) {
  std::set<std::string> names;
  if (world.tower != TowerTokens::Rows) names.insert({"prumerge", "prumerge+", "visionzip", "fastvid"});
  if (!world.layout.without_words().tokens_each()) names.insert({"dycoke", "evs"});
  return names;
}

}  // namespace

TEST_CASE("every strategy prunes every layout soundly, or names what it lacks", "[pruning][layouts]") {
  for (const World& world : worlds()) {
    std::set<std::string> refused;
    for (const StrategyInfo& info : strategies()) {
      if (info.name == "none") continue;
      for (const char* budget : {"", "40%", "9"}) {
        for (const bool keep_cls : {false, true}) {
          CAPTURE(world.name, info.name, budget, keep_cls);
          PruningOptions options = golden_options(std::string(info.name), budget);
          options.keep_cls = keep_cls;
          const auto strategy = made_or_refused(options, world.setting());
          if (!strategy) {
            if (*budget == '\0') refused.insert(options.strategy);
            continue;
          }
          Walk walk(world, *strategy);
          if (*budget == '\0' || walk.steps().empty()) continue;
          CHECK(mean_left(walk) ==
                Approx(static_cast<double>(options.budget.tokens(world.layout.prunable()))).margin(1.0));
          for (const auto& seen : walk.decode()) CHECK(seen.size() >= world.layout.words());
          for (std::size_t b = 0; keep_cls && *budget == '4' && b < world.layout.blocks().size(); ++b)
            if (const auto cls = world.layout.cls(b)) CHECK(std::ranges::count(walk.steps().back().left, *cls) == 1);
        }
      }
    }
    CHECK(refused == refused_on(world));
  }
}

TEST_CASE("words among the visual tokens change no decision", "[pruning][layouts]") {
  std::size_t compared = 0;
  for (const World& world : worlds()) {
    if (!world.layout.has_words()) continue;
    const World plain = world.without_words();
    for (const StrategyInfo& info : strategies()) {
      for (const char* budget : {"", "40%", "9"}) {
        CAPTURE(world.name, info.name, budget);
        const PruningOptions options = golden_options(std::string(info.name), budget);
        const auto with = made_or_refused(options, world.setting()),
                   without = made_or_refused(options, plain.setting());
        REQUIRE((with == nullptr) == (without == nullptr));
        if (!with) continue;
        Walk walk(world, *with), expected(plain, *without);
        REQUIRE(walk.steps().size() == expected.steps().size());
        for (std::size_t s = 0; s < walk.steps().size(); ++s) {
          CHECK(walk.steps()[s].layer == expected.steps()[s].layer);
          CHECK(no_words(walk.steps()[s].left) == expected.steps()[s].left);
          CHECK(walk.steps()[s].left.size() == expected.steps()[s].left.size() + world.layout.words());
        }
        const auto seen = walk.decode(), expected_seen = expected.decode();
        REQUIRE(seen.size() == expected_seen.size());
        for (std::size_t layer = 0; layer < seen.size(); ++layer) {
          CHECK(no_words(seen[layer]) == expected_seen[layer]);
          CHECK(seen[layer].size() == expected_seen[layer].size() + world.layout.words());
        }
        ++compared;
      }
    }
  }
  CHECK(compared > 60);
}

TEST_CASE("positions that are fixed are never numbered anew", "[pruning][layouts]") {
  for (const World& world : worlds()) {
    if (!world.fixed_positions) continue;
    for (const StrategyInfo& info : strategies()) {
      if (info.name == "none" || refused_on(world).contains(std::string(info.name))) continue;
      CAPTURE(world.name, info.name);
      PruningOptions options = golden_options(std::string(info.name));
      options.positions = Positions::Repacked;
      CHECK_THROWS_AS(make_strategy(options, world.setting()), Error);
      options.positions = Positions::Original;
      CHECK(make_strategy(options, world.setting()) != nullptr);
    }
  }
  // With CLS, too, what makes tokens without a position is refused.
  World world = worlds().front();
  world.fixed_positions = true;
  for (const char* name : {"prumerge", "prumerge+", "visionzip"})
    CHECK_THROWS_WITH(make_strategy(golden_options(name), world.setting()), Catch::Contains("positions"));
  CHECK(make_strategy(golden_options("fastvid"), world.setting()) != nullptr);
}

// SparseVLM recycles as elsewhere; a merged token stands where its cluster's centre stood.
TEST_CASE("recycled tokens take the place of their centre where positions are fixed", "[pruning][layouts][sparsevlm]") {
  const VisualLayout layout = VisualLayout::alike(2, {.rows = 8, .columns = 8});
  const World fixed{"fixed", layout, TowerTokens::NoCls, true}, free{"free", layout, TowerTokens::NoCls, false};
  for (const char* name : {"sparsevlm-v1.5", "sparsevlm-first", "sparsevlm-video"}) {
    INFO(name);
    const PruningOptions options = golden_options(name, "30%");
    const auto in_place = make_strategy(options, fixed.setting()), repacked = make_strategy(options, free.setting());
    Walk a(fixed, *in_place), b(free, *repacked);
    const Selection &one = a.steps().front().selection, &two = b.steps().front().selection;
    REQUIRE(two.merged() > 0);
    CHECK(one.outputs() == two.outputs());
    CHECK(one.merged() == 0);
    CHECK(std::ranges::includes(one.kept, two.kept));
    for (std::size_t m = two.kept.size(); m < two.outputs(); ++m) {
      // The same sum, in the place of one of its tokens.
      const auto same = std::ranges::find_if(one.sums, [&](const auto& sum) {
        return std::ranges::equal(sum, two.sums[m], {}, &WeightedRow::row, &WeightedRow::row);
      });
      REQUIRE(same != one.sums.end());
      const std::size_t place = one.kept[static_cast<std::size_t>(same - one.sums.begin())];
      CHECK(std::ranges::find(*same, place, &WeightedRow::row) != same->end());
    }
    for (std::size_t token = 0; token < layout.tokens(); ++token)
      CHECK((one.into[token] == Selection::kDropped) == (two.into[token] == Selection::kDropped));
  }
}

}  // namespace sparsight::test
