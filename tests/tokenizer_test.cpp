// Ids and texts against transformers (tests/data/tokenizer, made by tools/golden_tokenizer.py), streaming, and wrong
// files: of tokenizer.model and what stands beside it. tests/tokenizer_json_test.cpp is about tokenizer.json.
#include "core/model/tokenizer/tokenizer.h"
#include "core/model/tokenizer/tokenizer_files.h"
#include "kernels/error.h"
#include "tests/support.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <functional>
#include <random>

using namespace sparsight;
using Json = nlohmann::json;
using Ids = std::vector<std::int32_t>;

namespace {

std::filesystem::path data_dir() { return test::source_dir() / "tests/data/tokenizer"; }

Ids encode_plainly(const Tokenizer& tokenizer, std::string_view text) {
  const TextSpan span{text, false};
  return tokenizer.encode(std::span(&span, 1));
}

std::string stream(const Tokenizer& tokenizer, const Ids& ids, std::vector<std::string>* chunks = nullptr) {
  StreamDecoder decoder(tokenizer);
  std::string text;
  const auto take = [&](std::string chunk) {
    text += chunk;
    if (chunks != nullptr) chunks->push_back(std::move(chunk));
  };
  for (const std::int32_t id : ids) take(decoder.push(id));
  take(decoder.flush());
  return text;
}

// nlohmann does not write strings that are not UTF-8.
bool is_utf8(const std::string& text) {
  try {
    (void)Json(text).dump();
    return true;
  } catch (const Json::type_error&) {
    return false;
  }
}

// A copy of a tokenizer's directory without tokenizer.json, whose files can be damaged.
class Copy {
 public:
  explicit Copy(const std::string& kind) {
    for (const char* name : {"tokenizer.model", "tokenizer_config.json"})
      test::write_file(temp_ / name, test::read_file(data_dir() / kind / name));
    write("added_tokens.json", R"({"<image>": 512, "<video>": 513, "<pad>": 514})");
  }
  [[nodiscard]] const std::filesystem::path& path() const { return temp_.path(); }
  [[nodiscard]] Tokenizer open() const { return Tokenizer::open(temp_.path()); }
  void remove(const std::string& name) const { std::filesystem::remove(temp_ / name); }
  void write(const std::string& name, std::string_view content) const { test::write_file(temp_ / name, content); }
  [[nodiscard]] std::string read(const std::string& name) const { return test::read_file(temp_ / name); }
  void edit(const std::string& name, const std::function<void(Json&)>& change) const {
    Json json = Json::parse(read(name));
    change(json);
    write(name, json.dump());
  }
  // The message of the Error{kind} that opening throws.
  [[nodiscard]] std::string complaint(ErrorKind kind = ErrorKind::Model) const {
    try {
      (void)open();
    } catch (const Error& error) {
      CHECK(error.kind() == kind);
      return error.what();
    }
    FAIL("opened");
    return {};
  }

 private:
  test::TempDir temp_;
};

enum class TokenizerFile { Json, Model };
Tokenizer open(const std::string& kind, TokenizerFile from = TokenizerFile::Json) {
  return from == TokenizerFile::Json ? Tokenizer::open(data_dir() / kind) : Copy(kind).open();
}

Json added(const std::string& content) { return {{"content", content}, {"special", true}}; }

// Where a stretch of text begins with a blank, SentencePiece gets a dummy prefix before it as in transformers 4; that
// of transformers 5, which made the goldens, has none there.
bool blank_begins_a_stretch(const std::string& text) {
  for (const std::string blank : {" ", "▁"})
    if (text.starts_with(blank) || text.find(">" + blank) != std::string::npos) return true;
  return false;
}

using Catch::Matchers::Contains;

}  // namespace

