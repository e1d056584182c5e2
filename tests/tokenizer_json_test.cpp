// tokenizer.json: ids and texts against transformers, of whole tokenizers and of every step
// (tests/data/tokenizer/steps.json, made by tools/golden_tokenizer_steps.py), streaming, long texts, and files that are
// wrong.
#include "core/base/text.h"
#include "core/model/tokenizer/tokenizer.h"
#include "kernels/error.h"
#include "tests/support.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdlib>
#include <random>
#include <set>

using namespace sparsight;
using Catch::Matchers::Contains;

namespace {

using Json = nlohmann::json;
using Ids = std::vector<std::int32_t>;

std::filesystem::path tokenizers_data() { return test::source_dir() / "tests/data/tokenizer"; }

// A tokenizer.json of the test data: "plain" has byte fallback, "bytes" is byte-level.
Json tokenizer_base(const std::string& name) {
  return Json::parse(test::read_file(tokenizers_data() / name / "tokenizer.json"));
}

Tokenizer tokenizer_of_json(const Json& json, const Json& config = Json::object(), const std::string& model_type = "") {
  TokenizerTexts texts;
  texts.tokenizer_json = json.dump();
  texts.config_json = config.dump();
  texts.model_type = model_type;
  return Tokenizer::from_texts(texts, "dir");
}

// Text of the ids as they come, in whole characters.
std::string streamed_text(const Tokenizer& tokenizer, const Ids& ids) {
  StreamDecoder decoder(tokenizer);
  std::string text;
  for (const std::int32_t id : ids) {
    const std::string piece = decoder.push(id);
    CHECK(utf8_of(piece) == Utf8::Valid);
    text += piece;
  }
  return text + decoder.flush();
}

void check_tokenizer_row(const Tokenizer& tokenizer, const Json& row, const char* inner) {
  const auto text = row.at("text").get<std::string>();
  const Ids ids = row.at("ids").get<Ids>();
  CAPTURE(text);
  CHECK(tokenizer.encode(text) == ids);
  CHECK(tokenizer.encode(text, Around::Omit) == row.value(inner, ids));
  if (!row.contains("decoded")) return;
  const auto decoded = row.at("decoded").get<std::string>();
  CHECK(tokenizer.decode(ids) == decoded);
  CHECK(streamed_text(tokenizer, ids) == decoded);
}

std::vector<std::filesystem::path> golden_tokenizers() {
  const char* given = std::getenv("SPARSIGHT_TOKENIZERS");
  const std::filesystem::path root = given != nullptr ? given : test::shared_dir() / "tokenizers";
  std::vector<std::filesystem::path> found;
  if (std::filesystem::exists(root / "expected.json")) return {root};
  if (std::filesystem::is_directory(root))
    for (const auto& entry : std::filesystem::directory_iterator(root))
      if (std::filesystem::exists(entry.path() / "expected.json")) found.push_back(entry.path());
  std::sort(found.begin(), found.end());
  return found;
}

// The message that opening ends with.
std::string tokenizer_complaint(const Json& json, const Json& config = Json::object()) {
  try {
    (void)tokenizer_of_json(json, config);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::Model);
    return error.what();
  }
  return "opened";
}

Json changed_json(Json json, const std::string& pointer, const Json& value) {
  json[Json::json_pointer(pointer)] = value;
  return json;
}

Json split_by_regex(const std::string& regex) {
  return {{"type", "Split"}, {"pattern", {{"Regex", regex}}}, {"behavior", "Isolated"}, {"invert", false}};
}

}  // namespace

TEST_CASE("whole tokenizers: ids and texts are those of transformers", "[golden-tokenizers]") {
  const std::vector<std::filesystem::path> folders = golden_tokenizers();
  if (folders.empty()) return test::skip("no tokenizers in ../shared");
  for (const std::filesystem::path& folder : folders) {
    INFO(folder.string());
    const Tokenizer tokenizer = Tokenizer::open(folder);
    const Json expected = Json::parse(test::read_file(folder / "expected.json"));
    REQUIRE_FALSE(expected.at("rows").empty());
    for (const Json& row : expected.at("rows")) check_tokenizer_row(tokenizer, row, "ids_without_special");
  }
}

