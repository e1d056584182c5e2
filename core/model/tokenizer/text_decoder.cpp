#include "core/model/tokenizer/text_decoder.h"

#include "core/base/json.h"
#include "core/base/text.h"
#include "core/model/tokenizer/pattern.h"
#include "core/model/tokenizer/pre_tokenizer.h"
#include "core/model/tokenizer/unicode.h"
#include "kernels/error.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace sparsight {
namespace {

using Sink = TextDecoderStage::Sink;

constexpr std::size_t kMaxStrip = 4096;

// A step that takes every piece by itself.
class EachPieceStage : public TextDecoderStage {
 public:
  using Change = std::function<std::string(std::string_view piece, bool first)>;
  explicit EachPieceStage(Change change) : change_(std::move(change)) {}
  void push(std::string_view piece, const Sink& out) override { out(change_(piece, std::exchange(first_, false))); }
  void end(const Sink& /*out*/) override { first_ = true; }

 private:
  Change change_;
  bool first_ = true;
};

// Gives a piece that comes in parts to `stage` as a whole.
class WholeStage : public TextDecoderStage {
 public:
  explicit WholeStage(std::unique_ptr<TextDecoderStage> stage) : stage_(std::move(stage)) {}
  void push(std::string_view part, const Sink& /*out*/) override { text_ += part; }
  void end(const Sink& out) override {
    stage_->push(std::exchange(text_, {}), out);
    stage_->end(out);
  }

 private:
  std::unique_ptr<TextDecoderStage> stage_;
  std::string text_;
};

// A literal replaced in a piece that comes in parts: what may be its beginning is held back.
class ReplaceStage : public TextDecoderStage {
 public:
  ReplaceStage(std::string what, std::string by) : what_(std::move(what)), by_(std::move(by)) {}
  void push(std::string_view part, const Sink& out) override {
    text_ += part;
    std::string ready;
    std::size_t done = 0;
    for (std::size_t at = 0; (at = text_.find(what_, done)) != std::string::npos; done = at + what_.size()) {
      ready.append(text_, done, at - done);
      ready += by_;
    }
    std::size_t kept = std::min(text_.size() - done, what_.size() - 1);
    while (kept > 0 && !what_.starts_with(std::string_view(text_).substr(text_.size() - kept))) --kept;
    ready.append(text_, done, text_.size() - kept - done);
    text_.erase(0, text_.size() - kept);
    out(ready);
  }
  void end(const Sink& out) override { out(std::exchange(text_, {})); }

 private:
  std::string what_;
  std::string by_;
  std::string text_;  // the beginning of what_
};

struct StripRule {
  std::string content;  // one character
  std::size_t start = 0;
  std::size_t stop = 0;
};

std::string stripped(std::string_view text, const StripRule& rule) {
  for (std::size_t i = 0; i < rule.start && text.starts_with(rule.content); ++i)
    text.remove_prefix(rule.content.size());
  for (std::size_t i = 0; i < rule.stop && text.ends_with(rule.content); ++i) text.remove_suffix(rule.content.size());
  return std::string(text);
}

class StripStage : public TextDecoderStage {
 public:
  explicit StripStage(StripRule rule) : rule_(std::move(rule)) {}
  void push(std::string_view part, const Sink& out) override {
    for (; stripped_ < rule_.start && part.starts_with(rule_.content); ++stripped_)
      part.remove_prefix(rule_.content.size());
    if (part.empty()) return;
    stripped_ = rule_.start;
    std::size_t trailing = 0;
    for (std::string_view rest = part; trailing < rule_.stop && rest.ends_with(rule_.content); ++trailing)
      rest.remove_suffix(rule_.content.size());
    part.remove_suffix(trailing * rule_.content.size());
    // What was held back comes out before other text, or where it is more than is stripped.
    const std::size_t held = part.empty() ? std::min(rule_.stop, held_ + trailing) : trailing;
    std::string text;
    for (std::size_t i = part.empty() ? held - trailing : 0; i < held_; ++i) text += rule_.content;
    text += part;
    held_ = held;
    out(text);
  }
  void end(const Sink& /*out*/) override { stripped_ = held_ = 0; }