TEST_CASE("ids and texts are those of transformers", "[tokenizer]") {
  const std::string kind = GENERATE("legacy", "plain");
  const TokenizerFile from = GENERATE(TokenizerFile::Json, TokenizerFile::Model);
  const Tokenizer tokenizer = open(kind, from);
  CAPTURE(from == TokenizerFile::Json);
  CHECK(tokenizer.legacy() == (kind == "legacy"));
  const Json golden = Json::parse(test::read_file(data_dir() / (kind + ".json")));
  REQUIRE(golden.at("prompts").size() > 200);
  int compared = 0;
  for (const Json& item : golden.at("prompts")) {
    const auto text = item.at("text").get<std::string>();
    CAPTURE(kind, text);
    if (from == TokenizerFile::Model && blank_begins_a_stretch(text)) continue;
    ++compared;
    const Ids ids = item.at("ids").get<Ids>();
    CHECK(tokenizer.encode(text) == ids);
    CHECK(encode_plainly(tokenizer, text) == item.value("plain", ids));
  }
  CHECK(compared > 100);
  REQUIRE(golden.at("decoded").size() > 150);
  for (const Json& item : golden.at("decoded")) {
    const Ids ids = item.at("ids").get<Ids>();
    CAPTURE(kind, item.at("ids").dump());
    CHECK(tokenizer.decode(ids) == item.at("text").get<std::string>());
    CHECK(stream(tokenizer, ids) == item.at("text").get<std::string>());
  }
}

TEST_CASE("the checkpoints' prompts and answers", "[tokenizer]") {
  const std::string name = GENERATE("tiny-gqa", "tiny-hub");
  const std::filesystem::path dir = test::shared_dir() / "golden" / name;
  if (!std::filesystem::exists(dir)) {
    test::skip("no " + dir.string());
    return;
  }
  const Tokenizer tokenizer = Tokenizer::open(dir);
  const Json expected = Json::parse(test::read_file(dir / "expected.json"));
  REQUIRE(expected.at("cases").size() == 3);
  for (const Json& item : expected.at("cases")) {
    CHECK(tokenizer.encode(item.at("prompt").get<std::string>()) == item.at("prompt_ids").get<Ids>());
    CHECK(tokenizer.decode(item.at("generated_ids").get<Ids>()) == item.at("generated_text").get<std::string>());
  }
}

TEST_CASE("facts about tokens", "[tokenizer]") {
  const Tokenizer tokenizer = open("plain", GENERATE(TokenizerFile::Json, TokenizerFile::Model));
  CHECK(tokenizer.size() == 515);
  CHECK(tokenizer.adds_bos());
  CHECK(tokenizer.special_id("<video>") == 513);
  CHECK(tokenizer.special_id("</s>") == 2);
  CHECK_FALSE(tokenizer.special_id("red").has_value());
  CHECK_FALSE(tokenizer.special_id("").has_value());
  CHECK(tokenizer.is_special(513));
  CHECK(tokenizer.is_special(0));
  CHECK_FALSE(tokenizer.is_special(359));
  CHECK_FALSE(tokenizer.is_special(-1));
  CHECK_FALSE(tokenizer.is_special(515));
  CHECK(tokenizer.piece(359) == "▁red");
  CHECK(tokenizer.piece(13) == "<0x0A>");
  CHECK(tokenizer.piece(513) == "<video>");
  CHECK(tokenizer.piece(-1).empty());
  CHECK(tokenizer.piece(1 << 30).empty());
}

TEST_CASE("invalid UTF-8 in a text is read as U+FFFD", "[tokenizer]") {
  const Tokenizer tokenizer = open("legacy", GENERATE(TokenizerFile::Json, TokenizerFile::Model));
  CHECK(tokenizer.encode("a\xff\xc3z") == tokenizer.encode("a\xef\xbf\xbd\xef\xbf\xbdz"));
  CHECK(is_utf8(tokenizer.decode(tokenizer.encode("\xf0\x9f\x98 \xed\xa0\x80 \xc0\x80"))));
}

