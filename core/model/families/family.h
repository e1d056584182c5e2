// A family of models as data and a few functions: everything that distinguishes its checkpoints from another family's.
// Each family has one file in this folder and one line in families.cpp; config, weights, vision, prompt and
// preprocessing use its data, and no other code knows its name. Static; any thread.
#pragma once

#include "core/model/config.h"
#include "core/model/families/names.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sparsight {

class Backend;
class JsonObject;
class Tokenizer;
class VisionModel;
class Weights;
struct ViewPixels;  // core/model/preprocess.h

// How a chat becomes text. In order:
// - begin
// - the system text, if there is one, between system_before and system_after
// - for each turn question_before, the question and question_after; before the first question media_before, the
//   placeholder and media_after if there is a medium (video_before also precedes a video's placeholder); before all
//   other questions without_media
// - after each turn but the last answer_before and the answer, if there is one; then answer_after
// These texts may contain special tokens; typed text never becomes one.
struct ChatTemplate {
  std::string_view begin{};
  std::string_view system_before, system_after;  // only with a system text
  std::string_view default_system{};             // for a chat without one
  std::string_view question_before;
  std::string_view media_before{}, video_before{}, media_after;  // around the placeholder, before the first question
  std::string_view without_media{};                              // before a question without a placeholder
  std::string_view question_after;
  std::string_view answer_before;  // only with an answer
  std::string_view answer_after;
  std::string_view image, video;  // placeholders; empty: the family does not take such media
  // The vocabulary has no placeholder: the texts around it are encoded one by one, and an id of -200 stands for it.
  // Repeated for each frame.
  bool no_placeholder_token = false;

  [[nodiscard]] std::string_view placeholder(MediaKind media) const;  // empty for MediaKind::None
};

// The pixels of one picture. Error{Model} for a config that makes no sense.
using LookAt = ViewPixels (*)(const RgbImage& picture, const PreprocessConfig& how, const ModelConfig& config,
                              MediaKind media);
// The layout of a medium's tokens, in the order of the prompt, without words. It works for a medium of unknown size.
using LayOutTokens = VisualLayout (*)(const ModelConfig& config, const Medium& medium);
// Borrows all three. Error{Model, Memory}.
using MakeVision = std::unique_ptr<VisionModel> (*)(const ModelConfig& config, const Weights& weights,
                                                    Backend& backend);
// A text with one placeholder for each token of `layout`, in its order; all other tokens of the text are words.
using PlaceholderText = std::string (*)(const ModelConfig& config, const Medium& medium, const VisualLayout& layout);
// For each token of `layout`, counted from the prompt's first visual token. The text behind them goes on after the
// largest row or column, as in transformers 5, however late the last token's time is.
using PlaceTokens = std::vector<RotaryPlace> (*)(const ModelConfig& config, const Medium& medium,
                                                 const VisualLayout& layout);
// Ascending indices of a file's frames; `total` is at least 1.
using ChooseFrames = std::vector<std::int64_t> (*)(std::int64_t total, double frames_per_second,
                                                   const PreprocessConfig& how);

// Marks a text that the app translates.
[[nodiscard]] constexpr std::string_view note(std::string_view text) { return text; }

struct Family {
  std::string_view model_type;  // in config.json
  std::string_view mark{};      // a key of config.json that distinguishes it from others of the type; empty: none
  // Of a family without towers: the chat template that its checkpoints have, if it is none of `templates`, which
  // distinguishes it from others of the type; both empty: they have none.
  std::string_view chat_template{};
  std::string_view title{};  // as people know it: "LLaVA-1.5"
  std::string_view models;   // for messages: "models of the class ..."
  TensorNames names;
  // The prefix of a tower's tensor names; equal ones: one tower for both media; empty: no tower for this medium.
  std::string_view image_tower, video_tower;
  std::string_view newline;     // the tensor [decoder's width] that ends a row of patches; empty: none
  PreprocessConfig pixels{};    // defaults for checkpoints that do not say it
  bool pixels_in_code = false;  // no checkpoint says it
  ChatTemplate chat;
  std::span<const std::string_view> templates{};  // known ones with the same prompts (core/model/chat_template.h)
  // Reads config.json and generation_config.json (an empty object if it is missing), including special tokens, rotary
  // positions and the tower's feature layers. parse_config sets `family`. Error{Model}.
  ModelConfig (*read)(const JsonObject& config, const JsonObject& generation);
  // Corrects what `read` could only assume by the shapes of the tensors, where config.json does not say everything.
  // Error{Model}.
  void (*complete)(const JsonObject& config, const Weights& weights, ModelConfig& out) = nullptr;
  // What people should know about every model of this family. Static data, made by note().
  std::span<const std::string_view> notes{};

  // How the family looks at media. Without these functions each frame is one view, cut out by preprocess(), whose rows
  // of the tower become tokens as FrameTokens says.
  LookAt look_at = nullptr;
  LayOutTokens lay_out = nullptr;
  MakeVision vision = nullptr;
  // What the placeholder is replaced by in the prompt.
  PlaceholderText placeholder_text = nullptr;
  // Time, row and column of each token, for models whose rope has sections.
  PlaceTokens places = nullptr;
  // The frames of a video that a request leaves to the model.
  ChooseFrames frames = nullptr;

  [[nodiscard]] std::string_view name() const { return title.empty() ? model_type : title; }  // for people
  [[nodiscard]] std::string_view tower_prefix(MediaKind media) const {
    return media == MediaKind::Image ? image_tower : video_tower;
  }
  [[nodiscard]] bool sees() const {  // else it takes text only
    return !image_tower.empty() || !video_tower.empty() || vision != nullptr;
  }
};

// Finds the family by model_type and mark; a family whose mark is present has priority over one without. Asks for the
// checkpoint's chat template, "" if it has none, only if families without towers have the type. Error{Model} if none
// has the type, or these do not have the template.
[[nodiscard]] const Family& family_of(const JsonObject& config, Families families,
                                      const std::function<std::string()>& chat_template = {});

// The chat template in a folder: chat_template.jinja, else that of tokenizer_config.json; "": none. Error{File, Model}.
[[nodiscard]] std::string chat_template_in(const std::filesystem::path& dir);

}  // namespace sparsight
