// Requests for more frames than a model has positions for are refused before decoding, with the number that fits.
#include "core/model/frame_limit.h"

#include <catch2/catch.hpp>

#include "core/engine.h"
#include "core/measure/eval.h"
#include "kernels/backends.h"
#include "kernels/error.h"
#include "tests/models.h"
#include "tests/support.h"

#include <filesystem>

namespace sparsight::test {
namespace {

namespace fs = std::filesystem;
using Catch::Contains;

Question about_nothing(const std::string& text) {
  return {.media = nullptr, .system = {}, .turns = {{text, ""}}, .sampling = {}, .max_new_tokens = 4};
}

// The message of Error{Usage}, and whether a frame was decoded before it.
struct Refusal {
  std::string message = "accepted";
  bool decoded = false;
};
Refusal open(Engine& engine, const fs::path& clip, const FrameRequest& request) {
  Refusal out;
  const Control control{[&](const Progress& now) { out.decoded = out.decoded || now.stage != Stage::Open; }, {}};
  try {
    static_cast<void>(engine.open(clip, request, control));
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::Usage);
    out.message = error.what();
  }
  return out;
}

TEST_CASE("frame limit: as many as fit, and not one more", "[frame_limit]") {
  ModelConfig config = small_config();
  const std::size_t each = config.vision.tokens();
  for (const std::size_t positions : {std::size_t{1}, each, each + 1, each + 2, 7 * each, 7 * each + 40, 1000 * each}) {
    config.text.max_positions = positions;
    for (const std::size_t text : {std::size_t{0}, std::size_t{1}, std::size_t{39}, each, 2 * each}) {
      CAPTURE(positions, text);
      const std::size_t most = most_frames(config, text);
      // answer() needs at least one free position.
      CHECK((most == 0 || most * each + text < positions));
      CHECK((most + 1) * each + text >= positions);
    }
    CHECK(most_frames_to_offer(config) >= 1);
    CHECK(most_frames_to_offer(config) <= std::max<std::size_t>(1, most_frames(config, 0)));
  }
}

TEST_CASE("frame limit: a video is refused before it is decoded, and the number offered instead works",
          "[frame_limit]") {
  const auto engine = Engine::load({.model = demo_model(), .backend = cpu_backend()});
  const Question question = about_nothing("Which way does the star move?");
  const std::size_t most = engine->most_frames(question);
  const ModelConfig& config = engine->info().config;

  const Refusal refusal = open(*engine, demo_clip(), {.count = most + 1, .most = most});
  CHECK_THAT(refusal.message, Contains(fmt::format("{} frames", most + 1)) &&
                                  Contains(fmt::format("at most {} fit", most)) && Contains("crossing.mp4"));
  CHECK_FALSE(refusal.decoded);
  // Without a question: more than any question leaves room for.
  const std::size_t ever = most_frames(config, 0);
  const Refusal huge = open(*engine, demo_clip(), {.count = 60000});
  CHECK_THAT(huge.message, Contains(fmt::format("at most {} fit", ever)));
  CHECK_FALSE(huge.decoded);
  CHECK_THAT(open(*engine, demo_clip(), {.count = 2, .most = 0}).message, Contains("no frame fits"));

  Question asked = question;
  asked.media = engine->open(demo_clip(), {.count = most, .most = most}).encoded;
  CHECK(engine->answer(asked).prompt_tokens < config.text.max_positions);
  CHECK(engine->lay_out(asked).length + config.vision.tokens() >= config.text.max_positions);

  // A longer question leaves room for fewer frames; a picture is one frame, whatever was asked for.
  std::string words;
  for (int i = 0; i < 600; ++i) words += "word ";
  CHECK(engine->most_frames(about_nothing(words)) < most);
  asked.turns = {{words, ""}};
  try {
    static_cast<void>(engine->answer(asked));
    FAIL("was answered");
  } catch (const Error& error) {
    CHECK_THAT(error.what(), Contains(fmt::format("at most {} fit", engine->most_frames(about_nothing(words)))));
  }
  const TempDir temp;
  write_png(*read_clip(demo_clip(), {.count = 1}).frames[0].image, temp / "picture.png");
  CHECK(open(*engine, temp / "picture.png", {.count = 60000, .most = 1}).message == "accepted");
}

TEST_CASE("frame limit: an animation is refused like a video", "[frame_limit]") {
  const TempDir temp;
  const std::string gif = (temp / "a.gif").string();
  const Ran made = run({"ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc=s=32x32:d=1:r=10", gif});
  if (made.exit_code != 0) return skip("no ffmpeg here to make a GIF");
  const auto engine = Engine::load({.model = demo_model(), .backend = cpu_backend()});
  const Refusal refusal = open(*engine, gif, {.count = 9, .most = 8});
  CHECK_THAT(refusal.message, Contains("at most 8 fit"));
  CHECK_FALSE(refusal.decoded);
  CHECK(open(*engine, gif, {.count = 2, .most = 8}).message == "accepted");
}

TEST_CASE("frame limit: an evaluation is refused before it begins", "[frame_limit]") {
  const auto engine = Engine::load({.model = demo_model(), .backend = cpu_backend()});
  EvalData data;
  data.questions.push_back(
      {.id = "a", .clip = "gone.mp4", .video = {}, .question = "What happens?", .answer = "!", .kind = ""});
  EvalPlan plan{.settings = {{"none", "100%"}}};
  plan.frames.count = 100;
  EvalStore store;
  CHECK_THROWS_WITH(run_eval(*engine, data, plan, store), Contains("100 frames") && Contains("at most 15 fit"));
  CHECK(store.size() == 0);
  plan.frames.count = 15;
  run_eval(*engine, data, plan, store);
  CHECK(store.size() == 1);
}

TEST_CASE("frame limit: on the command line", "[frame_limit]") {
  const TempDir temp;
  // A question that leaves room for fewer than 8.
  const auto engine = Engine::load({.model = demo_model(), .backend = cpu_backend()});
  std::string stars = "star";
  while (engine->most_frames(about_nothing(stars)) > 4) stars += " star star star star star star star star";
  const Ran long_question = run({SPARSIGHT_CLI, "ask", demo_clip().string(), stars});
  CHECK(long_question.exit_code == 2);
  CHECK_THAT(long_question.err, Contains("8 frames") && Contains("at most 4 fit"));
  const std::string clip = demo_clip().string(), question = "Which way does the star move?";
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"ask", clip, question},
        {"chat", clip},
        {"inspect", clip, question, "--out", (temp / "seen").string()},
        {"compare", clip, question, "--prune", "random", "--budget", "25%"},
        {"eval", (source_dir() / "resources/clips").string(), "--prune", "random", "--limit", "1"}}) {
    std::vector<std::string> command{SPARSIGHT_CLI};
    command.insert(command.end(), words.begin(), words.end());
    command.insert(command.end(), {"--frames", "16"});
    const Ran ran = run(command);
    CAPTURE(words.front());
    CHECK(ran.exit_code == 2);
    CHECK_THAT(ran.err, Contains("16 frames") && Contains("at most 15 fit"));
  }
}

}  // namespace
}  // namespace sparsight::test
