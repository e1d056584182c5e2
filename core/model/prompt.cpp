#include "core/model/prompt.h"

#include "core/base/text.h"
#include "core/model/families/family.h"
#include "kernels/error.h"

#include <algorithm>
#include <span>
#include <string_view>
#include <utility>

namespace sparsight {
namespace {

constexpr std::string_view kSpace = " \t\n\v\f\r";
constexpr std::string_view kMediaHere = "\x01";  // no template has it

std::int32_t placeholder_id(const ModelConfig& config, MediaKind media) {
  return media == MediaKind::Image ? config.image_token : config.video_token;
}

std::string_view noun(MediaKind media) { return media == MediaKind::Image ? "image" : "video"; }

// The template's text may contain special tokens, the chat's may not. The spans point into `chat`.
std::vector<TextSpan> spans_of(const Chat& chat, const ChatTemplate& words, std::string_view placeholder) {
  if (chat.turns.empty()) fail(ErrorKind::Usage, "the chat: expected a question, found none");
  std::vector<TextSpan> spans;
  const auto say = [&](std::string_view own) {
    if (!own.empty()) spans.push_back({own});
  };
  say(words.begin);
  if (const std::string_view system = trimmed(chat.system, kSpace); !system.empty() || !words.default_system.empty()) {
    say(words.system_before);
    spans.push_back({system.empty() ? words.default_system : system, false});
    say(words.system_after);
  }
  for (std::size_t i = 0; i < chat.turns.size(); ++i) {
    const bool last = i + 1 == chat.turns.size();
    const std::string_view question = trimmed(chat.turns[i].question, kSpace);
    const std::string_view answer = trimmed(chat.turns[i].answer, kSpace);
    if (question.empty()) fail(ErrorKind::Usage, "question {} of {} is empty", i + 1, chat.turns.size());
    if (last && !answer.empty())
      fail(ErrorKind::Usage, "the last of {} turns already has an answer: there is no question to answer", i + 1);
    say(words.question_before);
    if (i == 0 && chat.media != MediaKind::None) {
      say(words.media_before);
      if (chat.media == MediaKind::Video) say(words.video_before);
      say(placeholder);
      say(words.media_after);
    } else {
      say(words.without_media);
    }
    spans.push_back({question, false});
    say(words.question_after);
    if (last) break;
    if (!answer.empty()) {
      say(words.answer_before);
      spans.push_back({answer, false});
    }
    say(words.answer_after);
  }
  return spans;
}

}  // namespace

std::string render(const Chat& chat, const Family& family) {
  std::string text;
  for (const TextSpan& span : spans_of(chat, family.chat, family.chat.placeholder(chat.media))) text += span.text;
  return text;
}

std::vector<PromptPart> parts_behind_media(const Chat& chat, const Family& family) {
  // What is not the template's, in the order of spans_of().
  std::vector<PromptPart> own;
  if (!trimmed(chat.system, kSpace).empty() || !family.chat.default_system.empty()) own.emplace_back();
  for (std::size_t turn = 0; turn < chat.turns.size(); ++turn) {
    own.push_back({.text = {}, .kind = PromptPart::Kind::Question, .turn = turn});
    if (!trimmed(chat.turns[turn].answer, kSpace).empty())
      own.push_back({.text = {}, .kind = PromptPart::Kind::Answer, .turn = turn});
  }
  std::vector<PromptPart> parts;
  std::size_t next = 0;
  for (const TextSpan& span : spans_of(chat, family.chat, kMediaHere)) {
    if (span.special && span.text == kMediaHere) {
      parts.clear();
      continue;
    }
    parts.push_back(span.special ? PromptPart{} : own.at(next++));
    parts.back().text = span.text;
  }
  return parts;
}

std::vector<std::int32_t> PromptLayout::expanded() const {
  if (visual_count() == 0 || placeholders == 0) return ids;
  std::vector<std::int32_t> result(ids);
  const auto at = result.begin() + static_cast<std::ptrdiff_t>(visual_begin);
  const std::int32_t id = ids[visual_begin];
  result.insert(result.erase(at, at + static_cast<std::ptrdiff_t>(placeholders)), visual_count(), id);
  return result;
}

PromptLayout lay_out(std::vector<std::int32_t> ids, const ModelConfig& config, MediaKind media,
                     std::size_t visual_tokens) {
  PromptLayout layout;
  const ChatTemplate& words = config.family->chat;
  std::size_t found = 0;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const bool image = ids[i] == config.image_token;
    const bool video = ids[i] == config.video_token;
    if ((image && media == MediaKind::Image) || (video && media == MediaKind::Video)) {
      layout.visual_begin = i;
      ++found;
    } else if (image || video) {
      const std::string_view there = words.placeholder(image ? MediaKind::Image : MediaKind::Video);
      if (media == MediaKind::None)
        fail(ErrorKind::Usage, "the prompt has {} at position {}, but no {} is given", there, i,
             image ? "image" : "video");
      fail(ErrorKind::Usage, "the prompt has {} at position {}, but the medium is {} {}: expected {}", there, i,
           media == MediaKind::Image ? "an" : "a", noun(media), words.placeholder(media));
    } else if (ids[i] < 0 || static_cast<std::size_t>(ids[i]) >= config.text.vocab) {
      fail(ErrorKind::Model, "the prompt has token {} at position {}, the model's vocabulary ends at {}", ids[i], i,
           config.text.vocab);
    }
  }
  layout.length = ids.size();
  layout.ids = std::move(ids);
  if (media == MediaKind::None) {
    if (visual_tokens != 0) fail(ErrorKind::Usage, "{} visual tokens for a prompt without media", visual_tokens);
    return layout;
  }
  if (found == 0)
    fail(ErrorKind::Usage, "a {} is given, but the prompt has no {}", noun(media), words.placeholder(media));
  if (found > 1) fail(ErrorKind::Usage, "the prompt has {} {} times: expected once", words.placeholder(media), found);
  if (visual_tokens == 0)
    fail(ErrorKind::Usage, "the prompt has {}, but the {} gave no visual tokens", words.placeholder(media),
         noun(media));
  layout.visual_end = layout.visual_begin + visual_tokens;
  layout.length += visual_tokens - 1;
  return layout;
}

