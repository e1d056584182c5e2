// Compares strategies that prune before the decoder with plain references, written from the
// papers and the published code, on random and awkward input.
#include <catch2/catch.hpp>

#include "core/pruning/strategies/parts.h"
#include "tests/tower_scene.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

namespace sparsight::test {
namespace {

constexpr const char* kAll[] = {"prumerge", "prumerge+", "visionzip", "divprune", "fastvid"};

// ---- PruMerge

struct Reference {
  std::vector<std::size_t> kept;  // visual tokens of the whole clip
  std::vector<Row> outputs;
};

double numpy_percentile(Row values, double q) {
  std::sort(values.begin(), values.end());
  const double at = q / 100 * static_cast<double>(values.size() - 1), low = std::floor(at);
  const auto i = static_cast<std::size_t>(low);
  return i + 1 < values.size() ? values[i] * (1 - (at - low)) + values[i + 1] * (at - low) : values[i];
}

// `count`: how many to keep by attention; it also gives the ratio, instead of the outliers.
Reference prumerge_reference(const Scene& scene, bool plus, std::optional<std::size_t> count = {}) {
  Reference out;
  const std::size_t n = scene.patches();
  for (std::size_t f = 0; f < scene.frames(); ++f) {
    const std::size_t cls_row = f * scene.tower_tokens(), first = cls_row + 1;
    Row a;
    double total = 0;
    for (std::size_t j = 0; j <= n; ++j)
      total += a.emplace_back(std::exp(dot(row_of(scene.queries, cls_row), row_of(scene.keys, cls_row + j)) /
                                       std::sqrt(static_cast<double>(scene.keys.cols()))));
    for (double& value : a) value /= total;
    a.erase(a.begin());
    const double q1 = numpy_percentile(a, 25), q3 = numpy_percentile(a, 75);
    double ratio = static_cast<double>(std::ranges::count_if(a, [&](double v) { return v > q3 + 1.5 * (q3 - q1); })) /
                   static_cast<double>(n);
    if (count) ratio = static_cast<double>(*count) / static_cast<double>(n);
    const auto top = static_cast<std::size_t>(static_cast<double>(n) * ratio);
    const std::vector<std::size_t> order = descending(a);
    std::set<std::size_t> kept(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(top));
    if (plus) {
      const auto step = ratio > 0 ? static_cast<std::size_t>(1 / ratio) : n;
      for (std::size_t i = 0; i < n - 1; i += std::max<std::size_t>(step / 3, 1)) kept.insert(i);
    }
    Row extra(scene.features.cols(), 0.0);
    for (std::size_t i = 0; i < n; ++i) {
      const Row x = row_of(scene.features, first + i);
      if (!kept.contains(i)) {
        add(extra, x, a[i]);
        continue;
      }
      out.kept.push_back(f * scene.tokens_each() + scene.cls() + i);
      Row near;
      for (std::size_t j = 0; j < n; ++j)
        near.push_back(i == j ? -9.0 : cosine(row_of(scene.keys, first + i), row_of(scene.keys, first + j)));
      Row merged = x;
      const std::vector<std::size_t> nearest = descending(near);
      for (std::size_t k = 0; k < std::min<std::size_t>(32, n - 1); ++k)
        add(merged, row_of(scene.features, first + nearest[k]), a[nearest[k]]);
      out.outputs.push_back(merged);
    }
    if (kept.size() < n) out.outputs.push_back(extra);
  }
  return out;
}

// ---- VisionZip

Reference visionzip_reference(const Scene& scene, const std::vector<std::pair<std::size_t, std::size_t>>& parts) {
  Reference out;
  const std::size_t n = scene.patches(), head = scene.keys.cols() / scene.heads;
  for (std::size_t f = 0; f < scene.frames(); ++f) {
    const auto [dominant, contextual] = parts[f];
    const std::size_t first = f * scene.tower_tokens() + 1;
    Row s;
    for (std::size_t j = 0; j < n; ++j) s.push_back(scene.attention_sum(f, j + 1));
    const std::vector<std::size_t> order = descending(s);
    const std::set<std::size_t> best(order.begin(),
                                     order.begin() + static_cast<std::ptrdiff_t>(dominant - scene.cls()));
    if (scene.layout.has_cls()) {
      out.kept.push_back(f * scene.tokens_each());
      out.outputs.push_back(row_of(scene.features, first - 1));
    }
    std::vector<std::size_t> rest;
    for (std::size_t j = 0; j < n; ++j) {
      if (!best.contains(j)) {
        rest.push_back(j);
        continue;
      }
      out.kept.push_back(f * scene.tokens_each() + scene.cls() + j);
      out.outputs.push_back(row_of(scene.features, first + j));
    }
    const auto metric = [&](std::size_t j) {
      Row mean(head, 0.0);
      for (std::size_t h = 0; h < scene.heads; ++h)
        for (std::size_t c = 0; c < head; ++c)
          mean[c] += static_cast<double>(scene.keys.row(first + j)[h * head + c]) / static_cast<double>(scene.heads);
      return mean;
    };
    std::vector<std::size_t> targets;
    for (std::size_t i = 0; contextual > 0 && i < rest.size() && targets.size() < contextual;
         i += std::max<std::size_t>(1, rest.size() / contextual))
      targets.push_back(rest[i]);
    std::vector<std::vector<std::size_t>> joined(targets.size());
    for (const std::size_t j : rest) {
      if (targets.empty() || std::ranges::count(targets, j) != 0) continue;
      Row near;
      for (const std::size_t t : targets) near.push_back(cosine(metric(j), metric(t)));
      joined[descending(near)[0]].push_back(j);
    }
    for (std::size_t t = 0; t < targets.size(); ++t) {
      Row state = row_of(scene.features, first + targets[t]);
      for (const std::size_t j : joined[t])
        add(state, row_of(scene.features, first + j), 1.0 / static_cast<double>(joined[t].size()));
      out.outputs.push_back(state);
    }
  }
  return out;
}

// ---- DivPrune

std::vector<std::size_t> divprune_reference(const Scene& scene, std::size_t m) {
  const std::size_t n = scene.tokens();
  std::vector<Row> d(n, Row(n));
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j) d[i][j] = 1 - cosine(row_of(scene.projected, i), row_of(scene.projected, j));
  std::set<std::size_t> chosen;
  while (chosen.size() < m) {
    Row far(n, -1.0);
    for (std::size_t i = 0; i < n; ++i) {
      if (chosen.contains(i)) continue;
      far[i] = 9;
      for (std::size_t j = 0; j < n; ++j)
        if (chosen.empty() ? i != j : chosen.contains(j)) far[i] = std::min(far[i], d[i][j]);
    }
    chosen.insert(descending(far)[0]);
  }
  return {chosen.begin(), chosen.end()};
}

// ---- FastVID, as published: r 0.10, tau 0.9, d 0.4, p 4, beta 0.6.

// The frames behind which a segment ends.
std::set<std::size_t> fastvid_cuts(const Scene& scene, std::size_t segments) {
  Row t;
  for (std::size_t f = 0; f + 1 < scene.frames(); ++f)
    t.push_back(cosine(row_of(scene.features, f * scene.tower_tokens()),
                       row_of(scene.features, (f + 1) * scene.tower_tokens())));
  std::set<std::size_t> cuts;
  Row negative;
  for (const double value : t) negative.push_back(-value);
  for (std::size_t k = 0; k + 1 < segments; ++k) cuts.insert(descending(negative)[k]);
  for (std::size_t f = 0; f < t.size(); ++f)
    if (t[f] < 0.9) cuts.insert(f);
  return cuts;
}

// The `count` density peaks of `own`, tokens of an anchor frame.
std::vector<std::size_t> fastvid_centres(const Scene& scene, const std::vector<std::size_t>& own, std::size_t count) {
  std::vector<Row> d(own.size(), Row(own.size()));
  double largest = 0;
  for (std::size_t a = 0; a < own.size(); ++a)
    for (std::size_t b = 0; b < own.size(); ++b) {
      Row difference = row_of(scene.projected, own[a]);
      add(difference, row_of(scene.projected, own[b]), -1);
      d[a][b] = std::sqrt(dot(difference, difference) / static_cast<double>(difference.size()));
      largest = std::max(largest, d[a][b]);
    }
  Row rho, peak;
  for (std::size_t a = 0; a < own.size(); ++a) {
    Row sorted = d[a];
    std::sort(sorted.begin(), sorted.end());
    double sum = 0;
    for (std::size_t k = 0; k < 4; ++k) sum += sorted[k] * sorted[k];
    rho.push_back(std::exp(-sum / 4));
  }
  for (std::size_t a = 0; a < own.size(); ++a) {
    double delta = largest;
    for (std::size_t b = 0; b < own.size(); ++b)
      if (rho[b] > rho[a]) delta = std::min(delta, d[a][b]);
    peak.push_back(delta * rho[a]);
  }
  std::vector<std::size_t> centres;
  for (std::size_t c = 0; c < count; ++c) centres.push_back(own[descending(peak)[c]]);
  return centres;
}

// Each centre with what of the segment's other tokens is nearest to it.
void merge_into_centres(const Scene& scene, const std::vector<std::size_t>& centres,
                        const std::vector<std::vector<std::size_t>>& others, std::map<std::size_t, Row>& result) {
  std::vector<std::vector<std::size_t>> joined(centres.size());
  for (const auto& frame : others)
    for (const std::size_t other : frame) {
      Row near;
      for (const std::size_t c : centres)
        near.push_back(cosine(row_of(scene.projected, other), row_of(scene.projected, c)));
      if (!near.empty()) joined[descending(near)[0]].push_back(other);
    }
  for (std::size_t c = 0; c < centres.size(); ++c) {
    const auto count = static_cast<double>(joined[c].size());
    const double w = std::max(1 / (count + 1), 0.6);
    Row state = row_of(scene.projected, centres[c]);
    for (double& value : state) value *= w;
    for (const std::size_t other : joined[c]) add(state, row_of(scene.projected, other), (1 - w) / count);
    result[centres[c]] = state;
  }
}

Reference fastvid_reference(const Scene& scene, std::size_t segments, std::size_t retained) {
  const VisualLayout& layout = scene.layout;
  const std::size_t patches = scene.patches(), context = static_cast<std::size_t>(0.4 * static_cast<double>(retained));
  const auto token = [&](std::size_t f, std::size_t j) { return f * *layout.tokens_each() + scene.cls() + j; };
  const std::set<std::size_t> cuts = fastvid_cuts(scene, segments);

  std::map<std::size_t, Row> result;  // by token
  std::size_t begin = 0;
  for (std::size_t f = 0; f < layout.frames(); ++f) {
    if (f + 1 < layout.frames() && !cuts.contains(f)) continue;
    const std::size_t n = f + 1 - begin, anchors = (n + 3) / 4;
    std::vector<std::vector<std::size_t>> others(n);
    for (std::size_t i = 0; i < n; ++i) {
      Row saliency;
      for (std::size_t j = 0; j < patches; ++j) saliency.push_back(scene.attention_sum(begin + i, j + 1));
      const std::vector<std::size_t> order = descending(saliency);
      std::set<std::size_t> salient(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(retained - context));
      for (std::size_t j = 0; j < patches; ++j) {
        if (salient.contains(j))
          result[token(begin + i, j)] = row_of(scene.projected, token(begin + i, j));
        else
          others[i].push_back(token(begin + i, j));
      }
    }
    for (std::size_t i = 0; i < n; ++i) {
      if ((n - 1 - i) % 4 != 0) continue;
      merge_into_centres(scene, fastvid_centres(scene, others[i], context * n / anchors), others, result);
    }
    begin = f + 1;
  }
  Reference out;
  for (const auto& [id, state] : result) {
    out.kept.push_back(id);
    out.outputs.push_back(state);
  }
  return out;
}

// Similar frames, as in a video: the CLS of each is that of the one before, slightly changed; a cut after `cut`.
void make_alike(Scene& scene, std::size_t cut) {
  for (std::size_t f = 1; f < scene.frames(); ++f) {
    const auto before = scene.features.row((f - 1) * scene.tower_tokens());
    const auto row = scene.features.row(f * scene.tower_tokens());
    for (std::size_t c = 0; c < row.size() && f != cut + 1; ++c) row[c] = before[c] + 0.02f * row[c];
  }
}

}  // namespace