 private:
  StripRule rule_;
  std::size_t stripped_ = 0;  // at the start
  std::size_t held_ = 0;      // at the end, so far
};

std::optional<char> byte_of(std::string_view piece) {
  if (piece.size() != 6 || !piece.starts_with("<0x") || !piece.ends_with('>')) return std::nullopt;
  unsigned value = 0;
  const auto [end, error] = std::from_chars(piece.data() + 3, piece.data() + 5, value, 16);
  if (error != std::errc() || end != piece.data() + 5) return std::nullopt;
  return static_cast<char>(value);
}

// A run of byte pieces that is not valid UTF-8 as a whole becomes U+FFFD for each of its bytes, the valid ones
// included. Held back while it may still turn out either way, since one wrong byte makes U+FFFD of the whole.
class ByteFallbackStage : public TextDecoderStage {
 public:
  void push(std::string_view piece, const Sink& out) override {
    const auto byte = byte_of(piece);
    if (!byte) {
      end(out);
      out(piece);
    } else if (broken_) {
      out(kReplacementCharacter);
    } else {
      run_ += *byte;
      const Utf8 tail = utf8_of(std::string_view(run_).substr(complete_));
      if (tail == Utf8::Valid) complete_ = run_.size();
      if (tail != Utf8::Invalid) return;
      end(out);
      broken_ = true;
    }
  }
  void end(const Sink& out) override {
    broken_ = false;
    const std::string run = std::exchange(run_, {});
    if (run.empty()) return;
    if (std::exchange(complete_, 0) == run.size()) return out(run);
    for (std::size_t i = 0; i < run.size(); ++i) out(kReplacementCharacter);
  }

 private:
  std::string run_;           // valid so far, perhaps with an unfinished character at its end
  std::size_t complete_ = 0;  // bytes of it that are whole characters
  bool broken_ = false;       // the run can't be valid any more; its U+FFFD are out
};

// Joins the bytes that pieces spell; what is no UTF-8 among them becomes U+FFFD.
class ByteLevelStage : public TextDecoderStage {
 public:
  void push(std::string_view piece, const Sink& out) override {
    if (const auto bytes = bytes_of_characters(piece))
      bytes_ += *bytes;
    else
      bytes_ += piece;
    std::string text;
    std::string_view rest = bytes_;
    while (!rest.empty()) {
      const Utf8Step step = utf8_step(rest);
      if (step.kind == Utf8Step::Kind::Unfinished) break;
      text += step.kind == Utf8Step::Kind::Character ? rest.substr(0, step.bytes) : kReplacementCharacter;
      rest.remove_prefix(step.bytes);
    }
    bytes_.erase(0, bytes_.size() - rest.size());
    out(text);
  }
  void end(const Sink& out) override {
    if (!std::exchange(bytes_, {}).empty()) out(kReplacementCharacter);
  }

 private:
  std::string bytes_;  // the first ones of a character
};

// The end of a word becomes a blank, but not that of the last one.
class WordEndsStage : public TextDecoderStage {
 public:
  explicit WordEndsStage(const std::string& suffix) : suffix_(Pattern::literal(suffix)) {}
  void push(std::string_view piece, const Sink& out) override {
    if (last_) out(suffix_.replace_all(*last_, " "));
    last_ = piece;
  }
  void end(const Sink& out) override {
    if (last_) out(suffix_.replace_all(*last_, ""));
    last_.reset();
  }

 private:
  Pattern suffix_;
  std::optional<std::string> last_;
};

std::string cleaned_up(std::string text) {
  constexpr std::pair<std::string_view, std::string_view> kRules[] = {
      {" .", "."},   {" ?", "?"},           {" !", "!"},   {" ,", ","},     {" ' ", "'"},   {" n't", "n't"},
      {" 'm", "'m"}, {" do not", " don't"}, {" 's", "'s"}, {" 've", "'ve"}, {" 're", "'re"}};
  for (const auto& [what, by] : kRules) text = Pattern::literal(std::string(what)).replace_all(text, by);
  return text;
}

std::unique_ptr<TextDecoderStage> each(EachPieceStage::Change change) {
  return std::make_unique<EachPieceStage>(std::move(change));
}

std::string metaspace(std::string_view piece, const std::string& sign, bool first, bool prefixed) {
  return Pattern::literal(sign).replace_all(piece, first && prefixed ? "" : " ");
}

std::string word_piece(std::string_view piece, const std::string& prefix, bool first, bool cleaned) {
  std::string text;
  if (!first && !piece.starts_with(prefix)) text = ' ';
  if (!first && piece.starts_with(prefix)) piece.remove_prefix(prefix.size());
  text += piece;
  return cleaned ? cleaned_up(std::move(text)) : text;
}

}  // namespace

TextDecoder::TextDecoder() {
  add([] {
    return each([](std::string_view piece, bool first) { return std::string(first ? "" : " ").append(piece); });
  });
}