namespace {

// Error{Model} if tokenizer and config disagree about the placeholder; Error{Usage} if the model takes no such media.
void check_placeholder(MediaKind media, const Tokenizer& tokenizer, const ModelConfig& config) {
  const std::string_view placeholder = config.family->chat.placeholder(media);
  if (placeholder.empty()) fail(ErrorKind::Usage, "the model takes no {}", noun(media));
  if (config.family->chat.no_placeholder_token) return;
  const std::int32_t expected = placeholder_id(config, media);
  const auto id = tokenizer.special_id(placeholder);
  if (!id) fail(ErrorKind::Model, "the tokenizer has no {}: the model can't take a {}", placeholder, noun(media));
  if (*id != expected)
    fail(ErrorKind::Model, "{} is {} in the tokenizer, config.json says {}", placeholder, *id, expected);
}

// The texts before and after the placeholders are encoded one by one.
PromptLayout without_placeholder_token(const Chat& chat, const Tokenizer& tokenizer, const ModelConfig& config,
                                       std::size_t frames, std::size_t visual_tokens) {
  const std::string_view placeholder = config.family->chat.placeholder(chat.media);
  const std::vector<TextSpan> spans = spans_of(chat, config.family->chat, placeholder);
  const auto at = std::ranges::find_if(spans, [&](const TextSpan& s) { return s.special && s.text == placeholder; });
  SPARSIGHT_CHECK(at != spans.end());
  PromptLayout layout{.ids = tokenizer.encode({spans.begin(), at})};
  layout.visual_begin = layout.ids.size();
  layout.visual_end = layout.visual_begin + visual_tokens;
  layout.placeholders = frames;
  layout.ids.insert(layout.ids.end(), frames, kNoPlaceholderToken);
  const std::vector<std::int32_t> after = tokenizer.encode({at + 1, spans.end()}, Around::Omit);
  layout.ids.insert(layout.ids.end(), after.begin(), after.end());
  layout.length = layout.ids.size() - frames + visual_tokens;
  return layout;
}

// `layout` with the words that stand between its blocks in the visual span of `ids`. Error{Model} if the placeholders
// do not follow each other block by block.
VisualLayout with_words(const VisualLayout& layout, std::span<const std::int32_t> span, std::int32_t placeholder) {
  std::vector<VisualBlock> blocks(layout.blocks().begin(), layout.blocks().end());
  std::size_t at = 0;
  for (VisualBlock& block : blocks) {
    const std::size_t tokens = block.tokens();
    while (at < span.size() && span[at] != placeholder) ++at, ++block.words_before;
    const std::size_t end = std::min(span.size(), at + tokens);
    while (at < end && span[at] == placeholder) ++at;
    if (at != end) break;
  }
  VisualLayout out(std::move(blocks));
  if (at != span.size() || out.tokens() != span.size())
    fail(ErrorKind::Model, "the prompt has other visual tokens than the picture: expected {} and words between them",
         layout.tokens());
  return out;
}

}  // namespace