TEST_CASE("PruMerge equals the plain definition", "[pruning][tower]") {
  for (unsigned seed = 0; seed < 4; ++seed) {
    for (const bool cls : {true, false}) {
      for (const bool plus : {false, true}) {
        CAPTURE(seed, cls, plus);
        const Scene scene(cls ? 3 : 1, 8, cls, seed);
        const auto selection = select(scene, options_for(plus ? "prumerge+" : "prumerge"));
        REQUIRE(selection);
        check_sound(*selection, scene.tokens());
        const Reference reference = prumerge_reference(scene, plus);
        CHECK(selection->kept == reference.kept);
        check_outputs(*selection, reference.outputs);
        // CLS is no candidate and is merged into nothing.
        if (cls) CHECK(selection->into[scene.tokens_each()] == Selection::kDropped);
      }
    }
  }
  // A given ratio: 9 tokens a frame are 8 patches and the sum of the others.
  const Scene scene(3, 8, true, 7);
  const auto selection = select(scene, options_for("prumerge", "27"));
  REQUIRE(selection);
  const Reference reference = prumerge_reference(scene, false, 8);
  CHECK(selection->kept == reference.kept);
  check_outputs(*selection, reference.outputs);
  // For PruMerge+ the ratio 4 / 64 means step 16, and so every fifth of 63 patches: a budget of as many as the
  // reference keeps, plus one, is met with the same patches.
  const Scene image(1, 8, false, 3);
  const Reference plus = prumerge_reference(image, true, 4);
  const auto filled = select(image, options_for("prumerge+", std::to_string(plus.outputs.size())));
  REQUIRE(filled);
  CHECK(filled->kept == plus.kept);
  check_outputs(*filled, plus.outputs);
}

