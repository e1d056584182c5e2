// Reusing results of earlier questions changes no answer, whatever the strategy.
#include <catch2/catch.hpp>

#include "core/engine.h"
#include "core/pruning/registry.h"
#include "kernels/backends.h"
#include "tests/models.h"
#include "tests/support.h"

namespace sparsight::test {
namespace {

constexpr const char* kFirst = "What happens in the video?";
constexpr const char* kOther = "Which color does the star have?";

Question about(std::shared_ptr<const EncodedMedia> media, const char* text, const PruningOptions& pruning) {
  return {.media = std::move(media),
          .system = {},
          .turns = {{text, ""}},
          .sampling = {},
          .max_new_tokens = 24,
          .pruning = pruning};
}

// Everything except times and what was reused, which differ.
void check_same(const Answer& got, const Answer& wanted) {
  CHECK(got.text == wanted.text);
  CHECK(got.generated_ids == wanted.generated_ids);
  REQUIRE(got.trace->steps.size() == wanted.trace->steps.size());
  for (std::size_t i = 0; i < wanted.trace->steps.size(); ++i) {
    CHECK(got.trace->steps[i].ids == wanted.trace->steps[i].ids);
    CHECK(got.trace->steps[i].into == wanted.trace->steps[i].into);
    CHECK(got.trace->steps[i].out_ids == wanted.trace->steps[i].out_ids);
    CHECK(got.trace->steps[i].scores == wanted.trace->steps[i].scores);
  }
}

}  // namespace

TEST_CASE("a question asked again after another one is answered as if it were the first", "[engine][pruning]") {
  const Clip clip = read_clip(demo_clip());
  const auto engine = Engine::load({.model = demo_model(), .backend = cpu_backend()});
  const auto media = engine->encode(clip);
  for (const StrategyInfo& info : strategies())
    for (const char* budget : {"25%", "5%"}) {
      // Pooling takes only the shares that whole windows give.
      if ((info.name == "none" || info.name == "pool") && std::string_view(budget) != "25%") continue;
      INFO(info.name << " at " << budget);
      const PruningOptions pruning{.strategy = std::string(info.name),
                                   .budget = info.name == "none" ? Budget{} : parse_budget(budget)};
      const auto fresh_engine = Engine::load({.model = demo_model(), .backend = cpu_backend()});
      const Answer fresh = fresh_engine->answer(about(fresh_engine->encode(clip), kFirst, pruning));
      CHECK(fresh.reused_tokens == 0);
      (void)engine->answer(about(media, kFirst, pruning));
      (void)engine->answer(about(media, kOther, pruning));
      const Answer third = engine->answer(about(media, kFirst, pruning));
      CHECK(third.reused_tokens > 0);
      check_same(third, fresh);
    }
}

TEST_CASE("strategies and a conversation in turn leave nothing behind in the engine", "[engine][pruning]") {
  const Clip clip = read_clip(demo_clip());
  const auto engine = Engine::load({.model = demo_model(), .backend = cpu_backend()});
  const auto media = engine->encode(clip);
  std::vector<PruningOptions> all;
  for (const StrategyInfo& info : strategies())
    all.push_back({.strategy = std::string(info.name), .budget = info.name == "none" ? Budget{} : parse_budget("25%")});
  std::vector<Answer> fresh;
  for (const PruningOptions& pruning : all) {
    Question alone = about(media, kFirst, pruning);
    alone.reuse = false;
    fresh.push_back(engine->answer(alone));
  }
  // Each one after each kind of other: the next in the list, and a follow-up under it.
  for (std::size_t i = 0; i < all.size(); ++i) {
    const PruningOptions& other = all[(i + 1) % all.size()];
    INFO(all[i].strategy << " behind " << other.strategy);
    Question follow_up = about(media, kFirst, other);
    follow_up.turns = {{kFirst, "A green square moves right and a red star moves left."}, {kOther, ""}};
    (void)engine->answer(about(media, kOther, other));
    (void)engine->answer(follow_up);
    check_same(engine->answer(about(media, kFirst, all[i])), fresh[i]);
  }
}

}  // namespace sparsight::test
