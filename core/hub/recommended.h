// The models that Sparsight recommends, from resources/models.json; docs/models.md describes the file.
#pragma once

#include "core/hub/fetch.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace sparsight {

// Each text for people is one line.
struct RecommendedModel {
  std::string name{}, id{}, revision{};
  std::string model_type{};          // in its config.json
  std::string shape{};               // a config.json like its own: a name in resources/shapes; empty: there is none
  std::uint64_t parameters = 0;      // about
  std::uint64_t download_bytes = 0;  // about
  std::string licence{}, licence_link{};
  std::map<std::string, std::string> good_at{}, licence_note{};  // by language; a note may be missing
  std::vector<HubFile> files{};                                  // whose hash is known; empty: none is
  bool verified = false;                                         // somebody fetched it and asked it with Sparsight

  // In `language`, else in English. The licence with its note.
  [[nodiscard]] std::string good_at_in(const std::string& language) const;
  [[nodiscard]] std::string licence_in(const std::string& language) const;
};

// The first is the one to start with. Error{File, Model}.
[[nodiscard]] std::vector<RecommendedModel> recommended_models();
// Error{Model} names the key, what was expected and what was found. `where` names the source in messages.
[[nodiscard]] std::vector<RecommendedModel> parse_recommended(std::string_view json, std::string_view where);

// The one of `known` that somebody probably meant who wrote `id`: they differ in case or in a few letters, or `id` is
// the beginning or a part of its name; empty: none.
[[nodiscard]] std::string meant_id(const std::string& id, const std::vector<std::string>& known);
// The same of the recommended models.
[[nodiscard]] std::string meant_recommended(const std::string& id);

}  // namespace sparsight