TEST_CASE("VisionZip equals the plain definition", "[pruning][tower]") {
  for (unsigned seed = 0; seed < 4; ++seed) {
    CAPTURE(seed);
    const Scene image(1, 10, false, seed), video(4, 6, true, seed);
    const auto of_image = select(image, options_for("visionzip"));
    REQUIRE(of_image);
    check_sound(*of_image, image.tokens());
    const Reference reference = visionzip_reference(image, {{54, 10}});
    CHECK(of_image->kept == reference.kept);
    check_outputs(*of_image, reference.outputs);

    const auto of_video = select(video, options_for("visionzip"));
    REQUIRE(of_video);
    check_sound(*of_video, video.tokens());
    const Reference frames = visionzip_reference(video, {{14, 3}, {14, 3}, {14, 3}, {14, 3}});
    CHECK(of_video->kept == frames.kept);
    check_outputs(*of_video, frames.outputs);

    // 50 over four frames are 12, 13, 12, 13, of which 54 in 64 are dominant.
    const auto counted = select(video, options_for("visionzip", "50"));
    REQUIRE(counted);
    const Reference parts = visionzip_reference(video, {{10, 2}, {11, 2}, {10, 2}, {11, 2}});
    CHECK(counted->kept == parts.kept);
    check_outputs(*counted, parts.outputs);
  }
}