TextDecoder TextDecoder::read(const JsonNode& node) {
  TextDecoder decoder{Empty()};
  for (const JsonNode& step : node.steps("decoders")) decoder.add(step);
  return decoder;
}

void TextDecoder::add(const Stage& stage, const Stage& fused) {
  if (!fused_)
    stages_.push_back(stage);
  else if (fused)
    stages_.push_back(fused);
  else
    stages_.push_back([stage]() -> std::unique_ptr<TextDecoderStage> { return std::make_unique<WholeStage>(stage()); });
}

// Pieces need no step to be joined: those behind it take them as parts of one.
void TextDecoder::add_fuse() { fused_ = true; }

TextDecoder TextDecoder::llama(bool strip) {
  TextDecoder decoder{Empty()};
  decoder.add(
      [] { return each([](std::string_view piece, bool) { return metaspace(piece, "\u2581", false, false); }); });
  decoder.add([] { return std::make_unique<ByteFallbackStage>(); });
  decoder.add_fuse();
  if (strip) decoder.stages_.emplace_back([] { return std::make_unique<StripStage>(StripRule{" ", 1, 0}); });
  return decoder;
}

void TextDecoder::add(const JsonNode& node) {
  const std::string type = node.type();
  if (type == "Fuse") {
    add_fuse();
  } else if (type == "ByteLevel") {
    add([] { return std::make_unique<ByteLevelStage>(); });
    add_fuse();
  } else if (type == "ByteFallback") {
    add([] { return std::make_unique<ByteFallbackStage>(); });
  } else if (type == "Replace") {
    const Pattern pattern = Pattern::read(node.at("pattern"));
    const std::string by = node.at("content").short_text();
    const Stage each_piece = [pattern, by] {
      return each([pattern, by](std::string_view piece, bool) { return pattern.replace_all(piece, by); });
    };
    const std::string* literal = pattern.as_literal();
    if (literal == nullptr || literal->empty())
      add(each_piece);
    else
      add(each_piece, [what = *literal, by] { return std::make_unique<ReplaceStage>(what, by); });
  } else if (type == "Strip") {
    const StripRule rule{node.at("content").character(), node.count_or("start", 0, kMaxStrip),
                         node.count_or("stop", 0, kMaxStrip)};
    add([rule] { return each([rule](std::string_view piece, bool) { return stripped(piece, rule); }); },
        [rule] { return std::make_unique<StripStage>(rule); });
  } else if (type == "Metaspace") {
    const std::string sign = node.at("replacement").character();
    const bool prefixed = read_prepend_scheme(node) != PrependScheme::Never;
    add([sign, prefixed] {
      return each(
          [sign, prefixed](std::string_view piece, bool first) { return metaspace(piece, sign, first, prefixed); });
    });
  } else if (type == "BPEDecoder") {
    const auto suffix = node.find("suffix");
    add([text = suffix ? suffix->text() : "</w>"] { return std::make_unique<WordEndsStage>(text); });
  } else if (type == "WordPiece") {
    add([prefix = node.at("prefix").text(), cleaned = node.flag_or("cleanup", true)] {
      return each(
          [prefix, cleaned](std::string_view piece, bool first) { return word_piece(piece, prefix, first, cleaned); });
    });
  } else {
    fail(ErrorKind::Model, "{}.type: a decoder that is not known: {}", node.place(), shown(type));
  }
}

TextDecoderRun TextDecoder::run() const {
  std::vector<std::unique_ptr<TextDecoderStage>> stages;
  stages.reserve(stages_.size());
  for (const Stage& stage : stages_) stages.push_back(stage());
  return TextDecoderRun(std::move(stages));
}

void TextDecoderRun::pass(std::string_view piece, std::size_t stage, std::string& text) {
  constexpr std::size_t kMostBytes = std::size_t{1} << 20;
  if (piece.size() > kMostBytes) fail(ErrorKind::Model, "a tokenizer's decoder makes {} bytes at once", piece.size());
  if (stage == stages_.size())
    text += piece;
  else
    stages_[stage]->push(piece, [&](std::string_view out) { pass(out, stage + 1, text); });
}

std::string TextDecoderRun::push(std::string_view piece) {
  std::string text;
  pass(piece, 0, text);
  return text;
}

std::string TextDecoderRun::end() {
  std::string text;
  for (std::size_t stage = 0; stage < stages_.size(); ++stage)
    stages_[stage]->end([&](std::string_view out) { pass(out, stage + 1, text); });
  return text;
}

}  // namespace sparsight
