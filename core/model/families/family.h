// A family of models as data: all that tells its checkpoints from another family's. Each has one file in this folder
// and one line in families.cpp; config, weights, vision, prompt and preprocessing ask it, and nothing else knows its
// name. Static; any thread.
#pragma once

#include "core/model/config.h"
#include "core/model/families/names.h"

#include <span>
#include <string>
#include <string_view>

namespace sparsight {

class JsonObject;

// A chat as text. Its words, in order:
// - a system text, if there is one, between system_before and system_after
// - for each turn question_before, the question and question_after; in front of the first question media_before, the
//   placeholder and media_after if there is a medium; in front of the others without_media
// - behind each but the last turn the answer, if there is one, behind answer_before; then answer_after
// These words may be special tokens; what people typed never becomes one.
struct ChatTemplate {
  std::string_view system_before, system_after;  // only where there is a system text
  std::string_view default_system{};             // of a chat that has none
  std::string_view question_before;
  std::string_view media_before{}, media_after;  // around the placeholder, which stands in the first question
  std::string_view without_media{};              // in front of a question without one
  std::string_view question_after;
  std::string_view answer_before;  // only where there is an answer
  std::string_view answer_after;
  std::string_view image, video;  // placeholders; empty: the family does not take such media

  [[nodiscard]] std::string_view placeholder(MediaKind media) const;  // empty for MediaKind::None
};

struct Family {
  std::string_view model_type;  // in config.json
  std::string_view mark{};      // a key of config.json that tells it from others of the type; empty: none does
  std::string_view models;      // whose that is, for messages: "models of the class ..."
  TensorNames names;
  // What the names of a tower's tensors begin with; the same for both media: one tower for both; empty: none for these.
  std::string_view image_tower, video_tower;
  std::string_view newline;  // the tensor [decoder's width] that ends a row of patches; empty: none
  PreprocessConfig pixels;   // of checkpoints that do not say it
  ChatTemplate chat;
  // What the two files say, generation_config.json being an empty object where it is not there; `family` is set by
  // parse_config. Special tokens, rotary positions and which of a tower's features are used are among it. Error{Model}.
  ModelConfig (*read)(const JsonObject& config, const JsonObject& generation);

  [[nodiscard]] std::string_view tower_prefix(MediaKind media) const {
    return media == MediaKind::Image ? image_tower : video_tower;
  }
};

// By model_type and mark; a mark that is there goes before none. Error{Model} where none of them has the type.
[[nodiscard]] const Family& family_of(const JsonObject& config, Families families);
// The family of a model's folder; the first one where it has no config.json. Error{File, Model}.
[[nodiscard]] const Family& family_of(const std::filesystem::path& dir, Families families = families());

}  // namespace sparsight
