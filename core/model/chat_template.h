// The chat template that a model's folder holds, a program in Jinja. Sparsight runs none: it writes prompts by its
// family's ChatTemplate, and says so where the folder's template is not one that is known to give the same prompts.
#pragma once

#include "core/model/config.h"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace sparsight {

// Hash of a template without its comments, carriage returns and the white space at its end, which prompts don't depend
// on. Family::templates lists these.
[[nodiscard]] std::string template_digest(std::string_view text);

// Of a family with towers: adds a sentence for people if the folder's template is not in Family::templates or can't be
// read. Of several files it reads the one that transformers' processors use: chat_template.jinja, chat_template.json,
// tokenizer_config.json; else the decoder's GGUF file.
void warn_about_template(const std::filesystem::path& dir, const Family& family, std::vector<std::string>& warnings);

}  // namespace sparsight
