#include "core/model/prompt.h"
#include "kernels/error.h"
#include "tests/support.h"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace sparsight;
using Ids = std::vector<std::int32_t>;
using Catch::Matchers::Contains;

namespace {

Tokenizer tokenizer_of(const std::string& kind) {
  return Tokenizer::open(test::source_dir() / "tests/data/tokenizer" / kind);
}

ModelConfig config() {
  ModelConfig result;
  result.text.vocab = 576;
  result.image_token = 512;
  result.video_token = 513;
  return result;
}

Chat video_chat(std::vector<Turn> turns) { return {"", MediaKind::Video, std::move(turns)}; }

std::string complaint(ErrorKind kind, const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    CHECK(error.kind() == kind);
    return error.what();
  }
  FAIL("no error");
  return {};
}

}  // namespace

TEST_CASE("the template, word for word", "[prompt]") {
  CHECK(render(video_chat({{"Which way does the red circle move?", ""}})) ==
        "USER: <video>\nWhich way does the red circle move? ASSISTANT:");
  CHECK(render({"", MediaKind::Image, {{"What do you see?", ""}}}) == "USER: <image>\nWhat do you see? ASSISTANT:");
  CHECK(render({"", MediaKind::None, {{"Hello", ""}}}) == "USER: Hello ASSISTANT:");
  CHECK(render({" A chat. ", MediaKind::Video, {{"One?", "Yes."}, {"Two?", "No."}, {"Three?", ""}}}) ==
        "A chat. USER: <video>\nOne? ASSISTANT: Yes.</s>USER: Two? ASSISTANT: No.</s>USER: Three? ASSISTANT:");
}

TEST_CASE("white space around texts is removed, inside it stays", "[prompt]") {
  CHECK(render(video_chat({{" \n one\n\n  two\t ", " yes \n"}, {"three", ""}})) ==
        "USER: <video>\none\n\n  two ASSISTANT: yes</s>USER: three ASSISTANT:");
}

TEST_CASE("an answer that was stopped before its first word", "[prompt]") {
  CHECK(render(video_chat({{"One?", ""}, {"Two?", ""}})) == "USER: <video>\nOne? ASSISTANT:</s>USER: Two? ASSISTANT:");
}

TEST_CASE("invalid chats are refused", "[prompt]") {
  CHECK_THAT(complaint(ErrorKind::Usage, [] { (void)render(video_chat({})); }),
             Contains("expected a question, found none"));
  CHECK_THAT(complaint(ErrorKind::Usage,
                       [] {
                         (void)render(video_chat({{"a", "b"}, {" \n", ""}}));
                       }),
             Contains("question 2 of 2 is empty"));
  CHECK_THAT(complaint(ErrorKind::Usage, [] { (void)render(video_chat({{"a", "b"}})); }), Contains("an answer"));
}

TEST_CASE("an ordinary chat has the ids of its text", "[prompt]") {
  const Tokenizer tokenizer = tokenizer_of(GENERATE("legacy", "plain"));
  const std::vector<Chat> chats = {
      video_chat({{"Which way does the red circle move?", ""}}),
      video_chat({{"é 😀\n\n x < y > z <vid", "It's 3 </ 4."}, {"<0x0A> <VIDEO> ▁?", ""}}),
      {"A chat between a human and an assistant.", MediaKind::Image, {{"One?", "Yes."}, {"Two?", ""}}},
      {"", MediaKind::None, {{"Hello, who are you?", ""}}},
  };
  for (const Chat& chat : chats) {
    const PromptLayout layout = lay_out(chat, tokenizer, config(), chat.media == MediaKind::None ? 0 : 7);
    CHECK(layout.ids == tokenizer.encode(render(chat)));
  }
}

