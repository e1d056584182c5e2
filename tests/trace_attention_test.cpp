// What words attend to: the numbers are the model's, recording changes nothing, and a trace stays within its size.
#include "core/engine.h"
#include "core/model/families/family.h"
#include "core/model/llama.h"
#include "core/model/tokenizer/tokenizer.h"
#include "core/model/vision.h"
#include "core/model/weights.h"
#include "core/pruning/registry.h"
#include "core/pruning/trace.h"
#include "core/trace_words.h"
#include "kernels/error.h"
#include "tests/models.h"
#include "tests/support.h"
#include "tests/traces.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace sparsight::test {
namespace {

struct Demo {
  std::unique_ptr<Engine> engine = Engine::load({.model = demo_model(), .backend = cpu_backend()});
  std::shared_ptr<const EncodedMedia> clip = engine->encode(read_clip(demo_clip()));
};

Demo& demo() {
  static Demo demo;
  return demo;
}

Question asked(const std::string& text, const std::string& strategy = "none") {
  Question question{.media = demo().clip,
                    .system = {},
                    .turns = {{text, ""}},
                    .sampling = {},
                    .max_new_tokens = 24,
                    .attention = true};
  question.pruning.strategy = strategy;
  return question;
}

std::vector<std::string> texts(const std::vector<TraceWord>& words) {
  std::vector<std::string> out;
  for (const TraceWord& word : words) out.push_back(word.text);
  return out;
}

using Texts = std::vector<std::string>;

// Of one row, head and token of a layer.
float value(const TraceAttention& a, std::size_t at, std::size_t row, std::size_t head, std::size_t token) {
  const TraceAttention::Layer& layer = a.layers.at(at);
  return TraceAttention::attention(layer.values[(row * layer.maps() + head) * layer.visual + token]);
}

Trace through_bytes(const Trace& trace) {
  const std::string bytes = trace_bytes(trace);
  return parse_trace(std::as_bytes(std::span(bytes)), "a trace");
}

}  // namespace

TEST_CASE("attention is stored as halves that keep small values", "[trace][trace-attention]") {
  for (const float value : {1.0f, 0.5f, 1.0f / 2056, 3.7e-5f, 1e-8f})
    CHECK(TraceAttention::attention(TraceAttention::stored(value)) == Approx(value).epsilon(1.0 / 2048));
  CHECK(TraceAttention::attention(TraceAttention::stored(0)) == 0);
}

