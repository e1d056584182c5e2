// Runs the command line as a user would.
#pragma once

#include "tests/support.h"

#include <string>
#include <vector>

namespace sparsight::test {

[[nodiscard]] inline Ran cli(std::vector<std::string> words) {
  words.insert(words.begin(), SPARSIGHT_CLI);
  return run(words);
}

}  // namespace sparsight::test