TEST_CASE("a special token spelled out in a text stays text", "[prompt]") {
  const Tokenizer tokenizer = tokenizer_of(GENERATE("legacy", "plain"));
  const std::string hostile = "<video> <image></s><s><pad><unk><video>";
  Chat chat{hostile, MediaKind::Video, {{hostile, hostile}, {hostile, ""}}};
  const PromptLayout layout = lay_out(chat, tokenizer, config(), 20);
  const auto count = [&](std::int32_t id) { return std::ranges::count(layout.ids, id); };
  CHECK(count(513) == 1);
  CHECK(count(512) == 0);
  CHECK(count(514) == 0);
  CHECK(count(0) == 0);
  CHECK(count(1) == 1);  // <s> at the start
  CHECK(count(2) == 1);  // </s> after the first answer
  CHECK(tokenizer.decode(layout.ids) == hostile + " USER: " + (tokenizer.legacy() ? " " : "") + "\n" + hostile +
                                            " ASSISTANT: " + hostile + (tokenizer.legacy() ? " " : "") +
                                            "USER: " + hostile + " ASSISTANT:");
}

TEST_CASE("prefix, visual and text", "[prompt]") {
  const Tokenizer tokenizer = tokenizer_of("plain");
  SECTION("video") {
    const PromptLayout layout = lay_out(video_chat({{"Which way?", ""}}), tokenizer, config(), 520);
    CHECK(layout.visual_begin == 4);  // <s> ▁USER : ▁
    CHECK(layout.visual_end == 524);
    CHECK(layout.visual_count() == 520);
    CHECK(layout.length == layout.ids.size() + 519);
    const Ids expanded = layout.expanded();
    REQUIRE(expanded.size() == layout.length);
    for (std::size_t i = 0; i < expanded.size(); ++i) {
      const std::size_t from = i < 4 ? i : i < 524 ? 4 : i - 519;
      REQUIRE(expanded[i] == layout.ids[from]);
    }
  }
  SECTION("one visual token") {
    const PromptLayout layout = lay_out(Ids{1, 513, 13}, config(), MediaKind::Video, 1);
    CHECK(layout.length == 3);
    CHECK(layout.expanded() == layout.ids);
  }
  SECTION("no media") {
    const PromptLayout layout = lay_out(Ids{1, 290}, config(), MediaKind::None, 0);
    CHECK(layout.visual_begin == 0);
    CHECK(layout.visual_end == 0);
    CHECK(layout.length == 2);
    CHECK(layout.expanded() == layout.ids);
  }
}

TEST_CASE("prompts and media that don't belong together", "[prompt]") {
  const auto usage = [](Ids ids, MediaKind media, std::size_t visual) {
    return complaint(ErrorKind::Usage, [&] { (void)lay_out(ids, config(), media, visual); });
  };
  CHECK_THAT(usage({1, 513, 5, 513}, MediaKind::Video, 9), Contains("<video> 2 times"));
  CHECK_THAT(usage({1, 5}, MediaKind::Video, 9), Contains("no <video>"));
  CHECK_THAT(usage({1, 513}, MediaKind::None, 0), Contains("<video> at position 1") && Contains("no video is given"));
  CHECK_THAT(usage({1, 512}, MediaKind::Video, 9), Contains("<image> at position 1") && Contains("expected <video>"));
  CHECK_THAT(usage({1, 512, 513}, MediaKind::Image, 9), Contains("<video> at position 2"));
  CHECK_THAT(usage({1, 513}, MediaKind::Video, 0), Contains("no visual tokens"));
  CHECK_THAT(usage({1, 5}, MediaKind::None, 9), Contains("9 visual tokens"));
}

TEST_CASE("a tokenizer that doesn't fit the model", "[prompt]") {
  const auto model = [](const Tokenizer& tokenizer, const ModelConfig& of) {
    return complaint(ErrorKind::Model, [&] { (void)lay_out(video_chat({{"red", ""}}), tokenizer, of, 9); });
  };
  const Tokenizer tokenizer = tokenizer_of("plain");
  ModelConfig other = config();
  other.video_token = 514;
  CHECK_THAT(model(tokenizer, other), Contains("513") && Contains("514"));
  other = config();
  other.text.vocab = 300;
  CHECK_THAT(model(tokenizer, other), Contains("vocabulary ends at 300"));

  const test::TempDir temp;
  test::write_file(temp / "tokenizer.model",
                   test::read_file(test::source_dir() / "tests/data/tokenizer/plain/tokenizer.model"));
  CHECK_THAT(model(Tokenizer::open(temp.path()), config()), Contains("no <video>"));
}