TEST_CASE("every step of a tokenizer.json does as in transformers", "[tokenizer]") {
  const Json steps = Json::parse(test::read_file(tokenizers_data() / "steps.json"));
  REQUIRE(steps.at("cases").size() > 60);
  std::mt19937_64 random(5);
  for (const Json& item : steps.at("cases")) {
    INFO(item.at("base").get<std::string>() << ": " << item.at("name").get<std::string>());
    Json json = tokenizer_base(item.at("base"));
    for (const auto& [key, value] : item.at("patch").items())
      if (key == "model")
        json[key].update(value);
      else
        json[key] = value;
    const Tokenizer tokenizer = tokenizer_of_json(json, item.at("config"));
    for (const Json& row : item.at("rows")) check_tokenizer_row(tokenizer, row, "inner");
    for (int round = 0; round < 40; ++round) {
      Ids ids(random() % 12);
      for (std::int32_t& id : ids) id = static_cast<std::int32_t>(random() % (tokenizer.size() + 8));
      CHECK(streamed_text(tokenizer, ids) == tokenizer.decode(ids));
    }
  }
}

TEST_CASE("tokenizer.json decides where tokenizer.model lies beside it", "[tokenizer]") {
  const test::TempDir temp;
  const std::filesystem::path plain = tokenizers_data() / "plain";
  test::write_file(temp / "tokenizer.json", tokenizer_base("bytes").dump());
  test::write_file(temp / "tokenizer.model", test::read_file(plain / "tokenizer.model"));
  CHECK(Tokenizer::open(temp.path()).size() == tokenizer_of_json(tokenizer_base("bytes")).size());
  test::write_file(temp / "tokenizer.model", "spoilt");
  CHECK_NOTHROW(Tokenizer::open(temp.path()));
  test::write_file(temp / "tokenizer.json", "{}");
  CHECK_THROWS_WITH(Tokenizer::open(temp.path()), Contains("tokenizer.json: model: missing"));
}

TEST_CASE("tokens of added_tokens.json beside a tokenizer.json", "[tokenizer]") {
  TokenizerTexts texts;
  texts.tokenizer_json = tokenizer_base("plain").dump();
  texts.added_tokens_json = R"({"<note>": 515, "<mark>": 516})";
  texts.config_json = R"({"extra_special_tokens": ["<mark>"]})";
  const Tokenizer tokenizer = Tokenizer::from_texts(texts, "dir");
  CHECK(tokenizer.encode("<note><mark>", Around::Omit) == Ids{515, 516});
  CHECK_FALSE(tokenizer.is_special(515));
  CHECK(tokenizer.is_special(516));
}

TEST_CASE("whose steps count where the config names LlamaTokenizer", "[tokenizer]") {
  Json json = tokenizer_base("plain");
  json["pre_tokenizer"] = nullptr;
  json["normalizer"] = {{"type", "Prepend"}, {"prepend", "▁"}};
  const Json config = {{"tokenizer_class", "LlamaTokenizer"}};
  CHECK(tokenizer_of_json(json).legacy());
  CHECK_FALSE(tokenizer_of_json(json, config).legacy());
  CHECK(tokenizer_of_json(json, {{"tokenizer_class", "LlamaTokenizer"}, {"legacy", true}}).legacy());
  // Its own config.json is known to say so in error.
  CHECK(tokenizer_of_json(json, config, "smolvlm").legacy());
}

TEST_CASE("what somebody typed holds no special token, whichever way it is looked for", "[tokenizer]") {
  const bool normalized = GENERATE(false, true);
  Json json = tokenizer_base("plain");
  json["pre_tokenizer"] = nullptr;
  json["normalizer"] = {
      {"type", "Sequence"},
      {"normalizers", {{{"type", "NFC"}}, {{"type", "Replace"}, {"pattern", {{"String", " "}}}, {"content", "▁"}}}}};
  for (Json& token : json["added_tokens"]) token["normalized"] = normalized;
  json["added_tokens"].push_back({{"id", 515}, {"content", "<aside>"}, {"special", false}, {"normalized", normalized}});
  const Tokenizer tokenizer = tokenizer_of_json(json);
  const std::string typed = "e\u0301 </s> <video> </s";
  const std::vector<TextSpan> spans = {{"e\u0301 a </s>"}, {typed, false}, {"> <video>"}, {" <aside>", false}};
  const Ids ids = tokenizer.encode(spans);
  CHECK(std::ranges::count(ids, 2) == 1);
  CHECK(std::ranges::count(ids, 513) == 1);
  CHECK(std::ranges::count(ids, 515) == 1);
  CHECK(tokenizer.decode(ids).find("<video>") != std::string::npos);
}

TEST_CASE("pieces of a byte-level tokenizer as they are shown", "[tokenizer]") {
  const Tokenizer tokenizer = tokenizer_of_json(tokenizer_base("bytes"));
  std::set<std::string> pieces;
  for (std::size_t id = 0; id < tokenizer.size(); ++id) pieces.insert(tokenizer.piece(static_cast<std::int32_t>(id)));
  CHECK(pieces.contains("▁the"));
  CHECK(pieces.contains("<0x0A>"));
  CHECK(pieces.contains("<0xC3>"));
  CHECK(pieces.contains("</s>"));
  CHECK(tokenizer.is_special(1));
  CHECK_FALSE(tokenizer.is_special(20));
}

