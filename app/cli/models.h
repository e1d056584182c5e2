// What the subcommands of `models` share.
#pragma once

#include "app/cli/cli.h"
#include "core/hub/hub.h"

#include <string>

namespace sparsight::cli {

struct ModelsOptions {
  std::string id;
  std::string revision = "main";
  std::string endpoint;  // empty: HF_ENDPOINT, else huggingface.co
  std::vector<std::string> words;
  std::filesystem::path folder;  // of models to list too; empty: none
  bool recommended = false, yes = false, json = false;
};

// Asks on standard error and reads the answer; true with --yes. Error{Usage} where nobody can answer; the message says
// that `not_done` was not done.
[[nodiscard]] bool confirmed(const ModelsOptions& options, const std::string& question, const std::string& not_done);

void pull_model(const ModelsOptions& options, Context& context);

}  // namespace sparsight::cli