TEST_CASE("special tokens count only inside a span that allows them", "[tokenizer]") {
  const Tokenizer tokenizer = open(GENERATE("legacy", "plain"), GENERATE(TokenizerFile::Json, TokenizerFile::Model));
  const std::int32_t video = *tokenizer.special_id("<video>");
  const auto encode = [&](const std::vector<TextSpan>& spans) { return tokenizer.encode(spans); };
  CHECK(encode({{"USER: "}, {"<video>"}, {"\n"}, {"Which way", false}, {" ASSISTANT:"}}) ==
        tokenizer.encode("USER: <video>\nWhich way ASSISTANT:"));
  CHECK(encode({}) == Ids{1});
  CHECK(encode({{""}, {"", false}}) == Ids{1});

  const Ids ids = encode({{"a <video> b <video> c"}, {" <video> </s>", false}, {"<video>"}});
  CHECK(std::count(ids.begin(), ids.end(), video) == 3);
  CHECK(std::count(ids.begin(), ids.end(), 2) == 0);
  CHECK(tokenizer.decode(ids).ends_with("c <video> </s>"));

  SECTION("nor across two spans") {
    CHECK(encode({{"<vid"}, {"eo>", false}}) == encode_plainly(tokenizer, "<video>"));
    CHECK(encode({{"<vid", false}, {"eo>"}}) == encode_plainly(tokenizer, "<video>"));
  }
}

TEST_CASE("plain text at the start of a prompt and after a special token", "[tokenizer]") {
  const TokenizerFile from = GENERATE(TokenizerFile::Json, TokenizerFile::Model);
  const Tokenizer legacy = open("legacy", from);
  const Tokenizer plain = open("plain", from);
  CHECK(plain.encode_plain("red", true) == Ids{359});
  CHECK(plain.encode_plain("red", false) == Ids{271, 475});
  CHECK(legacy.encode_plain("red", false) == Ids{359});
  CHECK(plain.encode_plain("<s>", true).size() > 1);
  CHECK(plain.encode_plain("", true).empty());
}

TEST_CASE("added tokens: longest first, stripping, whole words", "[tokenizer]") {
  const Copy copy("plain");
  const auto with = [&](const std::string& content, const std::string& flag) {
    Json token = added(content);
    token[flag] = true;
    copy.edit("tokenizer_config.json", [&](Json& json) { json["added_tokens_decoder"]["515"] = token; });
    return copy.open();
  };
  SECTION("longest") {
    const Tokenizer tokenizer = with("<video><image>", "special");
    CHECK(tokenizer.encode("<video><image><video>") == Ids{1, 515, 513});
  }
  SECTION("lstrip") {
    const Tokenizer tokenizer = with("<t>", "lstrip");
    CHECK(tokenizer.encode("red \t\xe3\x80\x80<t> red") == Ids{1, 359, 515, 359});
    CHECK(tokenizer.encode("<video> \n<t>") == Ids{1, 513, 515});
  }
  SECTION("rstrip") {
    const Tokenizer tokenizer = with("<t>", "rstrip");
    CHECK(tokenizer.encode("<t> \t\xc2\xa0<video>") == Ids{1, 515, 513});
    CHECK(tokenizer.encode("<t> red") == Ids{1, 515, 271, 475});
  }
  SECTION("single_word") {
    const Tokenizer tokenizer = with("cat", "single_word");
    const auto found = [&](std::string_view text) { return std::ranges::count(tokenizer.encode(text), 515); };
    CHECK(found("cat") == 1);
    CHECK(found("a cat. cat\xc2\xa0!") == 2);
    CHECK(found("cats concat _cat \xc3\xa9"
                "cat") == 0);
  }
  SECTION("one that is not special is printed") {
    Json token = added("<t>");
    token["special"] = false;
    copy.edit("tokenizer_config.json", [&](Json& json) { json["added_tokens_decoder"]["515"] = token; });
    CHECK(copy.open().decode(Ids{359, 515, 513, 359}) == "red<t> red");
  }
}

