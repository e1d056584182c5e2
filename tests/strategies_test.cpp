// What holds for every strategy in the registry, on the demo model and one of its clips.
#include <catch2/catch.hpp>

#include "core/engine.h"
#include "core/pictures/heatmap.h"
#include "core/pruning/registry.h"
#include "core/pruning/trace.h"
#include "kernels/backends.h"
#include "tests/models.h"
#include "tests/support.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>

namespace sparsight::test {
namespace {

// Loaded once for the file; a test that needs an empty cache loads its own.
struct Demo {
  std::unique_ptr<Engine> engine = Engine::load({.model = demo_model(), .backend = cpu_backend()});
  std::shared_ptr<const EncodedMedia> clip = engine->encode(read_clip(demo_clip()));
};

Demo& demo() {
  static Demo demo;
  return demo;
}

PruningOptions options_of(std::string_view strategy, const char* budget = "") {
  PruningOptions options;
  options.strategy = strategy;
  options.budget = parse_budget(budget);
  return options;
}

std::vector<std::string> pruning_strategies() {
  std::vector<std::string> names;
  for (const StrategyInfo& info : strategies())
    if (info.name != "none") names.emplace_back(info.name);
  return names;
}

// Positions of survivors for strategies whose publication fixes them.
const std::map<std::string, Positions>& published_positions() {
  static const std::map<std::string, Positions> all{{"sparsevlm-first", Positions::Repacked},
                                                    {"sparsevlm-v1.5", Positions::Repacked},
                                                    {"sparsevlm-plus", Positions::Original},
                                                    {"sparsevlm-video", Positions::Repacked},
                                                    {"fastv", Positions::Original},
                                                    {"pyramiddrop", Positions::Repacked},
                                                    {"text-image", Positions::Repacked},
                                                    {"dycoke", Positions::Repacked},
                                                    {"prumerge", Positions::Repacked},
                                                    {"prumerge+", Positions::Repacked},
                                                    {"visionzip", Positions::Repacked},
                                                    {"divprune", Positions::Repacked},
                                                    {"cdpruner", Positions::Repacked},
                                                    {"dart", Positions::Original},
                                                    {"fastvid", Positions::Original},
                                                    {"vidcom2", Positions::Repacked},
                                                    {"evs", Positions::Repacked},
                                                    {"pool", Positions::Repacked},
                                                    {"random", Positions::Repacked},
                                                    {"uniform", Positions::Repacked}};
  return all;
}

void check_steps(const Trace& trace) {
  std::vector<std::int32_t> there(trace.visual_tokens), at(trace.visual_tokens);
  std::iota(there.begin(), there.end(), 0);
  std::iota(at.begin(), at.end(), static_cast<std::int32_t>(trace.visual_begin));
  std::int32_t last = TraceStep::kTower - 1;
  for (const TraceStep& step : trace.steps) {
    INFO("after layer " << step.layer);
    CHECK(step.layer > last);
    last = step.layer;
    CHECK(step.ids == there);
    CHECK(step.kept() + step.recycled() + step.dropped() == there.size());
    CHECK((step.scores.empty() || step.scores.size() == there.size()));
    REQUIRE(step.positions.size() == step.out_ids.size());
    // Kept tokens in their order; merged ones are new.
    std::vector<std::int32_t> kept, kept_at;
    for (std::size_t i = 0; i < step.ids.size(); ++i)
      if (step.into[i] == step.ids[i]) kept.push_back(step.ids[i]), kept_at.push_back(at[i]);
    std::vector<std::int32_t> same;
    std::ranges::copy_if(step.out_ids, std::back_inserter(same),
                         [&](std::int32_t id) { return std::ranges::find(kept, id) != kept.end(); });
    CHECK(same == kept);
    CHECK(std::ranges::adjacent_find(step.positions, std::greater_equal()) == step.positions.end());
    const auto known = published_positions().find(trace.strategy);
    const bool packed =
        step.positions.empty() ||
        (step.positions.front() == static_cast<std::int32_t>(trace.visual_begin) &&
         step.positions.back() == static_cast<std::int32_t>(trace.visual_begin + step.positions.size() - 1));
    if (known != published_positions().end() && known->second == Positions::Repacked && step.kept() < there.size())
      CHECK(packed);
    if (known != published_positions().end() && known->second == Positions::Original) CHECK(step.positions == kept_at);
    there = step.out_ids;
    at = step.positions;
  }
  if (!trace.steps.empty() && !trace.layers.empty()) CHECK(trace.layers.back().visual_in == there.size());
  // No token is a member of two.
  std::vector<int> owners(trace.visual_tokens, 0);
  for (const std::int32_t id : there)
    for (const std::int32_t member : trace.members(id)) ++owners[static_cast<std::size_t>(member)];
  CHECK((owners.empty() || *std::ranges::max_element(owners) <= 1));
}

// Without times.
Trace timeless(Trace trace) {
  for (TraceStep& step : trace.steps) step.ms = 0;
  for (TraceLayer& layer : trace.layers) layer.ms = 0;
  return trace;
}

}  // namespace

TEST_CASE("a trace holds what happened, and survives being saved", "[pruning][trace][strategies]") {
  const TempDir temp;
  for (const StrategyInfo& info : strategies()) {
    INFO(info.name);
    std::size_t reports = 0;
    const Answer answer =
        demo().engine->answer({.media = demo().clip,
                               .system = {},
                               .turns = {{"Which way does the star go?", ""}},
                               .sampling = {},
                               .max_new_tokens = 8,
                               .pruning = options_of(info.name),
                               .on_trace = [&](const Trace& trace) { CHECK(trace.layers.size() == ++reports); }});
    REQUIRE(answer.trace);
    const Trace& trace = *answer.trace;
    CHECK(reports == 6);
    CHECK(trace.strategy == info.name);
    CHECK(trace.visual_tokens == 2056);
    CHECK(trace.layout.frames() == 8);
    CHECK(trace.text.size() == trace.text_tokens);
    CHECK(trace.steps.empty() == (info.name == "none"));
    bool merged = false;
    for (std::size_t behind = 1; behind <= trace.steps.size(); ++behind)
      merged = merged || std::ranges::count(token_states(trace, behind), Fate::Recycled, &TokenState::fate) > 0;
    CHECK(merged == info.merges);
    check_steps(trace);
    save_trace(trace, temp / "a.trace");
    CHECK(load_trace(temp / "a.trace") == trace);
  }
}

TEST_CASE("a budget of everything answers as without pruning, for every strategy", "[pruning][engine][strategies]") {
  const std::string question = "What happens in the video?";
  const Answer dense = ask(*demo().engine, demo().clip, question, {});
  for (const std::string& name : pruning_strategies()) {
    INFO(name);
    const Answer all = ask(*demo().engine, demo().clip, question, options_of(name, "100%"));
    CHECK(all.generated_ids == dense.generated_ids);
    CHECK(all.trace->steps.empty());
  }
}

TEST_CASE("counts and shares are met after the first pruning, by every strategy", "[pruning][engine][strategies]") {
  for (const std::string& name : pruning_strategies()) {
    // Pooling takes the counts that whole windows give: of 8 frames of 16 x 16, with strides of 2, 4 and 8.
    const bool pools = name == "pool";
    for (const char* budget : {pools ? "25%" : "80%", pools ? "128" : "9.4%", pools ? "32" : "31"}) {
      CAPTURE(name, budget);
      const PruningOptions options = options_of(name, budget);
      const Answer answer = ask(*demo().engine, demo().clip, "Which way does the star go?", options);
      check_steps(*answer.trace);
      const auto& layers = answer.trace->layers;
      // A step before the decoder counts in every layer.
      REQUIRE_FALSE(answer.trace->steps.empty());
      const auto first =
          static_cast<std::size_t>(std::max(answer.trace->steps.front().layer, TraceStep::kBeforeDecoder) + 1);
      double mean = 0;
      for (std::size_t i = first; i < layers.size(); ++i) mean += static_cast<double>(layers[i].visual_in);
      mean /= static_cast<double>(layers.size() - first);
      CHECK(mean == Approx(static_cast<double>(options.budget.tokens(2056))).margin(2.0));
    }
  }
}

TEST_CASE("every way to recycle and to place survivors is carried out or refused", "[pruning][engine][strategies]") {
  std::size_t carried_out = 0;
  for (const std::string& name : pruning_strategies()) {
    for (const std::optional<Recycle> recycle :
         {std::optional<Recycle>(), {Recycle::Mean}, {Recycle::Sum}, {Recycle::Off}}) {
      for (const Positions positions : {Positions::Repacked, Positions::Original}) {
        CAPTURE(name, recycle.has_value(), static_cast<int>(positions));
        PruningOptions options = options_of(name, "5%");
        options.recycle = recycle;
        options.positions = positions;
        try {
          const Answer answer = ask(*demo().engine, demo().clip, "Which way does the star go?", options);
          for (const TraceStep& step : answer.trace->steps)
            CHECK(step.kept() + step.recycled() + step.dropped() == step.ids.size());
          ++carried_out;
        } catch (const Error& error) {
          CHECK(error.kind() == ErrorKind::Usage);
        }
      }
    }
  }
  CHECK(carried_out > 2 * pruning_strategies().size());
}

TEST_CASE("a follow-up answers as a fresh question, for every strategy", "[pruning][engine][strategies]") {
  Engine& engine = *demo().engine;
  const std::string question = "Which color does the star have?";
  std::string before = pruning_strategies().back();
  for (const std::string& name : pruning_strategies()) {
    INFO(name);
    const PruningOptions options = options_of(name);
    (void)ask(engine, demo().clip, "How many objects are there?", options);
    const Answer second = ask(engine, demo().clip, question, options);
    const auto fresh = Engine::load({.model = demo_model(), .backend = cpu_backend()});
    const Answer alone = ask(*fresh, demo().clip, question, options);
    CHECK(alone.reused_tokens == 0);
    CHECK(alone.generated_ids == second.generated_ids);
    // After a layer, prefix and video are the same; before the decoder, only the prefix is.
    const bool in_layers = alone.trace->steps.front().layer >= 0;
    CHECK((second.reused_tokens >= 2056) == in_layers);
    REQUIRE(alone.trace->steps.size() == second.trace->steps.size());
    for (std::size_t i = 0; i < alone.trace->steps.size(); ++i)
      CHECK(alone.trace->steps[i].into == second.trace->steps[i].into);
    CHECK(alone.trace->decode_visual_keys == second.trace->decode_visual_keys);
    // The strategy of the question before does not matter either.
    (void)ask(engine, demo().clip, question, options_of(before));
    const Answer third = ask(engine, demo().clip, question, options);
    CHECK(alone.generated_ids == third.generated_ids);
    CHECK(alone.trace->steps.back().into == third.trace->steps.back().into);
    before = name;
    // Back to all tokens: nothing of the pruned cache may remain.
    const Answer dense = ask(engine, demo().clip, question, {});
    CHECK(dense.reused_tokens < 2056);
    CHECK(dense.text == "The star is red.");
  }
}

TEST_CASE("pruning is the same for any number of threads, by every strategy", "[pruning][engine][strategies]") {
  const auto one = Engine::load({.model = demo_model(), .backend = cpu_backend({.threads = 1})});
  const auto two = Engine::load({.model = demo_model(), .backend = cpu_backend({.threads = 2})});
  for (const std::string& name : pruning_strategies()) {
    INFO(name);
    const Answer a = ask(*one, demo().clip, "What do you see?", options_of(name));
    const Answer b = ask(*two, demo().clip, "What do you see?", options_of(name));
    CHECK(timeless(*a.trace) == timeless(*b.trace));
    CHECK(a.generated_ids == b.generated_ids);
  }
}

TEST_CASE("pictures, single frames and large budgets, for every strategy", "[pruning][engine][strategies]") {
  const Clip clip = read_clip(demo_clip(), {.count = 1});
  Clip picture = clip;
  picture.is_image = true;
  for (const Clip& looked_at : {clip, picture}) {
    Engine& engine = *demo().engine;
    const auto media = engine.encode(looked_at);
    CHECK(media->layout().has_cls() == !looked_at.is_image);
    const Answer dense = ask(engine, media, "What do you see?", {});
    for (const std::string& name : pruning_strategies()) {
      CAPTURE(name, looked_at.is_image);
      const Answer some = ask(engine, media, "What do you see?", options_of(name, name == "pool" ? "25%" : "20%"));
      check_steps(*some.trace);
      CHECK(some.trace->layers.back().visual_in < media->visual_tokens() / 2);
      (void)ask(engine, media, "What do you see?", options_of(name));
      const Answer all = ask(engine, media, "What do you see?", options_of(name, "100000"));
      CHECK(all.trace->layers.back().visual_in == media->visual_tokens());
      if (all.trace->decode_visual_keys.empty()) CHECK(all.generated_ids == dense.generated_ids);
    }
  }
}

TEST_CASE("recording what words attend to changes nothing", "[pruning][engine][strategies]") {
  Engine& engine = *demo().engine;
  for (const std::string& name : pruning_strategies()) {
    INFO(name);
    // The second time, the beginning of the prompt is in the cache.
    for (const char* text : {"What do you see?", "Which way does the star move?"}) {
      Question question{.media = demo().clip,
                        .system = {},
                        .turns = {{text, ""}},
                        .sampling = {},
                        .max_new_tokens = 12,
                        .pruning = options_of(name)};
      const Answer silent = engine.answer(question);
      question.text_attention = true;
      const Answer recorded = engine.answer(question);
      CHECK(recorded.generated_ids == silent.generated_ids);
      Trace without = timeless(*recorded.trace);
      for (TraceStep& step : without.steps) {
        const std::size_t text_tokens = recorded.trace->text_tokens;
        CHECK(step.text_attention.size() == (step.layer < 0 ? 0 : text_tokens * step.ids.size()));
        for (std::size_t row = 0; row < text_tokens && step.layer >= 0; ++row) {
          const auto from = step.text_attention.begin() + static_cast<std::ptrdiff_t>(row * step.ids.size());
          const float sum = std::accumulate(from, from + static_cast<std::ptrdiff_t>(step.ids.size()), 0.0f);
          if (!(sum > 0 && sum < 1.0001f)) FAIL_CHECK("row " << row << " sums to " << sum);
        }
        step.text_attention = {};
      }
      CHECK(without == timeless(*silent.trace));
    }
  }
}

TEST_CASE("what words attend to is recorded up to a limit of bytes, and copies of a trace share it",
          "[pruning][engine][strategies]") {
  std::string long_text = "What do you see?";
  for (int i = 0; i < 1100; ++i) long_text += " red";
  for (const std::string& text : {std::string("What do you see?"), long_text}) {
    std::vector<Trace> handed_on;
    const Answer answer = demo().engine->answer({.media = demo().clip,
                                                 .system = {},
                                                 .turns = {{text, ""}},
                                                 .sampling = {},
                                                 .max_new_tokens = 1,
                                                 .pruning = options_of("fastv"),
                                                 .on_trace = [&](const Trace& trace) { handed_on.push_back(trace); },
                                                 .text_attention = true});
    const Trace& trace = *answer.trace;
    REQUIRE(trace.steps.size() == 1);
    const std::size_t bytes = trace.text_tokens * trace.visual_tokens * sizeof(float);
    CHECK((bytes > TraceStep::kMostTextAttentionBytes) == (text == long_text));
    CHECK(trace.steps[0].text_attention.empty() == (text == long_text));
    for (const Trace& one : handed_on)
      if (!one.steps.empty()) CHECK(one.steps[0].text_attention.data() == trace.steps[0].text_attention.data());
  }
}

TEST_CASE("dycoke attends to a fifth of the visual keys while decoding", "[pruning][engine][strategies]") {
  const Answer answer = ask(*demo().engine, demo().clip, "What happens in the video?", options_of("dycoke"));
  const Trace& trace = *answer.trace;
  // Three whole frames, and five with int(0.3 * 257) tokens each.
  const std::size_t visual = 3 * 257 + 5 * 77;
  CHECK(trace.layers.back().visual_in == visual);
  REQUIRE(answer.generated_ids.size() > 2);
  // One pass for each token but the first; the end token takes one more.
  const std::size_t passes = trace.decode_visual_keys.size();
  CHECK(passes >= answer.generated_ids.size() - 1);
  CHECK(passes <= answer.generated_ids.size());
  CHECK(trace.decode_visual_keys.front() == static_cast<std::size_t>(0.2 * static_cast<double>(visual)));
  for (const std::uint32_t keys : trace.decode_visual_keys)
    CHECK((keys == visual || keys == trace.decode_visual_keys.front()));
}

TEST_CASE("an answer that saw only part of the picture is not reused", "[pruning][engine][strategies]") {
  Clip picture = read_clip(demo_clip(), {.count = 1});
  picture.is_image = true;  // one frame: dycoke merges nothing, and its prompt is the dense one
  Engine& engine = *demo().engine;
  const auto media = engine.encode(picture);
  for (const char* name : {"none", "dycoke"}) {
    CAPTURE(name);
    const std::string question = "What do you see?";
    const Answer first = ask(engine, media, question, options_of(name));
    REQUIRE(first.generated_ids.size() > 2);
    const Answer second = engine.answer({.media = media,
                                         .system = {},
                                         .turns = {{question, first.text}, {"Which color does the star have?", ""}},
                                         .sampling = {},
                                         .max_new_tokens = 4});
    CHECK((second.reused_tokens > first.prompt_tokens) == (std::string(name) == "none"));
  }
}

}  // namespace sparsight::test
