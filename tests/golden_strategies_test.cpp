// Compares strategies with what their published code decides: the same tokens, in the same order, from the same input.
// SPARSIGHT_STRATEGIES: a method's directory of goldens, or one of such directories.
#include <catch2/catch.hpp>

#include "core/pruning/clustering.h"
#include "core/pruning/strategies/parts.h"
#include "tests/strategy_golden.h"
#include "tests/support.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace sparsight::test {
namespace {

std::vector<std::int32_t> first_ids(std::size_t count) {
  std::vector<std::int32_t> ids(count);
  std::iota(ids.begin(), ids.end(), 0);
  return ids;
}

HostTensor rows_of_zeros(std::size_t rows, std::size_t width) { return HostTensor::zeros(Shape{rows, width}); }

// Indices below `end`.
Indices below(const Indices& indices, std::size_t end) {
  Indices out;
  std::ranges::copy_if(indices, std::back_inserter(out), [&](std::size_t i) { return i < end; });
  return out;
}

// ---- Before the decoder, on projected tokens

Selection choose_before(const PruningOptions& options, const VisualLayout& layout, const States& tokens) {
  const auto strategy = golden_strategy(options, layout);
  REQUIRE(strategy);
  auto selection = strategy->before_decoder({tokens, tokens.slice(0, 1), layout});
  REQUIRE(selection);
  return std::move(*selection);
}

void check_divprune(const StrategyGolden& golden) {
  Uploads upload;
  const HostView tokens = golden.matrix("tokens");
  const std::size_t frames = golden.number("frames");
  const Selection got = choose_before(golden_options("divprune", std::to_string(golden.number("keeps"))),
                                      frames_of(frames, tokens.rows() / frames), upload(tokens));
  CHECK(got.kept == golden.indices("kept"));
  HostTensor expected = HostTensor::copy_of(golden.floats("final_distance"));
  const Indices order = golden.indices("order");
  for (std::size_t i = 0; i < order.size(); ++i) expected.f32()[order[i]] = golden.floats("pick_distance").f32()[i];
  check_scores("distance", got.scores, expected);
}

void check_dycoke(const StrategyGolden& golden) {
  Uploads upload;
  const std::size_t frames = golden.number("frames"), each = golden.number("tokens_per_frame");
  PruningOptions options = golden_options("dycoke");
  options.dycoke_merged = golden.setting<double>("merging_ratio");
  const Selection got = choose_before(options, frames_of(frames, each), upload(golden.matrix("tokens")));
  // The published code loses a last frame without a partner.
  Indices counts(frames, 0);
  for (const std::size_t kept : got.kept) ++counts[kept / each];
  if (frames % 2 == 1) CHECK(std::exchange(counts.back(), 0) == each);
  CHECK(counts == golden.indices("per_frame"));
  CHECK(below(got.kept, (frames - frames % 2) * each) == golden.indices("kept"));
}

void check_evs(const StrategyGolden& golden) {
  Uploads upload;
  const std::size_t frames = golden.number("frames");
  const VisualLayout layout =
      VisualLayout::alike(frames, {.rows = golden.number("rows"), .columns = golden.number("columns")});
  PruningOptions options = golden_options("evs");
  options.evs_rate = golden.setting<double>("q");
  const Selection got = choose_before(options, layout, upload(golden.matrix("tokens")));
  CHECK(got.kept == golden.indices("kept"));
  check_scores("dissimilarity", got.scores, golden.floats("dissimilarity"));
  CHECK(choose_before(golden_options("evs", std::to_string(got.kept.size())), layout, upload(golden.matrix("tokens")))
            .kept == got.kept);
}

void check_vidcom2(const StrategyGolden& golden) {
  Uploads upload;
  const std::size_t frames = golden.number("frames"), each = golden.number("tokens_per_frame");
  const States tokens = upload(golden.matrix("tokens"));
  PruningOptions options = golden_options("vidcom2");
  options.vidcom2_retention = golden.setting<double>("base_scale");
  const Selection got = choose_before(options, frames_of(frames, each), tokens);
  CHECK(got.kept == golden.indices("kept"));
  Indices counts(frames, 0), begins;
  for (const std::size_t kept : got.kept) ++counts[kept / each];
  CHECK(counts == golden.indices("counts"));

  for (std::size_t f = 0; f <= frames; ++f) begins.push_back(f * each);
  const StandOut found = stand_out(tokens, begins);
  CHECK(found.channels == golden.indices("channels"));
  check_scores("video score", found.video, golden.floats("video_score"));
  check_scores("frame score", found.frame, golden.floats("frame_score"));
  std::vector<float> scales;
  for (const double weight : found.weights)
    scales.push_back(static_cast<float>(std::min(1.0, options.vidcom2_retention * weight)));
  check_scores("scales", scales, golden.floats("scales"));
}

void check_pool(const StrategyGolden& golden) {
  Uploads upload;
  const std::size_t side = golden.number("side");
  const VisualLayout layout = VisualLayout::alike(golden.number("frames"), {.rows = side, .columns = side});
  PruningOptions options = golden_options("pool");
  options.pool_stride = golden.number("stride");
  options.pool_bilinear = golden.setting<std::string>("mode") == "bilinear";
  const States tokens = upload(golden.matrix("tokens"));
  check_rows(outputs_of(choose_before(options, layout, tokens), tokens, upload.backend()), golden.matrix("output"));
}

void check_cdpruner(const StrategyGolden& golden) {
  Uploads upload;
  const std::size_t images = golden.number("images"), each = golden.number("tokens");
  const std::size_t wanted = golden.number("visual_token_num");
  // CLIP's own embeddings, which no model here has.
  const std::vector<float> relevance =
      question_relevance(upload(golden.matrix("image_embeds")), upload(golden.matrix("text_embeds")), true);
  check_scores("relevance", relevance, golden.floats("relevance"));
  const States tokens = upload(golden.matrix("tokens"));
  Indices order, kept;
  std::vector<float> gains;
  for (std::size_t image = 0; image < images; ++image) {
    const DiverseChoice choice =
        choose_diverse(tokens.slice(image * each, each), std::span(relevance).subspan(image * each, each), wanted);
    order.insert(order.end(), choice.order.begin(), choice.order.end());
    gains.insert(gains.end(), choice.gains.begin(), choice.gains.end());
    Indices ascending = choice.order;
    std::ranges::sort(ascending);
    kept.insert(kept.end(), ascending.begin(), ascending.end());
  }
  CHECK(order == golden.indices("order"));
  CHECK(kept == golden.indices("kept"));
  check_scores("gain", gains, golden.floats("gain"));
}

// ---- In the tower

void check_visionzip(const StrategyGolden& golden) {
  Uploads upload;
  const std::size_t frames = golden.number("frames"), rows = golden.number("tower_tokens");
  const std::size_t dominant = golden.number("dominant"), contextual = golden.number("contextual");
  const bool cls = golden.name().find("patches") == std::string::npos;
  const std::size_t skipped = cls ? 0 : 1, own = dominant - skipped, each = rows - skipped;
  const bool is_default = frames == 1 ? !cls && own == 54 && contextual == 10 : own == 14 && contextual == 3;
  const auto strategy =
      golden_strategy(golden_options("visionzip", is_default ? "" : std::to_string(frames * (own + contextual))),
                      frames_of(frames, each, cls));
  REQUIRE(strategy);
  const States features = upload(golden.matrix("features"));
  const TowerView view{.features = features,
                       .cls_attention = golden.floats("cls_attention"),
                       .keys = upload(golden.matrix("keys")),
                       .queries = features,
                       .heads = golden.number("heads"),
                       .layout = frames_of(frames, each, cls)};
  const auto got = strategy->tower(view);
  REQUIRE(got);

  // Tower rows count CLS, which is token 0 of a frame where it goes on.
  const auto token_of = [&](std::size_t frame, std::size_t row) { return frame * each + row - skipped; };
  const Indices kept = golden.indices("dominant"), targets = golden.indices("targets");
  const Indices joining = golden.indices("joining"), joins = golden.indices("joins");
  Indices expected;
  for (std::size_t i = 0; i < kept.size(); ++i)
    if (cls || kept[i] != 0) expected.push_back(token_of(i / dominant, kept[i]));
  CHECK(got->kept == expected);
  REQUIRE(got->merged() == targets.size());
  const std::size_t all = got->kept.size(), left = joining.size() / frames;
  std::size_t wrong = 0;
  for (std::size_t t = 0; t < targets.size(); ++t)
    if (got->sums[all + t].front().row != token_of(t / contextual, targets[t])) ++wrong;
  for (std::size_t i = 0; i < joining.size(); ++i)
    if (static_cast<std::size_t>(got->into[token_of(i / left, joining[i])]) != all + i / left * contextual + joins[i])
      ++wrong;
  CHECK(wrong == 0);

  Selection in_rows = *got;
  for (auto& sum : in_rows.sums)
    for (WeightedRow& part : sum) part.row = view.row_of(part.row);
  check_rows(outputs_of(in_rows, features, upload.backend()),
             golden.matrix("output").slice_rows(skipped, golden.matrix("output").rows() - skipped));
}

void check_prumerge(const StrategyGolden& golden) {
  // In one batch the published code has one share of outliers for all frames; Sparsight prunes frame by frame.
  if (golden.setting<std::string>("called") != "frame by frame") return;
  Uploads upload;
  const std::size_t frames = golden.number("frames"), patches = golden.number("patches"), each = patches + 1;
  const HostView cls_queries = golden.matrix("queries");
  HostTensor queries = rows_of_zeros(frames * each, cls_queries.cols());
  for (std::size_t f = 0; f < frames; ++f) std::ranges::copy(cls_queries.row(f), queries.row(f * each).begin());
  const HostTensor attention = HostTensor::zeros(Shape{frames, 1, each});
  const VisualLayout layout = frames_of(frames, each, true);
  const States features = upload(golden.matrix("features"));
  const auto strategy = golden_strategy(golden_options(golden.method()), layout);
  const auto got = strategy->tower({.features = features,
                                    .cls_attention = attention,
                                    .keys = upload(golden.matrix("keys")),
                                    .queries = upload(queries),
                                    .heads = 1,
                                    .layout = layout});
  REQUIRE(got);
  Indices counts(frames, 0), kept;
  for (const std::size_t token : got->kept) {
    ++counts[token / each];
    kept.push_back(token % each - 1);
  }
  CHECK(counts == golden.indices("count"));
  CHECK(kept == golden.indices("kept_ascending"));
  std::vector<float> scores;
  for (std::size_t i = 0; i < got->scores.size(); ++i)
    if (i % each != 0) scores.push_back(got->scores[i]);
  check_scores("attention", scores, golden.floats("cls_attention"));

  // Rows of the golden stand in published order, behind them in each frame the sum.
  const Indices published = golden.indices("kept");
  const HostView output = golden.matrix("output");
  HostTensor expected(output.shape());
  for (std::size_t f = 0, row = 0, first = 0; f < frames; row += counts[f] + 1, first += counts[f], ++f) {
    Indices order(counts[f]);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::sort(order, {}, [&](std::size_t i) { return published[first + i]; });
    order.push_back(counts[f]);
    for (std::size_t i = 0; i < order.size(); ++i)
      std::ranges::copy(output.row(row + order[i]), expected.row(row + i).begin());
  }
  check_rows(outputs_of(*got, features, upload.backend()), expected);
}

// The hooks want CLS: the golden's features of frames are CLS rows, its attention is that of one head.
void check_fastvid(const StrategyGolden& golden) {
  Uploads upload;
  const std::size_t frames = golden.number("frames"), patches = golden.number("patches"), each = patches + 1;
  const HostView frame_features = golden.matrix("frame_features"), saliency = golden.matrix("frame_attention");
  const HostView tokens = golden.matrix("tokens");
  HostTensor features = rows_of_zeros(frames * each, frame_features.cols());
  HostTensor attention = HostTensor::zeros(Shape{frames, 1, each});
  HostTensor projected = rows_of_zeros(frames * each, tokens.cols());
  for (std::size_t f = 0; f < frames; ++f) {
    std::ranges::copy(frame_features.row(f), features.row(f * each).begin());
    std::ranges::copy(saliency.row(f), attention.f32() + f * each + 1);
    projected.row(f * each)[0] = static_cast<float>(f);
    for (std::size_t p = 0; p < patches; ++p)
      std::ranges::copy(tokens.row(f * patches + p), projected.row(f * each + 1 + p).begin());
  }
  const VisualLayout layout = frames_of(frames, each, true);
  const bool is_default = golden.setting<double>("retention_ratio") == 0.1;
  const Indices kept = golden.indices("kept");
  const auto strategy =
      golden_strategy(golden_options("fastvid", is_default ? "" : std::to_string(kept.size())), layout);
  const States tower = upload(features), visual = upload(projected);
  CHECK_FALSE(strategy->tower(
      {.features = tower, .cls_attention = attention, .keys = tower, .queries = tower, .heads = 1, .layout = layout}));
  const auto got = strategy->before_decoder({visual, visual.slice(0, 1), layout});
  REQUIRE(got);
  CHECK(got->positions == Positions::Original);
  Indices all, salient, centres;
  for (std::size_t i = 0; i < got->kept.size(); ++i) {
    const std::size_t token = got->kept[i] / each * patches + got->kept[i] % each - 1;
    all.push_back(token);
    (got->sums[i].size() == 1 ? salient : centres).push_back(token);
  }
  CHECK(all == kept);
  CHECK(salient == golden.indices("salient"));
  CHECK(centres == golden.indices("centres"));
  check_rows(outputs_of(*got, visual, upload.backend()), golden.matrix("states"));

  const HostView similarity = golden.floats("similarity");
  Indices begins = video_segments({similarity.f32(), similarity.shape().elements()}), lengths;
  begins.push_back(frames);
  for (std::size_t s = 0; s + 1 < begins.size(); ++s) lengths.push_back(begins[s + 1] - begins[s]);
  CHECK(lengths == golden.indices("segments"));

  constexpr std::size_t kNeighbours = 4;
  const Indices candidates = golden.indices("candidates");
  const std::size_t of_frame = candidates.size() / frames;
  const States only_patches = upload(tokens);
  std::vector<float> density, peak;
  for (std::size_t f = 0; f < frames; ++f) {
    const Clusters found =
        cluster(only_patches.gather(std::span(candidates).subspan(f * of_frame, of_frame)), 1, kNeighbours);
    density.insert(density.end(), found.density.begin(), found.density.end());
    peak.insert(peak.end(), found.peak.begin(), found.peak.end());
  }
  check_scores("density", density, golden.floats("density"));
  check_scores("density score", peak, golden.floats("density_score"));
}

// ---- In the decoder

void check_fastv(const StrategyGolden& golden) {
  Uploads upload;
  const std::size_t n = golden.number("image_token_length"), begin = golden.number("image_token_start_index");
  const std::size_t text = golden.number("text"), keeps = golden.number("keeps");
  const VisualLayout layout = frames_of(1, n);
  const bool is_default = golden.setting<double>("fastv_r") == 0.5;
  const auto strategy = golden_strategy(golden_options("fastv", is_default ? "" : std::to_string(keeps)), layout);
  CHECK(strategy->layers() == Indices{golden.number("fastv_k") - 1});
  const States hidden = upload(golden.matrix("hidden")), visual = hidden.slice(begin, n);
  CHECK_FALSE(strategy->before_decoder({visual, hidden.slice(begin + n, text), layout}));
  CHECK(strategy->rows() == Indices{text - 1});
  const std::vector<std::int32_t> ids = first_ids(n);
  const auto got = strategy->at_layer(golden_step(0, visual, golden.matrix("attention_last_row"), begin, ids));
  REQUIRE(got);
  CHECK(got->kept == golden.indices("kept"));
  check_scores("score", got->scores, golden.floats("score"));
  CHECK(got->positions == Positions::Original);
  Indices positions(begin);
  std::iota(positions.begin(), positions.end(), std::size_t{0});
  for (const std::size_t kept : got->kept) positions.push_back(begin + kept);
  for (std::size_t i = 0; i < text; ++i) positions.push_back(begin + n + i);
  CHECK(positions == golden.indices("positions"));
}

void check_pyramiddrop(const StrategyGolden& golden) {
  if (golden.setting<std::vector<double>>("ratios") != std::vector<double>{1.0, 0.5, 0.25, 0.125})
    return skip(golden.name() + ": other shares than published");
  Uploads upload;
  const std::size_t n = golden.number("visual_tokens"), begin = golden.number("visual_start");
  const VisualLayout layout = frames_of(1, n);
  const auto strategy = golden_strategy(golden_options("pyramiddrop"), layout);
  CHECK(strategy->layers() == Indices{7, 15, 23});
  States visual = upload(golden.matrix("hidden")).slice(begin, n);
  CHECK_FALSE(strategy->before_decoder({visual, visual.slice(0, golden.number("text")), layout}));
  std::vector<std::int32_t> ids = first_ids(n);
  for (std::size_t s = 0; golden.has(std::to_string(s) + ".kept"); ++s) {
    const std::string step = std::to_string(s) + ".";
    INFO("step " << s);
    const auto got = strategy->at_layer(golden_step(s, visual, golden.matrix(step + "attention_row"), begin, ids));
    REQUIRE(got);
    CHECK(got->kept == golden.indices(step + "kept"));
    check_scores("score", got->scores, golden.floats(step + "score"));
    CHECK(got->positions == Positions::Repacked);
    std::vector<std::int32_t> left;
    for (const std::size_t kept : got->kept) left.push_back(ids[kept]);
    CHECK(Indices(left.begin(), left.end()) == golden.indices(step + "kept_original"));
    visual = visual.gather(got->kept);
    ids = std::move(left);
  }
}

// [heads, rows, width] as [rows, heads * width].
HostTensor heads_beside(HostView heads) {
  const std::size_t count = heads.shape()[0], rows = heads.shape()[1], width = heads.shape()[2];
  HostTensor out(Shape{rows, count * width});
  for (std::size_t h = 0; h < count; ++h)
    for (std::size_t r = 0; r < rows; ++r)
      std::copy_n(heads.f32() + (h * rows + r) * width, width,
                  out.row(r).begin() + static_cast<std::ptrdiff_t>(h * width));
  return out;
}

void check_dart(const StrategyGolden& golden) {
  Uploads upload;
  const std::size_t n = golden.number("image_token_length"), begin = golden.number("image_token_start_index");
  PruningOptions options = golden_options("dart");
  options.dart_reduction = golden.setting<double>("reduction_ratio");
  const auto& most = golden.settings().at("max_num_trunction");
  if (!most.is_null()) options.dart_tokens = most.get<std::size_t>();
  options.visual_pivots = golden.number("pivot_image_token");
  options.text_pivots = golden.number("pivot_text_token");
  const VisualLayout layout = frames_of(1, n);
  const auto strategy = golden_strategy(options, layout);
  CHECK(strategy->layers() == Indices{golden.number("K") - 1});
  CHECK(strategy->reads_sequence());
  const States states = upload(golden.matrix("states"));
  const HostTensor keys = heads_beside(golden.floats("keys"));
  const std::vector<std::int32_t> ids = first_ids(n);
  LayerStep step = golden_step(0, states.slice(begin, n), {}, begin, ids);
  step.normed = states;
  step.keys = upload(keys);
  const auto got = strategy->at_layer(step);
  REQUIRE(got);
  CHECK(got->kept == golden.indices("kept"));
  CHECK(got->positions == Positions::Original);
  check_scores("key norm", got->scores, golden.floats("image_key_norm"));

  Indices pivots;
  for (const std::size_t i : golden.indices("image_pivots")) pivots.push_back(begin + i);
  for (const std::size_t i : golden.indices("text_pivots")) pivots.push_back(begin + n + i);
  CHECK(order_of_set(pivots) == golden.indices("pivot_order"));
  CHECK(got->kept.size() == golden.indices("image_pivots").size() + pivots.size() * golden.indices("each").front());
  // A budget of as many tokens is divided in the same way.
  options = golden_options("dart", std::to_string(got->kept.size()));
  CHECK(golden_strategy(options, layout)->at_layer(step)->kept == got->kept);
}

void check_dycoke_decoding(const StrategyGolden& golden) {
  const std::size_t n = golden.number("image_token_length"), begin = golden.number("image_token_start_index");
  const std::size_t layer = golden.number("dycoke_layer_idx");
  PruningOptions options = golden_options("dycoke");
  options.dycoke_unattended = golden.setting<double>("dycoke_radio");
  const auto strategy = golden_strategy(options, frames_of(1, n));
  CHECK(strategy->cached_attention() == std::optional(layer - 1));
  for (std::size_t s = 0; golden.has(std::to_string(s) + ".attention"); ++s) {
    INFO("token " << s);
    const HostView attention = golden.matrix(std::to_string(s) + ".attention");
    const HostView rows(attention.data(), DType::F32, Shape{attention.rows(), 1, attention.cols()});
    const auto got = strategy->choose_cached({.layer = layer, .visual = n, .visual_begin = begin, .scores = rows});
    CHECK(got.value_or(Indices{}) == golden.indices(std::to_string(s) + ".chosen"));
    // It chooses unless the token is like the one before.
    CHECK(got.has_value() == (golden.floats(std::to_string(s) + ".similarity").f32()[0] < 0.9f));
    CHECK(strategy->choose_cached({.layer = layer + 1, .visual = n, .visual_begin = begin, .scores = rows}) == got);
  }
}

// Runs `check` over the goldens of a method that it is for, on every CPU target: sums in another order decide nothing.
void check_all(const std::string& method, void (*check)(const StrategyGolden&), bool decoding = false) {
  std::vector<StrategyGolden> goldens;
  for (const std::filesystem::path& file : StrategyGolden::all()) {
    StrategyGolden golden(file);
    if (golden.method() == method && golden.has("0.attention") == decoding) goldens.push_back(std::move(golden));
  }
  if (goldens.empty())
    return skip("no golden of " + method +
                " in ../shared/strategies, or in the folder that SPARSIGHT_STRATEGIES names");
  std::vector<std::string> targets = cpu_targets();
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  targets.resize(1);  // each takes minutes
#endif
  for (const std::string& target : targets) {
    REQUIRE(choose_cpu_target(target));
    for (const StrategyGolden& golden : goldens) {
      INFO(golden.name() << ", " << target);
      check(golden);
    }
  }
  REQUIRE(choose_cpu_target(""));
}

}  // namespace