PromptLayout lay_out(const Chat& chat, const Tokenizer& tokenizer, const ModelConfig& config, const Medium& medium,
                     const VisualLayout& layout) {
  const Family& family = *config.family;
  PromptLayout out;
  if (chat.media != MediaKind::None && family.placeholder_text != nullptr) {
    check_placeholder(chat.media, tokenizer, config);
    const std::string text = family.placeholder_text(config, medium, layout);
    out.ids = tokenizer.encode(spans_of(chat, family.chat, text));
    const std::int32_t id = placeholder_id(config, chat.media);
    const auto first = std::ranges::find(out.ids, id);
    const auto last = std::find(out.ids.rbegin(), out.ids.rend(), id).base();
    if (first == out.ids.end()) fail(ErrorKind::Model, "the prompt has no {}", family.chat.placeholder(chat.media));
    expect_in_vocabulary(out.ids, config.text);
    out.visual = with_words(layout, std::span(first, last), id);
    out.visual_begin = static_cast<std::size_t>(first - out.ids.begin());
    out.visual_end = static_cast<std::size_t>(last - out.ids.begin());
    out.length = out.ids.size();
    out.placeholders = 0;
    return out;
  }
  if (chat.media != MediaKind::None && family.chat.no_placeholder_token) {
    check_placeholder(chat.media, tokenizer, config);
    out = without_placeholder_token(chat, tokenizer, config, medium.frames, layout.tokens());
  } else {
    out = lay_out(chat, tokenizer, config, layout.tokens());
  }
  out.visual = layout;
  return out;
}

PromptLayout lay_out(const Chat& chat, const Tokenizer& tokenizer, const ModelConfig& config,
                     std::size_t visual_tokens) {
  if (chat.media != MediaKind::None) check_placeholder(chat.media, tokenizer, config);
  const std::string_view placeholder = config.family->chat.placeholder(chat.media);
  return lay_out(tokenizer.encode(spans_of(chat, config.family->chat, placeholder)), config, chat.media, visual_tokens);
}

std::vector<RotaryPlace> places_of(const PromptLayout& prompt, const ModelConfig& config, const Medium& medium,
                                   const VisualLayout& visual) {
  std::vector<RotaryPlace> out;
  if (!config.text.rope.has_sections() || config.family->places == nullptr) return out;
  const auto first = static_cast<std::int32_t>(prompt.visual_begin);
  for (std::int32_t i = 0; i < first; ++i) out.push_back({i, i, i});
  std::int32_t next = first;
  for (const RotaryPlace& place : config.family->places(config, medium, visual)) {
    out.push_back({first + place.time, first + place.row, first + place.column});
    next = std::max(next, 1 + std::max(out.back().row, out.back().column));
  }
  SPARSIGHT_CHECK(out.size() == prompt.visual_end);
  for (std::size_t i = prompt.visual_end; i < prompt.length; ++i, ++next) out.push_back({next, next, next});
  return out;
}

}  // namespace sparsight