TEST_CASE("a text streams as decode gives it, in whole characters", "[tokenizer]") {
  const Tokenizer tokenizer = open(GENERATE("legacy", "plain"), GENERATE(TokenizerFile::Json, TokenizerFile::Model));
  std::mt19937_64 random(7);
  const auto below = [&](std::uint64_t end) { return static_cast<std::int32_t>(random() % end); };
  // Bytes that combine to characters of two, three and four bytes, and to broken ones.
  const std::string bytes =
      "\xf0\x9f\x98\x80\xe2\x96\x81\xc3\xa9\xed\xa0\x80\xf4\x90\x20\n"
      "a";
  for (int round = 0; round < 6000; ++round) {
    Ids ids(static_cast<std::size_t>(below(24)));
    for (std::int32_t& id : ids) {
      const auto byte = static_cast<unsigned char>(bytes[static_cast<std::size_t>(below(bytes.size()))]);
      id = below(10) < 7 ? 3 + byte : below(530) - 5;
    }
    if (round % 3 == 0)
      ids = encode_plainly(tokenizer, "é 😀 👩‍👩‍👧 a\n\n▁ 你好" + tokenizer.decode(ids));
    std::vector<std::string> chunks;
    const std::string text = stream(tokenizer, ids, &chunks);
    CAPTURE(Json(ids).dump());
    REQUIRE(text == tokenizer.decode(ids));
    REQUIRE(std::all_of(chunks.begin(), chunks.end(), is_utf8));
  }
}

TEST_CASE("streaming holds back a byte run and nothing else", "[tokenizer]") {
  const Tokenizer tokenizer = open("plain", GENERATE(TokenizerFile::Json, TokenizerFile::Model));
  StreamDecoder decoder(tokenizer);
  const auto push = [&](int byte) { return decoder.push(3 + byte); };
  CHECK(decoder.push(359) == "red");  // the first space is removed
  CHECK(decoder.push(359) == " red");
  CHECK(push(0xf0).empty());
  CHECK(push(0x9f).empty());
  CHECK(decoder.push(513).empty());  // left out: the run continues
  CHECK(push(0x98).empty());
  CHECK(push(0x80).empty());
  CHECK(decoder.push(359) == "😀 red");
  SECTION("a broken run is printed at once") {
    CHECK(push(0xc3).empty());
    CHECK(push('a') == "\ufffd\ufffd");
    CHECK(push('b') == "\ufffd");
    CHECK(decoder.push(359) == " red");
    CHECK(push('b').empty());
    CHECK(decoder.flush() == "b");
  }
  SECTION("an unfinished one at the end") {
    CHECK(push('b').empty());
    CHECK(push(0xe2).empty());
    CHECK(decoder.flush() == "\ufffd\ufffd");
    CHECK(decoder.flush().empty());
    CHECK(decoder.push(359) == "red");  // starts anew
  }
}

TEST_CASE("a run of a hundred thousand bytes is fast", "[tokenizer]") {
  const Tokenizer tokenizer = open("plain", GENERATE(TokenizerFile::Json, TokenizerFile::Model));
  const Ids ids(100000, 3 + 'a');
  CHECK(tokenizer.decode(ids) == std::string(100000, 'a'));
  CHECK(tokenizer.encode(std::string(100000, ' ')).size() > 1000);
}

TEST_CASE("tokenizer_config.json decides about the dummy prefix", "[tokenizer]") {
  const Copy copy("plain");
  const auto after_special = [&] { return copy.open().encode("<video>red"); };
  const Ids with_prefix{1, 513, 359};
  const Ids without{1, 513, 271, 475};
  SECTION("legacy") {
    CHECK(after_special() == without);
    copy.edit("tokenizer_config.json", [](Json& json) { json["legacy"] = true; });
    CHECK(after_special() == with_prefix);
    copy.edit("tokenizer_config.json", [](Json& json) { json["legacy"] = nullptr; });
    CHECK(after_special() == with_prefix);
  }
  SECTION("without it, it is legacy, and the special pieces of tokenizer.model are known") {
    copy.remove("tokenizer_config.json");
    copy.remove("added_tokens.json");
    const Tokenizer tokenizer = copy.open();
    CHECK(tokenizer.legacy());
    CHECK(tokenizer.encode("red</s>red") == Ids{1, 359, 2, 359});
    CHECK_FALSE(tokenizer.special_id("<video>").has_value());
  }
  SECTION("add_prefix_space off: none at all") {
    copy.edit("tokenizer_config.json", [](Json& json) { json["add_prefix_space"] = false; });
    CHECK(copy.open().encode("red") == Ids{1, 271, 475});
    CHECK(copy.open().decode(Ids{359}) == " red");
  }
}