TEST_CASE("golden: divprune decides as its published code does", "[golden-strategies]") {
  check_all("divprune", check_divprune);
}

TEST_CASE("golden: visionzip decides as its published code does", "[golden-strategies]") {
  check_all("visionzip", check_visionzip);
}

TEST_CASE("golden: prumerge decides as its published code does", "[golden-strategies]") {
  check_all("prumerge", check_prumerge);
}

TEST_CASE("golden: prumerge+ decides as its published code does", "[golden-strategies]") {
  check_all("prumerge+", check_prumerge);
}

TEST_CASE("golden: fastvid decides as its published code does", "[golden-strategies]") {
  check_all("fastvid", check_fastvid);
}

TEST_CASE("golden: fastv decides as its published code does", "[golden-strategies]") {
  check_all("fastv", check_fastv);
}

TEST_CASE("golden: pyramiddrop decides as its published code does", "[golden-strategies]") {
  check_all("pyramiddrop", check_pyramiddrop);
}

TEST_CASE("golden: dycoke decides as its published code does", "[golden-strategies]") {
  check_all("dycoke", check_dycoke);
}

TEST_CASE("golden: dycoke chooses keys while decoding as its published code does", "[golden-strategies]") {
  check_all("dycoke", check_dycoke_decoding, true);
}

TEST_CASE("golden: cdpruner decides as its published code does", "[golden-strategies]") {
  check_all("cdpruner", check_cdpruner);
}

TEST_CASE("golden: dart decides as its published code does", "[golden-strategies]") { check_all("dart", check_dart); }

TEST_CASE("golden: vidcom2 decides as its published code does", "[golden-strategies]") {
  check_all("vidcom2", check_vidcom2);
}

TEST_CASE("golden: evs decides as its published code does", "[golden-strategies]") { check_all("evs", check_evs); }

TEST_CASE("golden: pool decides as its published code does", "[golden-strategies]") { check_all("pool", check_pool); }

}  // namespace sparsight::test
