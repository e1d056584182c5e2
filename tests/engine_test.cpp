// The engine with the shipped demo model: true answers, reuse, stopping, determinism.
#include <catch2/catch.hpp>

#include "core/engine.h"
#include "kernels/backends.h"
#include "tests/models.h"
#include "tests/support.h"

#include <nlohmann/json.hpp>

#include <atomic>
#include <chrono>
#include <fstream>
#include <map>
#include <thread>

namespace sparsight::test {
namespace {

namespace fs = std::filesystem;

// Whole answers equal on tests/data/demo_eval, clips of a seed that training never used; see the model card.
constexpr double kModelCardAccuracy = 0.96, kModelCardAccuracyPruned = 0.91;

struct Pair {
  std::string clip, question, answer, kind;
};

std::vector<Pair> read_pairs(const fs::path& file) {
  std::vector<Pair> pairs;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    const auto json = nlohmann::json::parse(line);
    pairs.push_back({json["clip"], json["question"], json["answer"], json["kind"]});
  }
  return pairs;
}

// As the model's card says, and unpruned.
std::vector<PruningOptions> ways_to_prune(const Engine& engine) {
  const CardPruning own = default_pruning(engine.info().card);
  return {{.strategy = own.strategy, .budget = parse_budget(own.budget)}, {}};
}

Question about(std::shared_ptr<const EncodedMedia> media, const std::string& text) {
  return {.media = std::move(media), .system = {}, .turns = {{text, ""}}, .sampling = {}, .max_new_tokens = 64};
}

// Asks the questions of one directory, encoding each clip once; returns right answers and questions by kind.
std::map<std::string, std::pair<int, int>> right_answers(Engine& engine, const fs::path& dir,
                                                         const PruningOptions& pruning) {
  std::map<std::string, std::pair<int, int>> by_kind;
  std::string encoded;
  std::shared_ptr<const EncodedMedia> media;
  for (const Pair& pair : read_pairs(dir / "questions.jsonl")) {
    if (pair.clip != encoded) {
      media = engine.encode(read_clip(dir / pair.clip));
      encoded = pair.clip;
    }
    Question question = about(media, pair.question);
    question.pruning = pruning;
    const Answer answer = engine.answer(question);
    if (answer.text != pair.answer) UNSCOPED_INFO(pair.clip << ": " << pair.question << " " << answer.text);
    auto& [right, asked] = by_kind[pair.kind];
    ++asked;
    if (answer.text == pair.answer) ++right;
  }
  return by_kind;
}

double share(const std::map<std::string, std::pair<int, int>>& by_kind, int& asked) {
  int right = 0;
  asked = 0;
  for (const auto& [kind, counts] : by_kind) {
    UNSCOPED_INFO(kind << ": " << counts.first << " of " << counts.second);
    right += counts.first;
    asked += counts.second;
  }
  return static_cast<double>(right) / asked;
}

}  // namespace

TEST_CASE("the demo model answers about its own clips", "[engine][demo]") {
  const auto engine = Engine::load({.model = demo_model(), .backend = cpu_backend()});
  for (const PruningOptions& pruning : ways_to_prune(*engine)) {
    INFO(pruning.strategy);
    int asked = 0;
    CHECK(share(right_answers(*engine, source_dir() / "resources/clips", pruning), asked) == 1.0);
    CHECK(asked >= 66);
  }
}

TEST_CASE("the demo model is as accurate on unseen clips as its card says", "[engine][demo]") {
  const auto engine = Engine::load({.model = demo_model(), .backend = cpu_backend()});
  for (const PruningOptions& pruning : ways_to_prune(*engine)) {
    INFO(pruning.strategy);
    int asked = 0;
    CHECK(share(right_answers(*engine, source_dir() / "tests/data/demo_eval", pruning), asked) >=
          (pruning.strategy == "none" ? kModelCardAccuracy : kModelCardAccuracyPruned));
    CHECK(asked >= 100);
  }
}

TEST_CASE("a video is encoded once and the prefix of a follow-up is reused", "[engine]") {
  const auto engine = Engine::load({.model = demo_model(), .backend = cpu_backend()});
  const auto media = engine->encode(read_clip(demo_clip("crossing.mp4")));
  CHECK(media->frames() == 8);
  CHECK(media->visual_tokens() == 8 * 257);
  REQUIRE(media->marks().size() == 8);

  const Answer first = engine->answer(about(media, "How many objects are there?"));
  CHECK(first.reused_tokens == 0);
  CHECK(first.visual_tokens == 2056);
  const Answer second = engine->answer(about(media, "Which color does the star have?"));
  CHECK(second.reused_tokens > 2056);
  CHECK(second.timings.prefill < first.timings.prefill);

  SECTION("and gives what a fresh engine gives") {
    const auto fresh = Engine::load({.model = demo_model(), .backend = cpu_backend()});
    const auto again = fresh->encode(read_clip(demo_clip("crossing.mp4")));
    const Answer alone = fresh->answer(about(again, "Which color does the star have?"));
    CHECK(alone.reused_tokens == 0);
    CHECK(alone.generated_ids == second.generated_ids);
    CHECK(alone.prompt_ids == second.prompt_ids);
  }
  SECTION("a follow-up in the same chat goes on after the first answer") {
    Question question = about(media, "How many objects are there?");
    question.turns = {{"How many objects are there?", first.text}, {"Which color does the star have?", ""}};
    const Answer answer = engine->answer(question);
    CHECK(answer.reused_tokens > 2056);
    CHECK(answer.prompt_tokens > first.prompt_tokens);
  }
  SECTION("another video shares the words before it only") {
    const auto other = engine->encode(read_clip(demo_clip("rising.mp4")));
    const Answer answer = engine->answer(about(other, "Which color is the star?"));
    CHECK(answer.reused_tokens < 10);
    CHECK(answer.text == "The star is pink.");
  }
}