TEST_CASE("half a character waits for its other bytes, and no longer", "[tokenizer]") {
  const Tokenizer tokenizer = tokenizer_of_json(tokenizer_base("bytes"));
  const Ids fox = tokenizer.encode("🦊", Around::Omit);
  REQUIRE(fox.size() > 1);
  StreamDecoder decoder(tokenizer);
  for (std::size_t i = 0; i + 1 < fox.size(); ++i) CHECK(decoder.push(fox[i]).empty());
  CHECK(decoder.push(fox.back()) == "🦊");
  CHECK(decoder.push(fox[0]).empty());
  CHECK(decoder.push(tokenizer.encode("a", Around::Omit)[0]) ==
        "\ufffd"
        "a");
  CHECK(decoder.push(fox[0]).empty());
  CHECK(decoder.flush() == "\ufffd");
  CHECK(decoder.flush().empty());
}

// Quadratic merging would take minutes.
TEST_CASE("a word of a megabyte", "[tokenizer]") {
  const std::string kind = GENERATE("plain", "bytes");
  const Tokenizer tokenizer = tokenizer_of_json(tokenizer_base(kind));
  std::mt19937_64 random(2);
  std::string word(1 << 20, 'a');
  for (char& c : word) c = "aehinorst"[random() % 9];
  const Ids ids = tokenizer.encode(word, Around::Omit);
  CHECK(ids.size() < word.size());
  CHECK(tokenizer.decode(ids) == word);
  CHECK_FALSE(tokenizer.encode(std::string(1 << 20, ' ')).empty());
}

TEST_CASE("a tokenizer.json that makes no sense is refused by file and key", "[tokenizer]") {
  const Json json = tokenizer_base("plain");
  const auto wrong = [&](const std::string& pointer, const Json& value) {
    return tokenizer_complaint(changed_json(json, pointer, value));
  };
  CHECK_THAT(wrong("/model/type", "Unigram"), Contains("dir/tokenizer.json: model.type: Unigram"));
  CHECK_THAT(wrong("/model", 3), Contains("tokenizer.json: model: expected an object"));
  CHECK_THAT(wrong("/model/vocab", Json::array({"a"})), Contains("model.vocab: expected an object"));
  CHECK_THAT(wrong("/model/vocab", Json::object()), Contains("model.vocab: expected pieces"));
  CHECK_THAT(wrong("/model/vocab/▁red", -1), Contains("model.vocab[\"▁red\"]: expected an id"));
  CHECK_THAT(wrong("/model/vocab/▁red", 2000000000), Contains("model.vocab[\"▁red\"]: expected an id"));
  CHECK_THAT(wrong("/model/vocab/▁red", 5), Contains("the id 5 is that of"));
  CHECK_THAT(wrong("/model/merges", "x"), Contains("model.merges: expected a list"));
  CHECK_THAT(wrong("/model/merges/3", "a b c"), Contains("model.merges[3]: expected two pieces"));
  CHECK_THAT(wrong("/model/merges/3", {"a"}), Contains("model.merges[3]: expected two pieces"));
  CHECK_THAT(wrong("/model/merges/3", {"a", "nowhere"}),
             Contains("model.merges[3]: \"nowhere\" is not in model.vocab"));
  CHECK_THAT(wrong("/model/continuing_subword_prefix", "######"),
             Contains("is shorter than continuing_subword_prefix"));
  CHECK_THAT(wrong("/model/fuse_unk", "yes"), Contains("model.fuse_unk: expected true or false"));
  CHECK_THAT(wrong("/normalizer", {{"type", "Precompiled"}}), Contains("normalizer.type") && Contains("Precompiled"));
  CHECK_THAT(wrong("/normalizer", {{"type", "Prepend"}}), Contains("normalizer.prepend: missing"));
  CHECK_THAT(wrong("/pre_tokenizer/type", "Magic"), Contains("pre_tokenizer.type") && Contains("Magic"));
  CHECK_THAT(wrong("/pre_tokenizer/prepend_scheme", "last"), Contains("expected always, first or never"));
  CHECK_THAT(wrong("/pre_tokenizer/replacement", "ab"), Contains("pre_tokenizer.replacement: expected one character"));
  CHECK_THAT(wrong("/pre_tokenizer", {{"type", "FixedLength"}, {"length", 0}}), Contains("pre_tokenizer.length"));
  CHECK_THAT(wrong("/decoder", {{"type", "CTC"}}), Contains("decoder.type") && Contains("CTC"));
  CHECK_THAT(wrong("/decoder", {{"type", "Strip"}, {"content", " "}, {"start", -1}}), Contains("decoder.start"));
  CHECK_THAT(wrong("/decoder", {{"type", "Strip"}, {"content", " "}, {"start", 1e9}}), Contains("decoder.start"));
  CHECK_THAT(wrong("/post_processor", {{"type", "Magic"}}), Contains("post_processor.type"));
  CHECK_THAT(wrong("/post_processor/special_tokens/<s>/ids", {99999}), Contains("expected the id of a token"));
  CHECK_THAT(wrong("/post_processor/single/1/Sequence/id", "B"), Contains("post_processor.single[1].Sequence.id"));
  CHECK_THAT(wrong("/post_processor/single", Json::array()), Contains("the text is not in it"));
  CHECK_THAT(wrong("/added_tokens/3/id", 600000), Contains("<image>") && Contains("expected an id below"));
  CHECK_THAT(wrong("/added_tokens/3/id", 100), Contains("<image>") && Contains("100"));
  CHECK_THAT(wrong("/added_tokens/3/content", ""), Contains("added_tokens[3]: expected the spelling"));
  CHECK_THAT(wrong("/added_tokens/3/content", "<video>"), Contains("added_tokens[4]: \"<video>\" is given the id"));
  Json deep = {{"type", "Lowercase"}};
  for (int i = 0; i < 20; ++i) deep = {{"type", "Sequence"}, {"normalizers", Json::array({deep})}};
  CHECK_THAT(wrong("/normalizer", deep), Contains("nested deeper than"));
}

