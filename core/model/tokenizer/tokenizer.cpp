#include "core/model/tokenizer/tokenizer.h"

#include "core/base/text.h"
#include "core/model/tokenizer/tokenizer_files.h"
#include "kernels/error.h"

#include <sentencepiece_processor.h>

#include <algorithm>
#include <array>
#include <unordered_map>
#include <utility>

// Exported by the library, missing from its public header.
namespace sentencepiece::logging {
void SetMinLogLevel(int level);
}

namespace sparsight {
namespace {

constexpr std::string_view kSpaceSymbol = "\xe2\x96\x81";  // ▁
constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD
constexpr std::int64_t kMaxGap = 65536;                    // between the vocabulary and the largest added id

// ModelProto.normalizer_spec {precompiled_charsmap: "", add_dummy_prefix: false, remove_extra_whitespaces: false,
// escape_whitespaces: true}. Appended to the serialized model, it overrides the model's own values: this file adds the
// prefix by LlamaTokenizer's rules, and LlamaTokenizer normalizes nothing else.
constexpr std::string_view kNormalizerOverride{"\x1a\x08\x12\x00\x18\x00\x20\x00\x28\x01", 10};

std::string repeat(std::string_view text, std::size_t times) {
  std::string result;
  result.reserve(text.size() * times);
  for (std::size_t i = 0; i < times; ++i) result += text;
  return result;
}

std::string with_spaces(std::string_view piece) {
  std::string result;
  while (true) {
    const std::size_t at = piece.find(kSpaceSymbol);
    result += piece.substr(0, at);
    if (at == std::string_view::npos) return result;
    result += ' ';
    piece.remove_prefix(at + kSpaceSymbol.size());
  }
}

// Unicode's White_Space, in UTF-8.
constexpr std::array<std::string_view, 25> kWhiteSpace = {
    "\t",           "\n",           "\v",           "\f",           "\r",           " ",
    "\xc2\x85",     "\xc2\xa0",     "\xe1\x9a\x80", "\xe2\x80\x80", "\xe2\x80\x81", "\xe2\x80\x82",
    "\xe2\x80\x83", "\xe2\x80\x84", "\xe2\x80\x85", "\xe2\x80\x86", "\xe2\x80\x87", "\xe2\x80\x88",
    "\xe2\x80\x89", "\xe2\x80\x8a", "\xe2\x80\xa8", "\xe2\x80\xa9", "\xe2\x80\xaf", "\xe2\x81\x9f",
    "\xe3\x80\x80"};

std::size_t white_at_start(std::string_view text) {
  std::size_t total = 0;
  while (true) {
    const auto it = std::find_if(kWhiteSpace.begin(), kWhiteSpace.end(),
                                 [&](std::string_view space) { return text.substr(total).starts_with(space); });
    if (it == kWhiteSpace.end()) return total;
    total += it->size();
  }
}

std::size_t white_at_end(std::string_view text) {
  std::size_t total = 0;
  while (true) {
    const std::string_view rest = text.substr(0, text.size() - total);
    const auto it = std::find_if(kWhiteSpace.begin(), kWhiteSpace.end(),
                                 [&](std::string_view space) { return rest.ends_with(space); });
    if (it == kWhiteSpace.end()) return total;
    total += it->size();
  }
}

// Outside ASCII everything except white space is part of a word.
bool is_word(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || byte == '_' ||
         (byte >= 'a' && byte <= 'z');
}

bool stands_alone(std::string_view text, std::size_t begin, std::size_t end) {
  const std::string_view before = text.substr(0, begin);
  const std::string_view after = text.substr(end);
  return (before.empty() || !is_word(before.back()) || white_at_end(before) > 0) &&
         (after.empty() || !is_word(after.front()) || white_at_start(after) > 0);
}

}  // namespace

struct Tokenizer::Impl {
  enum class Kind : std::uint8_t { Text, Byte, Skipped };
  struct Token {
    Kind kind = Kind::Skipped;
    std::uint8_t byte = 0;
    std::string text;   // what decode prints for Kind::Text
    std::string piece;  // for display
  };

