// What a model's files say about it, without loading it.
#include "core/model_check.h"
#include "kernels/backends.h"

#include <catch2/catch.hpp>

#include "tests/models.h"
#include "tests/support.h"

#include <filesystem>
#include <fstream>

namespace sparsight {
namespace {

namespace fs = std::filesystem;

void write(const fs::path& file, const std::string& text) { std::ofstream(file) << text; }

TEST_CASE("model check: a complete model is what loading says it is", "[model_check]") {
  const ModelCheck check = check_model(test::demo_model(), 8);
  const ModelInfo loaded = Engine::load({.model = test::demo_model(), .backend = cpu_backend()})->info();
  CHECK(check.problem.empty());
  CHECK(check.info.parameters == loaded.parameters);
  CHECK(check.info.weight_bytes == loaded.weight_bytes);
  CHECK(check.info.dtype == loaded.dtype);
  CHECK(check.memory_bytes > loaded.weight_bytes);
  CHECK(check_model(test::demo_model(), 16).memory_bytes > check.memory_bytes);
}

TEST_CASE("model check: reports what is wrong, with as much of the model as can be read", "[model_check]") {
  const test::TempDir temp;
  SECTION("no folder") {
    const ModelCheck check = check_model(temp.path() / "gone", 8);
    CHECK_FALSE(check.problem.empty());
    CHECK(check.info.config.text.layers == 0);
  }
  SECTION("weights that are cut off") {
    test::copy_demo_model(temp.path() / "model");
    fs::resize_file(temp.path() / "model" / "model.safetensors", 1000);
    const ModelCheck check = check_model(temp.path() / "model", 8);
    CHECK(check.problem.find("model.safetensors") != std::string::npos);
    CHECK(check.info.config.text.layers == 6);
  }
  SECTION("a tokenizer that is missing") {
    test::copy_demo_model(temp.path() / "model");
    for (const char* file : {"tokenizer.model", "tokenizer.json"}) fs::remove(temp.path() / "model" / file);
    CHECK(check_model(temp.path() / "model", 8).problem.find("tokenizer") != std::string::npos);
  }
  SECTION("no file that says how pictures are prepared") {
    test::copy_demo_model(temp.path() / "model");
    CHECK(check_model(temp.path() / "model", 8).info.warnings.empty());
    fs::remove(temp.path() / "model" / "preprocessor_config.json");
    const ModelCheck check = check_model(temp.path() / "model", 8);
    CHECK(check.problem.empty());
    REQUIRE(check.info.warnings.size() == 1);
    CHECK(check.info.warnings[0].find("neither preprocessor_config.json") != std::string::npos);
  }
  SECTION("no JSON") {
    fs::create_directories(temp.path() / "model");
    write(temp.path() / "model" / "config.json", "{");
    CHECK(check_model(temp.path() / "model", 8).problem.find("config.json") != std::string::npos);
  }
}

}  // namespace
}  // namespace sparsight
