#include <catch2/catch.hpp>

#include "core/base/resources.h"
#include "kernels/error.h"
#include "tests/support.h"

#include <cstdlib>
#include <filesystem>
#include <string>

namespace sparsight {
namespace {

std::string message_of(const ResourcePlaces& places) {
  try {
    static_cast<void>(resource_dir(places));
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::File);
    return error.what();
  }
  return {};
}

TEST_CASE("resources: the first place that exists wins, in order", "[resources]") {
  const test::TempDir temp;
  const auto asked_for = temp / "asked", installed = temp / "installed", source = temp / "source";
  ResourcePlaces places{asked_for, installed, source};

  std::filesystem::create_directory(source);
  places.asked_for.reset();
  CHECK(resource_dir(places) == source);
  std::filesystem::create_directory(installed);
  CHECK(resource_dir(places) == installed);
  std::filesystem::create_directory(asked_for);
  places.asked_for = asked_for;
  CHECK(resource_dir(places) == asked_for);
}

TEST_CASE("resources: a place that was asked for is never replaced by another", "[resources]") {
  const test::TempDir temp;
  const std::string message = message_of({temp / "nowhere", temp.path(), temp.path()});
  CHECK_THAT(message, Catch::Contains("SPARSIGHT_RESOURCES") && Catch::Contains((temp / "nowhere").string()));
}

TEST_CASE("resources: the error says where it looked", "[resources]") {
  const test::TempDir temp;
  test::write_file(temp / "file", "not a directory");
  const std::string message = message_of({{}, temp / "file", temp / "source"});
  CHECK_THAT(message, Catch::Contains((temp / "file").string()) && Catch::Contains((temp / "source").string()));
  CHECK_THAT(message_of({}), Catch::Contains("SPARSIGHT_RESOURCES"));
}

TEST_CASE("resources: this program knows its environment, its own place and the checkout", "[resources]") {
  const char* before = std::getenv("SPARSIGHT_RESOURCES");
  const std::string kept = before == nullptr ? "" : before;
  setenv("SPARSIGHT_RESOURCES", "/asked/for", 1);
  CHECK(ResourcePlaces::of_this_program().asked_for == "/asked/for");
  setenv("SPARSIGHT_RESOURCES", "", 1);
  const ResourcePlaces places = ResourcePlaces::of_this_program();
  CHECK_FALSE(places.asked_for.has_value());
  CHECK(places.installed.filename() == "sparsight");
  CHECK(places.installed.parent_path().filename() == "share");
  CHECK(places.source_tree == test::source_dir() / "resources");
  if (before == nullptr)
    unsetenv("SPARSIGHT_RESOURCES");
  else
    setenv("SPARSIGHT_RESOURCES", kept.c_str(), 1);
}

}  // namespace
}  // namespace sparsight