TEST_CASE("DivPrune equals the plain definition", "[pruning][tower]") {
  for (unsigned seed = 0; seed < 4; ++seed) {
    for (const std::size_t grid : {3u, 8u}) {
      CAPTURE(seed, grid);
      const Scene scene(5, grid, true, seed);
      const auto selection = select(scene, options_for("divprune"));
      REQUIRE(selection);
      check_sound(*selection, scene.tokens());
      CHECK(selection->states.empty());
      const auto m = static_cast<std::size_t>(std::nearbyint(0.098 * static_cast<double>(scene.tokens())));
      CHECK(selection->kept == divprune_reference(scene, m));
      CHECK(select(scene, options_for("divprune", "1"))->kept == divprune_reference(scene, 1));
      CHECK(select(scene, options_for("divprune", "40%"))->kept ==
            divprune_reference(scene, parse_budget("40%").tokens(scene.tokens())));
    }
  }
  // The published ratio of 2056 tokens.
  const Scene video(8, 16, true, 1, 1);
  CHECK(select(video, options_for("divprune"))->kept.size() == 201);
}

TEST_CASE("FastVID equals the plain definition", "[pruning][tower]") {
  CHECK(video_segments(std::vector<float>{}) == std::vector<std::size_t>{0});
  CHECK(video_segments(std::vector<float>{0.99f}) == std::vector<std::size_t>{0, 1});
  CHECK(video_segments(std::vector<float>{0.99f, 0.98f, 0.97f, 0.96f, 0.99f, 0.99f, 0.99f}) ==
        std::vector<std::size_t>{0, 2, 3, 4});
  CHECK(video_segments(std::vector<float>{0.1f, 0.5f, 0.99f, 0.99f, 0.8f}) == std::vector<std::size_t>{0, 1, 2, 5});

  for (unsigned seed = 0; seed < 3; ++seed) {
    for (const std::size_t frames : {1u, 2u, 8u, 11u}) {
      CAPTURE(seed, frames);
      Scene scene(frames, 9, frames != 1, seed);
      make_alike(scene, 1);
      const auto selection = select(scene, options_for("fastvid"));
      REQUIRE(selection);
      check_sound(*selection, scene.tokens());
      CHECK(selection->positions == Positions::Original);
      const std::size_t segments = frames == 1 ? 1 : std::max<std::size_t>(2, frames / 2);
      const Reference reference = fastvid_reference(scene, segments, 8);
      CHECK(selection->kept == reference.kept);
      check_outputs(*selection, reference.outputs);
    }
  }
}

