#include "core/model/tokenizer/tokenizer.h"

#include "core/base/mapped_file.h"
#include "core/base/text.h"
#include "core/model/gguf_model.h"
#include "core/model/model_folder.h"
#include "core/model/tokenizer/parts.h"
#include "core/model/tokenizer/sentencepiece.h"
#include "core/model/tokenizer/tokenizer_json.h"
#include "core/model/tokenizer/unicode.h"
#include "kernels/error.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace sparsight {
namespace {

// Appends what of `text` is UTF-8, and U+FFFD for every byte of the rest.
void append_valid(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const Utf8Step step = utf8_step(text);
    if (step.kind == Utf8Step::Kind::Character)
      out += text.substr(0, step.bytes);
    else
      for (std::size_t i = 0; i < step.bytes; ++i) out += kReplacementCharacter;
    text.remove_prefix(step.bytes);
  }
}

// As people read it: a byte-level piece is spelled as SentencePiece would.
std::string display(std::string_view piece) {
  const auto bytes = bytes_of_characters(piece);
  if (!bytes) return std::string(piece);
  if (bytes->size() == 1) {
    const auto byte = static_cast<unsigned char>(bytes->front());
    if (byte < ' ' || byte >= 0x7F) return fmt::format("<0x{:02X}>", byte);
  }
  std::string out;
  for (const char c : valid_utf8(*bytes))
    if (c == ' ')
      out += "\u2581";
    else
      out += c;
  return out;
}

}  // namespace

struct Tokenizer::Impl {
  explicit Impl(TokenizerParts made) : parts(std::move(made)), sought(std::move(parts.sought)) {
    size = parts.vocabulary->end();
    for (const AddedToken& token : parts.added) {
      added.emplace(token.id, &token);
      ids.emplace(token.content, token.id);
      size = std::max(size, static_cast<std::size_t>(token.id) + 1);
    }
  }

  void append(std::string_view text, std::span<const TextRange> special, bool at_start,
              std::vector<std::int32_t>& out) const;
  [[nodiscard]] std::vector<std::int32_t> encode(std::span<const TextSpan> spans, Around around) const;
  [[nodiscard]] const AddedToken* added_token(std::int32_t id) const {
    const auto it = added.find(id);
    return it == added.end() ? nullptr : it->second;
  }
  // What goes to the decoder; nullptr: nothing.
  [[nodiscard]] const std::string* decoded(std::int32_t id) const;

  TokenizerParts parts;
  AddedTokens sought;
  std::unordered_map<std::int32_t, const AddedToken*> added;
  std::unordered_map<std::string, std::int32_t> ids;  // of added tokens
  std::size_t size = 0;
};

void Tokenizer::Impl::append(std::string_view text, std::span<const TextRange> special, bool at_start,
                             std::vector<std::int32_t>& out) const {
  for (const AddedTokens::Part& part : sought.split(text, special)) {
    if (part.token != nullptr) {
      out.push_back(part.token->id);
      continue;
    }
    std::vector<TextRange> within;
    for (const TextRange& range : special) {
      const std::size_t begin = std::max(range.begin, part.begin);
      const std::size_t end = std::min(range.end, part.end);
      if (begin < end) within.push_back({begin - part.begin, end - part.begin});
    }
    parts.segmenter->append({text.substr(part.begin, part.end - part.begin), at_start && part.begin == 0, within}, out);
  }
}

std::vector<std::int32_t> Tokenizer::Impl::encode(std::span<const TextSpan> spans, Around around) const {
  std::string text;
  std::vector<TextRange> special;
  for (const TextSpan& span : spans) {
    const std::size_t begin = text.size();
    append_valid(text, span.text);
    if (span.special && text.size() > begin) special.push_back({begin, text.size()});
  }
  std::vector<std::int32_t> out;
  if (around == Around::Put) out = parts.before;
  append(text, special, true, out);
  if (around == Around::Put) out.insert(out.end(), parts.behind.begin(), parts.behind.end());
  return out;
}