  sentencepiece::SentencePieceProcessor processor;
  std::vector<Token> tokens;      // by id; gaps are Skipped with an empty piece
  std::vector<AddedToken> added;  // longest first
  std::array<bool, 256> begins_added{};
  std::unordered_map<std::string, std::int32_t> added_ids;
  DummyPrefix prefix = DummyPrefix::Every;
  bool prefix_if_missing = false;
  std::optional<std::int32_t> bos;
  std::optional<std::int32_t> eos;

  void load(const TokenizerFiles& files, const std::string& where);
  void place_added(const AddedToken& token, const std::string& where);
  void append_text(std::string_view text, bool at_start, std::vector<std::int32_t>& ids) const;
  [[nodiscard]] const AddedToken* match(std::string_view text, std::size_t at, std::size_t end) const;
  [[nodiscard]] std::vector<std::int32_t> encode(std::span<const TextSpan> spans) const;
  [[nodiscard]] const Token* find(std::int32_t id) const {
    return id >= 0 && static_cast<std::size_t>(id) < tokens.size() ? &tokens[static_cast<std::size_t>(id)] : nullptr;
  }
};

void Tokenizer::Impl::load(const TokenizerFiles& files, const std::string& where) {
  static const bool silenced = (sentencepiece::logging::SetMinLogLevel(3), true);
  SPARSIGHT_CHECK(silenced);
  std::string model = files.model;
  model += kNormalizerOverride;
  const auto status = processor.LoadFromSerializedProto(model);
  if (!status.ok()) fail(ErrorKind::Model, "{}tokenizer.model: SentencePiece: {}", where, status.ToString());

  const int size = processor.GetPieceSize();
  tokens.resize(static_cast<std::size_t>(size));
  for (int id = 0; id < size; ++id) {
    Token& token = tokens[static_cast<std::size_t>(id)];
    token.piece = processor.IdToPiece(id);
    if (utf8_of(token.piece) != Utf8::Valid)
      fail(ErrorKind::Model, "{}tokenizer.model: piece {}: expected UTF-8", where, id);
    if (processor.IsByte(id)) {
      if (token.piece.size() != 6 || !token.piece.starts_with("<0x") || token.piece[5] != '>' ||
          token.piece.find_first_not_of("0123456789ABCDEFabcdef", 3) != 5)
        fail(ErrorKind::Model, "{}tokenizer.model: piece {}: expected a byte like <0x0A>, found {}", where, id,
             token.piece);
      token.kind = Kind::Byte;
      token.byte = static_cast<std::uint8_t>(std::stoi(token.piece.substr(3, 2), nullptr, 16));
    } else if (!processor.IsControl(id) && !processor.IsUnknown(id)) {
      token.kind = Kind::Text;
      token.text = with_spaces(token.piece);
    }
  }
  for (const TokenizerFiles::Entry& entry : files.vocabulary) {
    if (entry.id < size && tokens[static_cast<std::size_t>(entry.id)].piece != entry.piece)
      fail(ErrorKind::Model, "{}tokenizer.json: model.vocab[\"{}\"]: {} is \"{}\" in tokenizer.model", where,
           entry.piece, entry.id, tokens[static_cast<std::size_t>(entry.id)].piece);
  }
  for (const AddedToken& token : files.added) place_added(token, where);
  for (int id = 0; id < size; ++id)
    if (tokens[static_cast<std::size_t>(id)].kind == Kind::Skipped && !added_ids.contains(processor.IdToPiece(id)))
      place_added({.content = processor.IdToPiece(id), .id = id, .special = true}, where);
  std::stable_sort(added.begin(), added.end(),
                   [](const AddedToken& a, const AddedToken& b) { return a.content.size() > b.content.size(); });

  prefix = files.prefix;
  prefix_if_missing = files.prefix_if_missing;
  const auto id_of = [&](const std::string& content) -> std::int32_t {
    if (const auto it = added_ids.find(content); it != added_ids.end()) return it->second;
    fail(ErrorKind::Model,
         "{}tokenizer_config.json: \"{}\" must surround each text, but it is no token of the vocabulary", where,
         content);
  };
  if (files.add_bos) bos = id_of(files.bos);
  if (files.add_eos) eos = id_of(files.eos);
}

void Tokenizer::Impl::place_added(const AddedToken& token, const std::string& where) {
  const auto pieces = processor.GetPieceSize();
  if (token.id < pieces && processor.IdToPiece(token.id) != token.content)
    fail(ErrorKind::Model, "{}added token \"{}\": its id {} is \"{}\" in tokenizer.model", where, token.content,
         token.id, processor.IdToPiece(token.id));
  if (const int other = processor.PieceToId(token.content); !processor.IsUnknown(other) && other != token.id)
    fail(ErrorKind::Model, "{}added token \"{}\": its id is {}, in tokenizer.model it is {}", where, token.content,
         token.id, other);
  if (token.id >= pieces + kMaxGap)
    fail(ErrorKind::Model, "{}added token \"{}\": expected an id below {}, found {}", where, token.content,
         pieces + kMaxGap, token.id);
  const auto index = static_cast<std::size_t>(token.id);
  if (index >= tokens.size()) tokens.resize(index + 1);
  Token& slot = tokens[index];
  slot.piece = token.content;
  slot.text = token.special ? std::string() : with_spaces(token.content);
  slot.kind = token.special ? Kind::Skipped : slot.kind == Kind::Byte ? Kind::Byte : Kind::Text;
  added_ids.emplace(token.content, token.id);
  added.push_back(token);
  begins_added[static_cast<unsigned char>(token.content[0])] = true;
}

void Tokenizer::Impl::append_text(std::string_view text, bool at_start, std::vector<std::int32_t>& ids) const {
  if (text.empty()) return;
  std::string prefixed;
  const bool wanted = prefix == DummyPrefix::Every || (prefix == DummyPrefix::First && at_start);
  const bool there = prefix_if_missing && (text.starts_with(' ') || text.starts_with(kSpaceSymbol));
  if (wanted && !there) {
    prefixed = kSpaceSymbol;
    prefixed += text;
    text = prefixed;
  }
  std::vector<int> pieces;
  const auto status = processor.Encode(text, &pieces);
  if (!status.ok()) fail(ErrorKind::Model, "SentencePiece: {}", status.ToString());
  ids.insert(ids.end(), pieces.begin(), pieces.end());
}

// The longest added token that begins at `at` and ends no later than `end`.
const AddedToken* Tokenizer::Impl::match(std::string_view text, std::size_t at, std::size_t end) const {
  if (!begins_added[static_cast<unsigned char>(text[at])]) return nullptr;
  const std::string_view rest = text.substr(at, end - at);
  const auto it = std::find_if(added.begin(), added.end(),
                               [&](const AddedToken& token) { return rest.starts_with(token.content); });
  return it == added.end() ? nullptr : &*it;
}

std::vector<std::int32_t> Tokenizer::Impl::encode(std::span<const TextSpan> spans) const {
  std::string text;
  for (const TextSpan& span : spans) text += span.text;
  std::vector<std::int32_t> ids;
  if (bos) ids.push_back(*bos);
  std::size_t done = 0;
  std::size_t begin = 0;
  for (const TextSpan& span : spans) {
    const std::size_t end = begin + span.text.size();
    for (std::size_t at = begin; span.special && at < end;) {
      const AddedToken* token = at < done ? nullptr : match(text, at, end);
      if (token == nullptr) {
        ++at;
        continue;
      }
      std::size_t first = at;
      std::size_t last = at + token->content.size();
      at = last;
      const std::string_view view = text;
      if (token->single_word && !stands_alone(view, first, last)) continue;
      if (token->lstrip) first -= white_at_end(view.substr(done, first - done));
      if (token->rstrip) last += white_at_start(view.substr(last));
      append_text(view.substr(done, first - done), done == 0, ids);
      ids.push_back(token->id);
      done = last;
    }
    begin = end;
  }
  append_text(std::string_view(text).substr(done), done == 0, ids);
  if (eos) ids.push_back(*eos);
  return ids;
}

Tokenizer::Tokenizer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;
Tokenizer::~Tokenizer() = default;

Tokenizer Tokenizer::open(const std::filesystem::path& dir) {
  return from_files(read_tokenizer_files(dir), dir.string());
}

Tokenizer Tokenizer::from_files(TokenizerFiles files, std::string_view where) {
  auto impl = std::make_unique<Impl>();
  impl->load(files, where.empty() ? std::string() : fmt::format("{}/", where));
  return Tokenizer(std::move(impl));
}

std::vector<std::int32_t> Tokenizer::encode(std::string_view text) const {
  const TextSpan whole{text, true};
  return impl_->encode(std::span(&whole, 1));
}

std::vector<std::int32_t> Tokenizer::encode(std::span<const TextSpan> spans) const { return impl_->encode(spans); }

std::vector<std::int32_t> Tokenizer::encode_plain(std::string_view text, bool at_start) const {
  std::vector<std::int32_t> ids;
  impl_->append_text(text, at_start, ids);
  return ids;
}

std::string Tokenizer::decode(std::span<const std::int32_t> ids) const {
  StreamDecoder stream(*this);
  std::string text;
  for (const std::int32_t id : ids) text += stream.push(id);
  return text + stream.flush();
}

std::optional<std::int32_t> Tokenizer::special_id(std::string_view token) const {
  const auto it = impl_->added_ids.find(std::string(token));
  return it == impl_->added_ids.end() ? std::nullopt : std::optional(it->second);
}

bool Tokenizer::is_special(std::int32_t id) const {
  const Impl::Token* token = impl_->find(id);
  return token != nullptr && token->kind == Impl::Kind::Skipped && !token->piece.empty();
}

std::string Tokenizer::piece(std::int32_t id) const {
  const Impl::Token* token = impl_->find(id);
  return token == nullptr ? std::string() : token->piece;
}

std::size_t Tokenizer::size() const { return impl_->tokens.size(); }
bool Tokenizer::legacy() const { return impl_->prefix == DummyPrefix::Every; }
bool Tokenizer::adds_bos() const { return impl_->bos.has_value(); }

std::string StreamDecoder::push(std::int32_t id) {
  using Kind = Tokenizer::Impl::Kind;
  const Tokenizer::Impl::Token* token = tokenizer_->impl_->find(id);
  if (token == nullptr || token->kind == Kind::Skipped) return {};
  if (token->kind == Kind::Text) return out(end_run() + token->text);
  if (broken_) return out(std::string(kReplacement));
  pending_ += static_cast<char>(token->byte);
  const Utf8 tail = utf8_of(std::string_view(pending_).substr(complete_));
  if (tail == Utf8::Valid) complete_ = pending_.size();
  if (tail != Utf8::Invalid) return {};
  std::string text = out(end_run());
  broken_ = true;
  return text;
}

std::string StreamDecoder::flush() {
  std::string text = out(end_run());
  at_start_ = true;
  return text;
}

std::string StreamDecoder::end_run() {
  broken_ = false;
  std::string run = std::exchange(pending_, {});
  return std::exchange(complete_, 0) == run.size() ? run : repeat(kReplacement, run.size());
}

std::string StreamDecoder::out(std::string text) {
  if (text.empty()) return text;
  if (std::exchange(at_start_, false) && tokenizer_->impl_->prefix != DummyPrefix::Never && text[0] == ' ')
    text.erase(0, 1);
  return text;
}

}  // namespace sparsight