TEST_CASE("budgets of the strategies before the decoder are met", "[pruning][tower]") {
  for (const auto& [frames, cls] : {std::pair<std::size_t, bool>{8, true}, {1, false}, {3, true}}) {
    const Scene scene(frames, 5, cls, 11);
    for (const std::string strategy : kAll) {
      for (std::size_t budget = 1; budget < scene.tokens(); budget += budget < 12 ? 1 : 7) {
        for (const bool keep_cls : {false, true}) {
          CAPTURE(frames, cls, strategy, budget, keep_cls);
          PruningOptions options = options_for(strategy, std::to_string(budget));
          options.keep_cls = keep_cls;
          const auto selection = select(scene, options);
          REQUIRE(selection);
          check_sound(*selection, scene.tokens());
          // Some strategies do not consider CLS: at most all patches go on.
          const bool patches_only = cls && !keep_cls && strategy != "visionzip" && strategy != "divprune";
          std::size_t expected = 0;
          for (std::size_t f = 0; f < frames; ++f)
            expected +=
                std::min((f + 1) * budget / frames - f * budget / frames, scene.tokens_each() - (patches_only ? 1 : 0));
          CHECK(selection->outputs() == expected);
          if (!keep_cls || !cls || budget < frames) continue;
          for (std::size_t f = 0; f < frames; ++f)
            CHECK(std::ranges::count(selection->kept, f * scene.tokens_each()) == 1);
        }
      }
      CHECK_FALSE(select(scene, options_for(strategy, std::to_string(scene.tokens()))));
      CHECK_FALSE(select(scene, options_for(strategy, "100000")));
    }
  }
}

TEST_CASE("options that the strategies before the decoder do not have are refused", "[pruning][tower]") {
  const Scene scene(2, 4, true, 0);
  for (const std::string strategy : kAll) {
    CAPTURE(strategy);
    const auto refused = [&](auto&& change, const std::string& why) {
      PruningOptions options = options_for(strategy);
      change(options);
      CHECK_THROWS_WITH(strategy_for(scene, options), Catch::Contains(why) && Catch::Contains(strategy));
      try {
        (void)strategy_for(scene, options);
      } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::Usage);
      }
    };
    refused([](PruningOptions& o) { o.budget = parse_budget("published:192"); }, "published:192");
    refused([](PruningOptions& o) { o.budget = parse_budget("rank*2"); }, "rank*2");
    refused([](PruningOptions& o) { o.budget = parse_budget("30/20"); }, "30/20");
    refused([](PruningOptions& o) { o.layers = {1, 2}; }, "before the decoder");
    refused([](PruningOptions& o) { o.recycle = Recycle::Sum; }, "recycling");
    PruningOptions original = options_for(strategy, "10");
    original.positions = Positions::Original;
    if (strategy == "divprune" || strategy == "fastvid") {
      const auto made = strategy_for(scene, original);
      CHECK(made->decode_positions() == DecodePositions::ContinueUnpruned);
      CHECK(select(scene, *made)->positions == Positions::Original);
      original.positions = Positions::Repacked;
      const auto repacked = strategy_for(scene, original);
      CHECK(repacked->decode_positions() == DecodePositions::LayerLength);
      CHECK(select(scene, *repacked)->positions == Positions::Repacked);
    } else {
      CHECK_THROWS_WITH(strategy_for(scene, original), Catch::Contains("expected repacked positions"));
    }
    CHECK(strategy_for(scene, options_for(strategy, "100%")) == nullptr);
  }
}

