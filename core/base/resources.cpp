#include "core/base/resources.h"

#include "core/base/os/os.h"
#include "kernels/error.h"

#include <cstdlib>
#include <string>
#include <system_error>

#ifndef SPARSIGHT_SOURCE_RESOURCES
#define SPARSIGHT_SOURCE_RESOURCES ""
#endif

namespace sparsight {

ResourcePlaces ResourcePlaces::of_this_program() {
  ResourcePlaces places;
  if (const char* asked_for = std::getenv("SPARSIGHT_RESOURCES"); asked_for != nullptr && *asked_for != '\0')
    places.asked_for = asked_for;
  const std::filesystem::path program = os::program();
  if (!program.empty()) places.installed = program.parent_path().parent_path() / "share" / "sparsight";
  places.source_tree = SPARSIGHT_SOURCE_RESOURCES;
  return places;
}

std::filesystem::path resource_dir(const ResourcePlaces& places) {
  std::error_code absent;
  if (places.asked_for) {
    if (std::filesystem::is_directory(*places.asked_for, absent)) return *places.asked_for;
    fail(ErrorKind::File, "SPARSIGHT_RESOURCES: expected a directory, found none at {}", places.asked_for->string());
  }
  std::string looked_at;
  for (const std::filesystem::path* place : {&places.installed, &places.source_tree}) {
    if (place->empty()) continue;
    if (std::filesystem::is_directory(*place, absent)) return *place;
    looked_at += (looked_at.empty() ? "" : ", ") + place->string();
  }
  fail(ErrorKind::File,
       "Sparsight's resources: no directory at {}; set SPARSIGHT_RESOURCES to the folder that holds them",
       looked_at.empty() ? "any known place" : looked_at);
}

std::filesystem::path resource_dir() { return resource_dir(ResourcePlaces::of_this_program()); }

}  // namespace sparsight