TEST_CASE("text streams as it comes and adds up to the answer", "[engine]") {
  const auto engine = Engine::load({.model = demo_model(), .backend = cpu_backend()});
  const auto media = engine->encode(read_clip(demo_clip("crossing.mp4")));
  std::string streamed;
  int pieces = 0;
  const Answer answer = engine->answer(about(media, "What happens in the video?"), [&](std::string_view text) {
    streamed += text;
    ++pieces;
  });
  CHECK(streamed == answer.text);
  CHECK(pieces > 3);
  CHECK(answer.stop == StopReason::EndOfAnswer);
  CHECK(answer.first_token_ms > 0);

  Question brief = about(media, "What happens in the video?");
  brief.max_new_tokens = 3;
  const Answer cut = engine->answer(brief);
  CHECK(cut.stop == StopReason::Length);
  CHECK(cut.generated_ids.size() == 3);
  CHECK(answer.text.starts_with(cut.text));
}

TEST_CASE("sampling is reproducible by its seed", "[engine]") {
  const auto engine = Engine::load({.model = demo_model(), .backend = cpu_backend()});
  const auto media = engine->encode(read_clip(demo_clip("crossing.mp4")));
  Question question = about(media, "What happens in the video?");
  question.sampling = {.temperature = 5.0f, .top_k = 0, .top_p = 1.0f, .seed = 7};
  question.max_new_tokens = 12;
  const Answer one = engine->answer(question), two = engine->answer(question);
  CHECK(one.generated_ids == two.generated_ids);
  question.sampling.seed = 8;
  CHECK(engine->answer(question).generated_ids != one.generated_ids);
}

TEST_CASE("threads do not change an answer", "[engine]") {
  std::vector<Answer> answers;
  for (const std::size_t threads : {1, 2, 3}) {
    const auto engine = Engine::load({.model = demo_model(), .backend = cpu_backend({.threads = threads})});
    answers.push_back(engine->answer(about(engine->encode(read_clip(demo_clip("trio.mp4"))), "What do you see?")));
  }
  CHECK(answers[0].generated_ids == answers[1].generated_ids);
  CHECK(answers[0].generated_ids == answers[2].generated_ids);
}

TEST_CASE("keys and values in bfloat16 take half the memory, and the trace says so", "[engine]") {
  std::vector<Answer> answers;
  for (const DType kv : {DType::F32, DType::BF16}) {
    const auto engine = Engine::load({.model = demo_model(), .backend = cpu_backend(), .kv_dtype = kv});
    CHECK(engine->info().kv_dtype == kv);
    answers.push_back(engine->answer(about(engine->encode(read_clip(demo_clip("trio.mp4"))), "What do you see?")));
    std::size_t bytes = 0;
    for (const TraceLayer& layer : answers.back().trace->layers) bytes += layer.kv_bytes;
    CHECK(bytes == answers.back().prompt_tokens * engine->info().kv_bytes_per_token());
  }
  CHECK(answers[0].trace->layers[0].kv_bytes == 2 * answers[1].trace->layers[0].kv_bytes);
  CHECK(answers[0].text == answers[1].text);
  CHECK(Engine::load({.model = demo_model(), .backend = cpu_backend()})->info().kv_dtype == DType::F32);
}