TEST_CASE("values that are not numbers are refused before the decoder", "[pruning][tower]") {
  constexpr float kBad[] = {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()};
  const auto damage = [](auto& t, float value) { t.f32()[t.shape().elements() - 3] = value; };
  for (const std::string strategy : kAll) {
    for (const float bad : kBad) {
      CAPTURE(strategy, bad);
      Scene scene(2, 4, true, 0);
      if (strategy == "divprune")
        damage(scene.projected, bad);
      else if (strategy == "prumerge" || strategy == "prumerge+")
        damage(scene.queries, bad);
      else
        damage(scene.attention, bad);
      CHECK_THROWS_WITH(select(scene, options_for(strategy, "9")), Catch::Contains("expected finite numbers"));
      Scene other(2, 4, true, 0);
      damage(strategy == "divprune" ? other.projected : strategy == "fastvid" ? other.projected : other.keys, bad);
      CHECK_THROWS_AS(select(other, options_for(strategy, "9")), Error);
      Scene third(2, 4, true, 0);
      damage(strategy == "divprune" ? third.projected : third.features, bad);
      CHECK_THROWS_AS(select(third, options_for(strategy, "9")), Error);
    }
  }
}

TEST_CASE("one frame, one patch, one token", "[pruning][tower]") {
  for (const bool cls : {true, false}) {
    const Scene scene(1, 1, cls, 5);
    CAPTURE(cls);
    for (const std::string strategy : kAll) {
      CAPTURE(strategy);
      const auto selection = select(scene, options_for(strategy));
      if (selection) {
        check_sound(*selection, scene.tokens());
        CHECK(selection->outputs() == 1);
      }
      if (!cls) continue;
      const auto one = select(scene, options_for(strategy, "1"));
      REQUIRE(one);
      check_sound(*one, 2);
      CHECK(one->outputs() == 1);
    }
    // A single patch is no outlier; the sum is the patch itself, by its attention.
    const auto sum = select(scene, options_for("prumerge"));
    CHECK(sum->kept.empty());
    check_outputs(*sum, prumerge_reference(scene, false).outputs);
  }
}

TEST_CASE("among equals the lower index stays", "[pruning][tower]") {
  // Directions along the axes: products, and therefore cosines, are exact.
  Scene scene(2, 4, true, 5);
  const auto fill = [](SharedTensor& t) {
    std::fill_n(t.f32(), t.shape().elements(), 0.0f);
    for (std::size_t r = 0; r < t.rows(); ++r) t.row(r)[0] = 2.0f;
  };
  for (SharedTensor* t : {&scene.features, &scene.keys, &scene.queries, &scene.projected}) fill(*t);
  std::fill_n(scene.attention.f32(), scene.attention.shape().elements(), 1.0f / 17);

  const auto adaptive = select(scene, options_for("prumerge"));
  CHECK(adaptive->kept.empty());  // no outlier
  CHECK(adaptive->outputs() == 2);
  check_outputs(*adaptive, prumerge_reference(scene, false).outputs);
  CHECK(select(scene, options_for("prumerge+"))->kept == prumerge_reference(scene, true).kept);
  CHECK(select(scene, options_for("prumerge", "8"))->kept == std::vector<std::size_t>{1, 2, 3, 18, 19, 20});
  const auto zip = select(scene, options_for("visionzip", "12"));
  CHECK(zip->kept == std::vector<std::size_t>{0, 1, 2, 3, 4, 17, 18, 19, 20, 21});
  CHECK(zip->into[6] == 10);  // the first target of its frame
  CHECK(select(scene, options_for("divprune", "5"))->kept == std::vector<std::size_t>{0, 1, 2, 3, 4});
  const auto fast = select(scene, options_for("fastvid", "4"));
  CHECK(fast->kept == std::vector<std::size_t>{1, 2, 18, 19});
}

}  // namespace sparsight::test