TEST_CASE("what of the attention fits", "[trace][trace-attention]") {
  const auto plan = [](std::size_t layers, std::size_t heads, std::size_t rows, std::size_t visual) {
    return plan_attention({.layers = layers, .heads = heads, .rows = rows, .visual = visual});
  };
  CHECK(plan(6, 6, 20 + 64, 2056) == AttentionPlan{});          // the demo model: all of it
  CHECK(plan(32, 15, 40 + 64, 64) == AttentionPlan{});          // SmolVLM2 500M, one frame
  CHECK(plan(32, 15, 40 + 64, 8 * 64) == AttentionPlan{1, 4});  // and eight
  CHECK(plan(32, 32, 20 + 64, 2056) == AttentionPlan{1, 0});    // Video-LLaVA 7B: means of all layers
  CHECK(plan(32, 32, 20 + 64, 16'000) == AttentionPlan{8, 0});
  CHECK_FALSE(plan(32, 32, 20 + 64, 1'000'000));
  CHECK_FALSE(plan(32, 32, 0, 2056));
  for (const std::size_t rows : {1, 30, 300, 3000}) {
    const auto found = plan(32, 32, rows, 2056);
    REQUIRE(found);
    const std::size_t stored = (32 + found->layer_step - 1) / found->layer_step;
    const std::size_t full = found->head_step == 0 ? 0 : (stored + found->head_step - 1) / found->head_step;
    CHECK((stored + 31 * full) * rows * 2056 * 2 <= TraceAttention::kMostBytes);
  }
}

TEST_CASE("the attention in a trace is what the decoder computes, of text and answer, in every layer and head",
          "[trace-attention][engine]") {
  Question question = asked("Which way does the star move?");
  question.reuse = false;
  const Answer answer = demo().engine->answer(question);
  const TraceAttention& found = answer.trace->attention;
  const ModelConfig& config = demo().engine->info().config;
  const TextConfig& c = config.text;
  const std::size_t said = answer.generated_ids.size();
  REQUIRE(said > 3);
  CHECK(found.heads == c.heads);
  CHECK(found.first_text == 0);
  CHECK(found.text_rows == answer.trace->text_tokens);
  CHECK((found.answer_rows == said || found.answer_rows + 1 == said));
  CHECK_FALSE(found.left_out());
  CHECK(found.notes().empty());
  REQUIRE(found.layers.size() == c.layers);

  // Prompt and answer again, in one pass, whose scores come from the other path of the kernels.
  const PromptLayout layout = demo().engine->lay_out(question);
  std::vector<std::int32_t> ids = layout.expanded();
  std::fill_n(ids.begin() + static_cast<std::ptrdiff_t>(layout.visual_begin), layout.visual_count(), 0);
  ids.insert(ids.end(), answer.generated_ids.begin(), answer.generated_ids.end());
  const auto backend = cpu_backend()();
  const Weights weights = Weights::open(demo().engine->info().path, config.family->names);
  Llama llama(config, weights, *backend);
  Tensor embeddings = backend->make(Shape{ids.size(), c.hidden});
  llama.embed(ids, embeddings);
  backend->copy_rows(demo().clip->tokens().embeddings, embeddings, layout.visual_begin);
  std::vector<std::int32_t> positions(ids.size());
  std::iota(positions.begin(), positions.end(), 0);
  std::vector<std::size_t> rows(found.rows());
  std::iota(rows.begin(), rows.end(), layout.visual_end);
  ForwardOptions options;
  options.score_rows = [&](std::size_t) { return rows; };
  options.on_layer = [&](const LayerView& view) {
    INFO("layer " << view.layer);
    const TraceAttention::Layer& layer = found.layers[view.layer];
    CHECK(layer.layer == view.layer);
    CHECK(layer.heads == c.heads);
    REQUIRE(layer.visual == layout.visual_count());
    const HostRead scores = backend->read(view.scores.reshaped(Shape{c.heads * rows.size(), ids.size()}));
    double worst = 0;
    for (std::size_t row = 0; row < rows.size(); ++row)
      for (std::size_t head = 0; head < c.heads; ++head)
        for (std::size_t i = 0; i < layer.visual; ++i) {
          const auto wanted = static_cast<double>(scores.row(head * rows.size() + row)[layout.visual_begin + i]);
          const auto got = static_cast<double>(value(found, view.layer, row, head, i));
          worst = std::max(worst, std::abs(got - wanted) / std::max(wanted, 1e-6));
        }
    CHECK(worst < 2e-3);  // half floats, and sums in another order through the layers before
  };
  KvCache cache = llama.make_cache();
  static_cast<void>(llama.forward(embeddings, positions, cache, options));
}

TEST_CASE("recording the attention changes nothing else, with any strategy", "[trace-attention][engine]") {
  for (const StrategyInfo& info : strategies()) {
    INFO(info.name);
    Question question = asked("Which color does the star have?", std::string(info.name));
    if (info.name != "none") question.pruning.budget = parse_budget("25%");
    question.max_new_tokens = 6;
    question.attention = false;
    Answer silent;
    try {
      silent = demo().engine->answer(question);
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::Usage);  // no such budget
      continue;
    }
    question.attention = question.first_logits = true;
    const Answer recorded = demo().engine->answer(question);
    CHECK(recorded.generated_ids == silent.generated_ids);
    Trace rest = *recorded.trace;
    const TraceAttention attention = std::exchange(rest.attention, {});
    Trace wanted = *silent.trace;
    for (Trace* trace : {&rest, &wanted}) {
      for (TraceStep& step : trace->steps) step.ms = 0;
      for (TraceLayer& layer : trace->layers) layer.ms = 0;
    }
    CHECK(rest == wanted);
    CHECK(through_bytes(*recorded.trace) == *recorded.trace);

    REQUIRE(attention.layers.size() == rest.layers.size());
    const std::size_t dycoke = rest.decode_visual_keys.size();
    for (std::size_t at = 0; at < attention.layers.size(); ++at) {
      const TraceAttention::Layer& layer = attention.layers[at];
      CHECK(layer.visual == rest.layers[at].visual_in);
      CHECK(layer.values.size() == attention.rows() * layer.maps() * layer.visual);
      std::size_t attended = 0;
      for (std::size_t row = 0; row < attention.rows(); ++row) {
        const std::vector<std::size_t> one{row};
        const std::vector<float> mean = attention.mean(at, one, std::nullopt);
        const float sum = std::accumulate(mean.begin(), mean.end(), 0.0f);
        if (!(sum > 0 && sum < 1.001f)) FAIL_CHECK("layer " << at << ", row " << row << " sums to " << sum);
        if (row + 1 == attention.rows())
          attended = static_cast<std::size_t>(std::ranges::count_if(mean, [](float to) { return to > 0; }));
      }
      if (dycoke != 0 && at + 1 == attention.layers.size() && attention.answer_rows == dycoke)
        CHECK(attended == rest.decode_visual_keys.back());  // the keys that it left out got nothing
    }
  }
}

TEST_CASE("the attention in a trace agrees with what a pruning step read of it", "[trace-attention][engine]") {
  Question question = asked("Which color does the star have?", "fastv");
  question.pruning.budget = parse_budget("25%");
  question.text_attention = true;
  const Answer answer = demo().engine->answer(question);
  const Trace& trace = *answer.trace;
  REQUIRE(trace.steps.size() == 1);
  const TraceStep& step = trace.steps[0];
  const auto at = static_cast<std::size_t>(step.layer);
  REQUIRE(step.text_attention.size() == trace.text_tokens * step.ids.size());
  CHECK(trace.entering(at) == step.ids);
  CHECK(trace.entering(at + 1) == step.out_ids);
  for (std::size_t row = 0; row < trace.text_tokens; ++row) {
    const std::vector<std::size_t> one{row};
    const std::vector<float> mean = trace.attention.mean(at, one, std::nullopt);
    for (std::size_t i = 0; i < mean.size(); ++i)
      if (std::abs(mean[i] - step.text_attention[row * mean.size() + i]) > 1e-6f + mean[i] / 2000)
        FAIL_CHECK("row " << row << ", token " << i);
  }
}

TEST_CASE("words of a chat and their attention", "[trace-attention][engine]") {
  Question first = asked("Which way does the star move?");
  const Answer before = demo().engine->answer(first);
  CHECK(texts(before.trace->said) == Texts{"Which", "way", "does", "the", "star", "move?"});
  CHECK(before.trace->answer == before.text);
  Texts answer;
  for (const TraceWord& word : before.trace->answer_words) {
    CHECK(before.text.substr(word.at, word.text.size()) == word.text);
    CHECK(before.trace->attention.rows_of_answer(word).size() == word.count);
    answer.push_back(word.text);
  }
  CHECK(answer == Texts{"The", "star", "moves", "left."});

  // The question is asked again: its own words are computed, so that they have rows.
  const Answer again = demo().engine->answer(first);
  CHECK(again.reused_tokens >= again.trace->visual_begin + again.trace->visual_tokens);
  CHECK(again.trace->attention.rows_of(again.trace->said[0]).size() == again.trace->said[0].count);

  Question second = first;
  second.turns = {{first.turns[0].question, before.text}, {"Which öne is 1 €?", ""}};
  const Answer next = demo().engine->answer(second);
  CHECK(next.reused_tokens > next.trace->visual_begin + next.trace->visual_tokens);
  const Trace& trace = *next.trace;
  CHECK(texts(trace.said) == Texts{"Which", "way", "does", "the", "star", "move?", "The", "star", "moves", "left.",
                                   "Which", "öne", "is", "1", "€?"});
  for (const TraceWord& word : trace.said) {
    CAPTURE(word.text);
    const bool now = word.turn == 1;
    CHECK(word.of_question == (&word - trace.said.data() < 6 || now));
    CHECK((trace.attention.rows_of(word).size() == word.count) == now);  // earlier ones are in the first trace
    CHECK(trace.attention.rows_of(word).empty() != now);
  }
  CHECK(trace.attention.first_text > 0);
  CHECK(trace.attention.text_left_out == 0);
}

TEST_CASE("the attention stays within its bound and says what is left out", "[trace-attention][engine]") {
  std::string text = "What do you see?";
  for (int i = 0; i < 1100; ++i) text += " red";
  Question question = asked(text);
  question.reuse = false;  // else what the engine was asked before decides whether the first words need rows
  const Answer answer = demo().engine->answer(question);
  const TraceAttention& found = answer.trace->attention;
  CHECK(found.bytes() > 0);
  CHECK(found.bytes() <= TraceAttention::kMostBytes);
  CHECK(found.layers_left_out + found.layers.size() == 6);
  CHECK(found.layers.back().layer == 5);
  CHECK(found.mean_layers() == found.layers.size());
  REQUIRE(found.notes().size() == 3);
  CHECK_THAT(found.notes()[0], Catch::Contains("3 of 6 layers") && Catch::Contains("16 MiB"));
  CHECK_THAT(found.notes()[1], Catch::Contains("mean over the heads"));
  CHECK_THAT(found.notes()[2], Catch::Contains("the text before the question"));
  CHECK(through_bytes(*answer.trace) == *answer.trace);
}

TEST_CASE("a long answer costs heads first, then its own last words", "[trace-attention][engine]") {
  Question question = asked("What do you see?");
  question.reuse = false;
  question.sampling = {.temperature = 1000, .seed = 3};
  question.max_new_tokens = 900;
  question.turns[0].question += " red red red red red red red red red red";
  Answer answer = demo().engine->answer(question);
  for (std::uint64_t seed = 4; answer.generated_ids.size() < 700 && seed < 40; ++seed) {
    question.sampling.seed = seed;
    answer = demo().engine->answer(question);
  }
  REQUIRE(answer.generated_ids.size() >= 700);
  const TraceAttention& found = answer.trace->attention;
  CHECK(found.bytes() <= TraceAttention::kMostBytes);
  CHECK(found.bytes() > TraceAttention::kMostBytes * 9 / 10);
  CHECK(found.layers_left_out == 0);
  CHECK(found.mean_layers() == 6);
  CHECK(found.answer_left_out > 0);
  CHECK(found.answer_rows + 1 + found.answer_left_out == answer.generated_ids.size());
  CHECK_THAT(found.notes().back(), Catch::Contains("last " + std::to_string(found.answer_left_out) + " tokens"));
  // The rows are those of a trace that had room for all heads.
  question.max_new_tokens = 40;
  const TraceAttention all = demo().engine->answer(question).trace->attention;
  CHECK(all.mean_layers() == 0);
  for (const std::size_t row : {std::size_t{0}, all.rows() - 1}) {
    const std::vector<std::size_t> one{row};
    REQUIRE(all.first_text == found.first_text);
    for (std::size_t at = 0; at < 6; ++at) {
      const auto wanted = all.mean(at, one, std::nullopt), got = found.mean(at, one, std::nullopt);
      for (std::size_t i = 0; i < wanted.size(); ++i)
        if (std::abs(wanted[i] - got[i]) > 1e-6f + wanted[i] / 500) FAIL_CHECK("layer " << at << ", token " << i);
    }
  }
  CHECK(through_bytes(*answer.trace) == *answer.trace);
}

TEST_CASE("rows, heads and layers of the attention", "[trace][trace-attention]") {
  const Trace trace = attended_trace();
  const TraceAttention& a = trace.attention;
  CHECK(a.rows_of({.text = "", .first = 0, .count = 3}) == std::vector<std::size_t>{0, 1});
  CHECK(a.rows_of({.text = "", .first = 0, .count = 1}).empty());
  CHECK(a.rows_of_answer(trace.answer_words[0]) == std::vector<std::size_t>{1});
  CHECK(a.rows_of_answer({.text = "", .first = 1, .count = 3}) == std::vector<std::size_t>{2});
  const std::vector<std::size_t> rows{1, 2};
  const auto mean = a.mean(0, rows, std::nullopt);
  CHECK(mean.size() == 7);
  for (std::size_t i = 0; i < 7; ++i) {
    CHECK(a.mean(0, rows, 1)[i] == Approx((attention_at(1, 1, i) + attention_at(2, 1, i)) / 2).epsilon(1e-3));
    CHECK(mean[i] == Approx((a.mean(0, rows, 0)[i] + a.mean(0, rows, 1)[i]) / 2).epsilon(1e-6));
    CHECK(a.mean(1, rows, 1)[i] == a.mean(1, rows, std::nullopt)[i]);  // has only the mean
  }
  CHECK(a.nearest(0) == 0);
  CHECK(a.nearest(2) == 0);
  CHECK(a.nearest(3) == 1);
  CHECK(a.nearest(99) == 1);
}

TEST_CASE("a trace file keeps words and attention; an older one has none", "[trace][trace-attention]") {
  CHECK(through_bytes(attended_trace()) == attended_trace());
  CHECK(through_bytes(small_trace()).attention.empty());
  CHECK(trace_bytes(small_trace()).find("attention") == std::string::npos);
  const auto refused = [](const auto& damage) {
    Trace trace = attended_trace();
    damage(trace);
    CHECK_THROWS_AS(through_bytes(trace), Error);
  };
  refused([](Trace& t) { t.attention.layers[1].layer = 0; });
  refused([](Trace& t) { t.attention.layers[1].layer = 5000; });
  refused([](Trace& t) { t.attention.layers[0].heads = 3; });
  refused([](Trace& t) { t.attention.layers[0].heads = 0; });
  refused([](Trace& t) { t.attention.layers[0].visual = 10; });
  refused([](Trace& t) { t.attention.layers[0].values = {1, 2, 3}; });
  refused([](Trace& t) { t.attention.text_rows = 3; });
  refused([](Trace& t) { t.attention.first_text = 4; });
  refused([](Trace& t) { t.attention.answer_rows = 2; });
  refused([](Trace& t) { t.attention.text_rows = 0, t.attention.answer_rows = 3; });
  refused([](Trace& t) { t.attention.heads = static_cast<std::size_t>(-1); });
  refused([](Trace& t) { t.said[0].first = 2; });
  refused([](Trace& t) { t.said[0].count = 0; });
  refused([](Trace& t) { t.said[0].count = static_cast<std::size_t>(-1); });
  refused([](Trace& t) { t.answer_words[1].at = 3; });
  refused([](Trace& t) { t.answer_words[0].at = 4; });
  refused([](Trace& t) { t.answer_words[0].count = static_cast<std::size_t>(-1); });
  std::string other = trace_bytes(attended_trace());
  const std::size_t scale = other.find("\"scale\":32768");
  REQUIRE(scale != std::string::npos);
  other.replace(scale, 13, "\"scale\":16384");
  CHECK_THROWS_AS(parse_trace(std::as_bytes(std::span(other)), "a trace"), Error);
}

TEST_CASE("words are what white space separates", "[trace-attention]") {
  // "▁Wh|ich| |gr|ü (two bytes)|n|,|  |ok" with the bytes of "ü" as tokens without a text of their own.
  const std::string text = " Which grün,  ok";
  const std::vector<TokenText> tokens{{0, 3},  {3, 6},   {6, 9},   {9, 9},   {9, 9},
                                      {9, 12}, {12, 13}, {13, 14}, {14, 17}, {17, 17, true}};
  const std::vector<TraceWord> words = words_in(text, tokens, 0, text.size());
  CHECK(texts(words) == Texts{"Which", "grün,", "ok"});
  REQUIRE(words.size() == 3);
  CHECK((words[0].first == 0 && words[0].count == 2 && words[0].at == 1));
  CHECK((words[1].first == 2 && words[1].count == 5));
  CHECK((words[2].first == 8 && words[2].count == 1));
  // Scripts without spaces: a word for each token, or for those that share a character.
  const std::string chinese = "什么颜色";
  const std::vector<TokenText> three{{0, 6}, {6, 9}, {9, 12}};
  CHECK(texts(words_in(chinese, three, 0, 12)) == Texts{"什么", "颜", "色"});
  CHECK(words_in("", {}, 0, 0).empty());
  CHECK(words_in("   ", std::vector<TokenText>{{0, 3}}, 0, 3).empty());
}

}  // namespace sparsight::test