TEST_CASE("a stop works at every stage, and the engine can be used afterwards", "[engine]") {
  const auto engine = Engine::load({.model = demo_model(), .backend = cpu_backend()});
  const Clip clip = read_clip(demo_clip("crossing.mp4"));
  const auto media = engine->encode(clip);

  for (const Stage stage : {Stage::Preprocess, Stage::Vision}) {
    std::stop_source source;
    const Control control{[&](const Progress& progress) {
                            if (progress.stage == stage) source.request_stop();
                          },
                          source.get_token()};
    CHECK_THROWS_AS(engine->encode(clip, control), Cancelled);
  }
  for (const Stage stage : {Stage::Prefill, Stage::Generate}) {
    std::stop_source source;
    std::chrono::steady_clock::time_point asked;
    const Control control{[&](const Progress& progress) {
                            if (progress.stage != stage || source.stop_requested()) return;
                            asked = std::chrono::steady_clock::now();
                            source.request_stop();
                          },
                          source.get_token()};
    const Answer stopped = engine->answer(about(media, "What happens in the video?"), {}, control);
    CHECK(stopped.stop == StopReason::Cancelled);
    CHECK(stopped.text.empty() == (stage == Stage::Prefill));
    CHECK(engine->answer(about(media, "Which color does the star have?")).text == "The star is red.");
  }
  std::stop_source before;
  before.request_stop();
  CHECK(engine->answer(about(media, "What?"), {}, {{}, before.get_token()}).stop == StopReason::Cancelled);
}

TEST_CASE("a stop from another thread", "[engine]") {
  const auto engine = Engine::load({.model = demo_model(), .backend = cpu_backend()});
  const auto media = engine->encode(read_clip(demo_clip("crossing.mp4")));
  std::stop_source source;
  std::atomic<bool> started{false};
  std::thread other([&] {
    while (!started) std::this_thread::yield();
    source.request_stop();
  });
  const Answer answer = engine->answer(about(media, "What happens in the video?"), {},
                                       {[&](const Progress& progress) {
                                          if (progress.stage != Stage::Prefill || progress.done < 2) return;
                                          started = true;
                                          while (!source.stop_requested()) std::this_thread::yield();
                                        },
                                        source.get_token()});
  other.join();
  CHECK(answer.stop == StopReason::Cancelled);
}

TEST_CASE("progress goes through the stages in order", "[engine]") {
  std::vector<Stage> stages;
  const Control control{[&](const Progress& progress) {
                          if (stages.empty() || stages.back() != progress.stage) stages.push_back(progress.stage);
                          CHECK(progress.done <= progress.total);
                        },
                        {}};
  const auto engine = Engine::load({.model = demo_model(), .backend = cpu_backend()}, control);
  (void)engine->model_hash();  // nothing waits for what is read by then
  const auto media = engine->encode(read_clip(demo_clip("rising.mp4")), control);
  (void)engine->answer(about(media, "What happens?"), {}, control);
  CHECK(stages == std::vector{Stage::Load, Stage::Preprocess, Stage::Vision, Stage::Prefill, Stage::Generate});
}

TEST_CASE("other numbers of frames, images, and no picture at all", "[engine]") {
  const auto engine = Engine::load({.model = demo_model(), .backend = cpu_backend()});
  for (const std::size_t count : {1, 3, 12}) {
    const auto media = engine->encode(read_clip(demo_clip("rising.mp4"), {.count = count}));
    CHECK(media->visual_tokens() == count * 257);
    CHECK(engine->answer(about(media, "Which color is the star?")).text.find("star") != std::string::npos);
  }
  CHECK_FALSE(engine->answer(about(nullptr, "Which color is the star?")).prompt_ids.empty());

  const TempDir temp;
  const Clip clip = read_clip(demo_clip("rising.mp4"));
  write_png(*clip.frames[0].image, temp / "frame.png");
  const auto image = engine->encode(read_clip(temp / "frame.png"));
  CHECK(image->kind() == MediaKind::Image);
  CHECK(image->visual_tokens() == 256);
  (void)engine->answer(about(image, "Which color is the star?"));
}

TEST_CASE("a question that cannot be answered is refused with the reason", "[engine]") {
  const auto engine = Engine::load({.model = demo_model(), .backend = cpu_backend()});
  CHECK_THROWS_WITH(engine->answer(about(nullptr, "  ")), Catch::Contains("empty"));
  Question hot = about(nullptr, "Hello?");
  hot.sampling.temperature = -1;
  CHECK_THROWS_AS(engine->answer(hot), Error);
  const auto media = engine->encode(read_clip(demo_clip("rising.mp4"), {.count = 16}));
  CHECK_THROWS_WITH(engine->answer(about(media, "What happens?")),
                    Catch::Contains("4096") && Catch::Contains("fewer frames (at most 15 fit), or shorten"));
  // If not even one frame fits beside the text, fewer frames do not help.
  std::string longer;
  for (int i = 0; i < 5000; ++i) longer += "word ";
  for (const auto& with : {media, std::shared_ptr<const EncodedMedia>()}) {
    CHECK_THROWS_WITH(engine->answer(about(with, longer)),
                      Catch::EndsWith("shorten the question") && !Catch::Contains("frames"));
    Question later = about(with, longer);
    later.turns.insert(later.turns.begin(), {"What?", "That."});
    CHECK_THROWS_WITH(engine->answer(later), Catch::Contains("start a new chat") && !Catch::Contains("frames"));
  }
  CHECK_THROWS_WITH(Engine::load({.model = "/nowhere/at/all", .backend = cpu_backend()}),
                    Catch::Contains("/nowhere/at/all"));
}

}  // namespace sparsight::test