TEST_CASE("special tokens added around a text", "[tokenizer]") {
  const Copy copy("plain");
  copy.edit("tokenizer_config.json", [](Json& json) {
    json["add_bos_token"] = false;
    json["add_eos_token"] = true;
  });
  CHECK_FALSE(copy.open().adds_bos());
  CHECK(copy.open().encode("red") == Ids{359, 2});
  CHECK(copy.open().encode("red", Around::Omit) == Ids{359});
  copy.edit("tokenizer_config.json", [](Json& json) { json["eos_token"] = {{"content", "<end>"}}; });
  CHECK_THAT(copy.complaint(), Contains("<end>"));
}

TEST_CASE("added tokens are read from every place", "[tokenizer]") {
  const Copy copy("plain");
  copy.remove("added_tokens.json");
  SECTION("added_tokens_decoder") {
    copy.edit("tokenizer_config.json", [](Json& json) {
      json["added_tokens_decoder"]["513"] = {{"content", "<video>"}, {"special", true}, {"rstrip", true}};
    });
    CHECK(copy.open().encode("<video>  red") == Ids{1, 513, 271, 475});
  }
  SECTION("added_tokens.json, special by the config") {
    copy.write("added_tokens.json", R"({"<video>": 513, "<image>": 512, "<note>": 514})");
    const Tokenizer tokenizer = copy.open();
    CHECK(tokenizer.encode("<video>") == Ids{1, 513});
    CHECK(tokenizer.is_special(513));
    CHECK_FALSE(tokenizer.is_special(514));
  }
  SECTION("special_tokens_map.json") {
    copy.write("added_tokens.json", R"({"<note>": 514})");
    copy.write("special_tokens_map.json", R"({"additional_special_tokens": [{"content": "<note>"}]})");
    CHECK(copy.open().is_special(514));
  }
}

