// The list of recommended models: what is read from it, and what is refused.
#include "core/hub/recommended.h"

#include <catch2/catch.hpp>

#include "tests/hub_scene.h"

namespace sparsight::test {
namespace {

using Catch::Contains;

std::string list_of(const std::string& entries,
                    const std::string& head = R"("format": "sparsight-models", "version": 1)") {
  return "{" + head + R"(, "models": [)" + entries + "]}";
}

std::string entry(const std::string& more = "", const std::string& id = "a/b") {
  return R"({"name": "A", "id": ")" + id +
         R"(", "revision": "main", "model_type": "llava", "good_at": {"en": "much", "de": "viel"}, "licence": "mit", "licence_link": "https://x")" +
         more + "}";
}

}  // namespace

TEST_CASE("recommended models: every field is read", "[hub]") {
  const std::string hash(64, 'a');
  const std::vector<RecommendedModel> models = parse_recommended(
      list_of(entry(
          R"(, "shape": "like-a", "parameters": 7, "download_bytes": 9, "verified": true, "files": [{"name": "x", "bytes": 3, "sha256": ")" +
          hash + R"("}])")),
      "list");
  REQUIRE(models.size() == 1);
  CHECK(models[0].name == "A");
  CHECK(models[0].model_type == "llava");
  CHECK(models[0].good_at_in("de") == "viel");
  CHECK(models[0].good_at_in("fr") == "much");
  CHECK(models[0].licence_in("de") == "mit");
  CHECK(models[0].shape == "like-a");
  CHECK(models[0].parameters == 7);
  CHECK(models[0].download_bytes == 9);
  CHECK(models[0].verified);
  REQUIRE(models[0].files.size() == 1);
  CHECK(models[0].files[0].hash == hash);
}

TEST_CASE("recommended models: what is not one is refused by its key", "[hub]") {
  const auto refused = [](const std::string& text) {
    return failure_of(ErrorKind::Model, [&] { static_cast<void>(parse_recommended(text, "list")); });
  };
  CHECK_THAT(refused("7"), Contains("list"));
  CHECK_THAT(refused(list_of("", R"("format": "x", "version": 1)")), Contains("format"));
  CHECK_THAT(refused(list_of("", R"("format": "sparsight-models", "version": 2)")), Contains("version"));
  CHECK_THAT(refused(R"({"format": "sparsight-models", "version": 1})"), Contains("models"));
  CHECK_THAT(refused(list_of(R"({"id": "a/b"})")), Contains("models.name"));
  CHECK_THAT(refused(list_of(entry("", "../x"))), Contains("models.id") && Contains("expected the name"));
  CHECK_THAT(refused(list_of(entry() + "," + entry())), Contains("stands there twice"));
  CHECK_THAT(refused(list_of(entry(R"(, "parameters": -1)"))), Contains("models.parameters"));
  CHECK_THAT(refused(list_of(entry(R"(, "licence_note": "x")"))), Contains("models.licence_note"));
  CHECK_THAT(refused(list_of(entry(R"(, "licence_note": {"de": "x"})"))), Contains("models.licence_note"));
  CHECK_THAT(refused(list_of(entry(R"(, "files": 3)"))), Contains("models.files"));
  CHECK_THAT(refused(list_of(entry(R"(, "files": [{"name": "x", "sha256": "abc"}])"))), Contains("sha256"));
  std::string many = entry("", "a/b0");
  for (int i = 1; i < 300; ++i) many += "," + entry("", "a/b" + std::to_string(i));
  CHECK_THAT(refused(list_of(many)), Contains("expected a list of models"));
}

TEST_CASE("recommended models: the one that was meant is found by what was written", "[hub]") {
  const std::vector<std::string> known{"HuggingFaceTB/SmolVLM2-500M-Video-Instruct", "Qwen/Qwen2.5-VL-3B-Instruct",
                                       "a/b"};
  for (const char* written : {"HuggingFaceTB/SmolVLM2-500M-Video-Instuct", "huggingfacetb/smolvlm2-500m-video-instruct",
                              "SmolVLM2-500M", "smolvlm", "Somebody/SmolVLM2-500M-Video-Instruct"})
    CHECK(meant_id(written, known) == known[0]);
  CHECK(meant_id("Qwen/Qwen2.5-VL-3B-Instuct", known) == known[1]);
  for (const char* other : {"Some/Model", "Qwen/Qwen2.5-Omni-7B-AWQ", "llava", ""})
    CHECK(meant_id(other, known).empty());
  CHECK(meant_id("anything", {}).empty());
  CHECK(meant_id(std::string(100'000, 'x'), known).empty());
  CHECK(meant_recommended("smolvlm2-500m") == "HuggingFaceTB/SmolVLM2-500M-Video-Instruct");
}

}  // namespace sparsight::test