TEST_CASE("a tokenizer.json that makes too much of a text ends with an error", "[tokenizer]") {
  const Json doubled = {{"type", "Replace"}, {"pattern", {{"String", "a"}}}, {"content", "aa"}};
  Json json = tokenizer_base("plain");
  SECTION("when it encodes") {
    json["normalizer"] = {{"type", "Sequence"}, {"normalizers", std::vector<Json>(60, doubled)}};
    CHECK_THROWS_WITH(tokenizer_of_json(json).encode("aaaa"), Contains("of a text of 4"));
    json["normalizer"] = nullptr;
    const Json bytes = {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", false}};
    json["pre_tokenizer"] = {{"type", "Sequence"}, {"pretokenizers", std::vector<Json>(60, bytes)}};
    CHECK_THROWS_WITH(tokenizer_of_json(json).encode("éééé"), Contains("of a text of 8"));
  }
  SECTION("when it decodes") {
    json["decoder"] = {{"type", "Sequence"}, {"decoders", std::vector<Json>(60, doubled)}};
    const Tokenizer tokenizer = tokenizer_of_json(json);
    CHECK_THROWS_WITH(tokenizer.decode(tokenizer.encode("aaaa")), Contains("at once"));
  }
  SECTION("by the number of its steps, or by what they put in") {
    json["normalizer"] = {{"type", "Sequence"}, {"normalizers", std::vector<Json>(65, doubled)}};
    CHECK_THAT(tokenizer_complaint(json), Contains("normalizer.normalizers: expected a list of at most 64"));
    json["normalizer"] = {{"type", "Prepend"}, {"prepend", std::string(300, 'a')}};
    CHECK_THAT(tokenizer_complaint(json), Contains("normalizer.prepend: expected at most 256 bytes, found 300"));
    json["normalizer"] = nullptr;
    json["post_processor"]["special_tokens"]["<s>"]["ids"] = std::vector<int>(300, 1);
    CHECK_THAT(tokenizer_complaint(json), Contains("ids: expected a list of at most 256"));
  }
}

TEST_CASE("a regular expression that would mean something else is refused", "[tokenizer]") {
  const std::string regex =
      GENERATE("[a-z&&[^b]]", "[a[bc]]", "(?<name", "\\p{Nonsense}", "\\g<1>", "(*ACCEPT)a", "(", "[a", "a{2}+", "\\K",
               "\\C", "[\\W]", "(?R)", "(?s:.)", "\\", "\\1", "(?(1)a)", "\\p{L", "\\x{ffffffff}");
  Json json = tokenizer_base("plain");
  json["pre_tokenizer"] = split_by_regex(regex);
  CHECK_THAT(tokenizer_complaint(json), Contains("dir/tokenizer.json: pre_tokenizer.pattern.Regex"));
}

TEST_CASE("a regular expression that takes too long ends with an error", "[tokenizer]") {
  Json json = tokenizer_base("plain");
  json["pre_tokenizer"] = split_by_regex("(x+x+)+[0-9]");
  const Tokenizer tokenizer = tokenizer_of_json(json);
  CHECK_NOTHROW(tokenizer.encode("xxx7"));
  CHECK_THROWS_WITH(tokenizer.encode(std::string(2000, 'x')),
                    Contains("pre_tokenizer.pattern.Regex") && Contains("limit"));
}