TEST_CASE("tokenizer files that contradict each other or make no sense are refused", "[tokenizer]") {
  const Copy copy("plain");
  const std::string config = "tokenizer_config.json";
  const auto add = [](const std::string& id, const Json& token) {
    return [id, token](Json& file) { file["added_tokens_decoder"][id] = token; };
  };
  SECTION("two ids for a token") {
    copy.edit(config, add("515", {{"content", "<video>"}}));
    CHECK_THAT(copy.complaint(), Contains("added_tokens.json") && Contains("513") && Contains("515"));
  }
  SECTION("two tokens for an id") {
    copy.edit(config, add("513", added("<clip>")));
    CHECK_THAT(copy.complaint(), Contains("added_tokens.json") && Contains("<clip>") && Contains("<video>"));
  }
  SECTION("an id of the vocabulary") {
    copy.edit(config, add("359", added("<clip>")));
    CHECK_THAT(copy.complaint(), Contains("359") && Contains("▁red"));
  }
  SECTION("a piece of the vocabulary") {
    copy.edit(config, add("515", added("▁red")));
    CHECK_THAT(copy.complaint(), Contains("359") && Contains("515"));
  }
  SECTION("huge ids") {
    for (const Json& id : {Json(2000000000), Json(4294967296), Json(18446744073709551615u), Json(-1), Json(1.5),
                           Json("513"), Json(nullptr)}) {
      CAPTURE(id.dump());
      copy.write("added_tokens.json", Json{{"<clip>", id}}.dump());
      CHECK_THAT(copy.complaint(), Contains("<clip>"));
    }
    copy.remove("added_tokens.json");
    copy.edit(config, add("99999999999999999999", {{"content", "<x>"}}));
    CHECK_THAT(copy.complaint(), Contains("99999999999999999999"));
  }
  SECTION("wrong types") {
    const auto damage = [&](const std::string& pointer, const Json& value) {
      const std::string whole = copy.read(config);
      copy.edit(config, [&](Json& file) {
        file["added_tokens_decoder"] = Json::object();
        file[Json::json_pointer(pointer)] = value;
      });
      const std::string message = copy.complaint();
      copy.write(config, whole);
      return message;
    };
    CHECK_THAT(damage("/added_tokens_decoder", 3), Contains("added_tokens_decoder: expected an object, found 3"));
    CHECK_THAT(damage("/added_tokens_decoder/515", "x"), Contains("[\"515\"]: expected an object"));
    CHECK_THAT(damage("/added_tokens_decoder/515", {{"content", 7}}), Contains("content: expected a string, found 7"));
    CHECK_THAT(damage("/added_tokens_decoder/515", {{"content", "x"}, {"lstrip", "no"}}),
               Contains("lstrip: expected true or false"));
    CHECK_THAT(damage("/added_tokens_decoder/515", {{"content", ""}}), Contains("[\"515\"]"));
    CHECK_THAT(damage("/legacy", "yes"),
               Contains("tokenizer_config.json: legacy: expected true or false, found \"yes\""));
  }
  SECTION("not JSON") {
    CHECK_NOTHROW(copy.open());
    copy.write(config, "");
    CHECK_THAT(copy.complaint(), Contains("tokenizer_config.json: not valid JSON"));
    copy.write(config, "[1]");
    CHECK_THAT(copy.complaint(), Contains("tokenizer_config.json: expected an object"));
    copy.write(config, "{\"bos_token\": [\"\xff\"]}");
    CHECK_THAT(copy.complaint(), Contains("tokenizer_config.json: not valid JSON"));
  }
  SECTION("a million brackets") {
    const std::string deep(1000000, '[');
    const std::string closed = deep + std::string(deep.size(), ']');
    for (const std::string& text : {deep, "{\"bos_token\": " + closed + "}", "{\"ignored\": " + closed + "}"}) {
      copy.write(config, text);
      CHECK_THAT(copy.complaint(), Contains("tokenizer_config.json: JSON nested deeper than 64"));
    }
  }
}

TEST_CASE("a damaged tokenizer.model is refused", "[tokenizer]") {
  const Copy copy("plain");
  const std::string model = copy.read("tokenizer.model");
  const auto try_open = [&](const std::string& content) {
    copy.write("tokenizer.model", content);
    try {
      const Tokenizer tokenizer = copy.open();
      (void)tokenizer.decode(tokenizer.encode("USER: <video>\nWhich é 😀?"));
      return true;
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::Model);
      CHECK_THAT(error.what(), Contains("tokenizer"));
      return false;
    }
  };
  SECTION("missing") {
    copy.remove("tokenizer.model");
    CHECK_THAT(copy.complaint(ErrorKind::File), Contains("neither tokenizer.json nor tokenizer.model"));
    std::filesystem::create_directory(copy.path() / "tokenizer.model");
    CHECK_THAT(copy.complaint(ErrorKind::File), Contains("tokenizer.model: not a file"));
  }
  SECTION("cut off") {
    for (std::size_t size = 0; size < model.size(); size += 97) CHECK_FALSE(try_open(model.substr(0, size)));
    CHECK_FALSE(try_open(model.substr(0, model.size() - 1)));
  }
  SECTION("something else") {
    CHECK_FALSE(try_open("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 499723\n"));
    CHECK_FALSE(try_open(std::string(1000, '\0')));
    CHECK_FALSE(try_open(std::string(1000, '\xff')));
    CHECK_FALSE(try_open("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\x7f"));
  }
  SECTION("damaged bytes") {
    copy.remove("added_tokens.json");  // with it, most would be refused for contradicting it
    std::mt19937_64 random(3);
    for (int round = 0; round < 150; ++round) {
      std::string damaged = model;
      for (int i = 0; i < 3; ++i) damaged[random() % damaged.size()] = static_cast<char>(random());
      (void)try_open(damaged);  // some remain usable
    }
  }
}