// As in the tokenizers library, an added token that its normalizer respells is decoded as respelled, and then counts as
// no special one.
const std::string* Tokenizer::Impl::decoded(std::int32_t id) const {
  const AddedToken* token = added_token(id);
  if (token == nullptr) return parts.vocabulary->piece(id);
  const auto respelled = parts.respelled.find(id);
  if (respelled != parts.respelled.end()) return &respelled->second;
  return token->special ? nullptr : &token->content;
}

Tokenizer::Tokenizer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;
Tokenizer::~Tokenizer() = default;

Tokenizer Tokenizer::open(const std::filesystem::path& dir) {
  const bool has_files = is_there(dir / "tokenizer.json") || is_there(dir / "tokenizer.model");
  if (const auto gguf = has_files ? std::nullopt : decoder_gguf(dir)) {
    const MappedFile file = MappedFile::open(*gguf);
    const TokenizerTexts texts = gguf_tokenizer_texts(parse_gguf(file.bytes(), gguf->string()));
    file.check();
    return from_texts(texts, gguf->string());
  }
  return from_texts(read_tokenizer_texts(dir), dir.string());
}

Tokenizer Tokenizer::from_texts(const TokenizerTexts& texts, std::string_view where) {
  if (!texts.tokenizer_json && !texts.model)
    fail(ErrorKind::Model, "{}: neither tokenizer.json nor tokenizer.model here", where);
  return Tokenizer(std::make_unique<Impl>(texts.tokenizer_json ? parts_of_tokenizer_json(texts, where)
                                                               : parts_of_sentencepiece(texts, where)));
}

std::vector<std::int32_t> Tokenizer::encode(std::string_view text, Around around) const {
  const TextSpan whole{text, true};
  return impl_->encode(std::span(&whole, 1), around);
}

std::vector<std::int32_t> Tokenizer::encode(std::span<const TextSpan> spans, Around around) const {
  return impl_->encode(spans, around);
}

std::vector<std::int32_t> Tokenizer::encode_plain(std::string_view text, bool at_start) const {
  std::string valid;
  append_valid(valid, text);
  std::vector<std::int32_t> ids;
  impl_->append(valid, {}, at_start, ids);
  return ids;
}

std::string Tokenizer::decode(std::span<const std::int32_t> ids) const {
  StreamDecoder stream(*this);
  std::string text;
  for (const std::int32_t id : ids) text += stream.push(id);
  return text + stream.flush();
}

std::optional<std::int32_t> Tokenizer::special_id(std::string_view token) const {
  const auto it = impl_->ids.find(std::string(token));
  return it == impl_->ids.end() ? std::nullopt : std::optional(it->second);
}

bool Tokenizer::is_special(std::int32_t id) const {
  const AddedToken* token = impl_->added_token(id);
  return token != nullptr && token->special;
}

std::string Tokenizer::piece(std::int32_t id) const {
  if (const AddedToken* token = impl_->added_token(id)) return token->content;
  const std::string* piece = impl_->parts.vocabulary->piece(id);
  if (piece == nullptr) return {};
  return impl_->parts.spelled_in_bytes ? display(*piece) : *piece;
}

std::size_t Tokenizer::size() const { return impl_->size; }
bool Tokenizer::legacy() const { return impl_->parts.prefix_everywhere; }
bool Tokenizer::adds_bos() const { return !impl_->parts.before.empty(); }

StreamDecoder::StreamDecoder(const Tokenizer& tokenizer)
    : tokenizer_(&tokenizer), run_(std::make_unique<TextDecoderRun>(tokenizer.impl_->parts.decoder.run())) {}
StreamDecoder::StreamDecoder(StreamDecoder&&) noexcept = default;
StreamDecoder& StreamDecoder::operator=(StreamDecoder&&) noexcept = default;
StreamDecoder::~StreamDecoder() = default;

std::string StreamDecoder::push(std::int32_t id) {
  const std::string* piece = tokenizer_->impl_->decoded(id);
  return piece == nullptr ? std::string() : run_->push(*piece);
}

std::string StreamDecoder::flush() { return run_->end(); }

}  // namespace sparsight
