#include "core/model/tokenizer/sentencepiece.h"

#include "core/base/text.h"
#include "core/model/tokenizer/pre_tokenizer.h"
#include "core/model/tokenizer/tokenizer_config.h"
#include "kernels/error.h"

#include <sentencepiece_processor.h>

#include <utility>

// Exported by the library, missing from its public header.
namespace sentencepiece::logging {
void SetMinLogLevel(int level);
}

namespace sparsight {
namespace {

using Processor = sentencepiece::SentencePieceProcessor;

constexpr std::string_view kSpaceSymbol = "\u2581";

// ModelProto.normalizer_spec {precompiled_charsmap: "", add_dummy_prefix: false, remove_extra_whitespaces: false,
// escape_whitespaces: true}. Appended to the serialized model it is merged over what stands there: the prefix is put
// here, by LlamaTokenizer's rules, and LlamaTokenizer normalizes nothing else.
constexpr std::string_view kNormalizerOverride{"\x1a\x08\x12\x00\x18\x00\x20\x00\x28\x01", 10};

std::uint64_t read_varint(std::string_view data, std::size_t& at, const std::string& file) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    if (at == data.size()) fail(ErrorKind::Model, "{}: ends inside a field at byte {}", file, at);
    const auto byte = static_cast<unsigned char>(data[at++]);
    value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  fail(ErrorKind::Model, "{}: expected a number at byte {}, found more than 64 bits", file, at);
}

// Walks the top level of the ModelProto: bounds are checked before the library sees them, and only the fields that
// LlamaTokenizer uses pass: pieces (1), trainer_spec (2), normalizer_spec (3). Dropped are the self-test, which
// would run at load, and the denormalizer.
std::string checked_model(std::string_view data, const std::string& file) {
  std::string kept;
  std::size_t pieces = 0;
  std::size_t at = 0;
  while (at < data.size()) {
    const std::size_t begin = at;
    const std::uint64_t tag = read_varint(data, at, file);
    std::uint64_t length = 0;
    switch (tag & 7) {
      case 0: read_varint(data, at, file); break;
      case 1: length = 8; break;
      case 2: length = read_varint(data, at, file); break;
      case 5: length = 4; break;
      default:
        fail(ErrorKind::Model, "{}: expected a SentencePiece model, found an unknown field at byte {}", file, begin);
    }
    if (length > data.size() - at)
      fail(ErrorKind::Model, "{}: cut off: the field at byte {} needs {} bytes, the file has {} left", file, begin,
           length, data.size() - at);
    at += static_cast<std::size_t>(length);
    const std::uint64_t field = tag >> 3;
    if (field == 1) ++pieces;
    if (field >= 1 && field <= 3) kept.append(data.substr(begin, at - begin));
  }
  if (pieces == 0) fail(ErrorKind::Model, "{}: expected a SentencePiece model, found no pieces", file);
  return kept;
}

class SentencePieceSegmenter : public Segmenter {
 public:
  SentencePieceSegmenter(std::unique_ptr<Processor> processor, PrependScheme prefix)
      : processor_(std::move(processor)), prefix_(prefix) {}

  void append(const Stretch& stretch, std::vector<std::int32_t>& ids) const override {
    const bool wanted = prefix_ == PrependScheme::Always || (prefix_ == PrependScheme::First && stretch.at_start);
    std::string text(wanted ? kSpaceSymbol : std::string_view());
    text += stretch.text;
    std::vector<int> pieces;
    const auto status = processor_->Encode(text, &pieces);
    if (!status.ok()) fail(ErrorKind::Model, "SentencePiece: {}", status.ToString());
    ids.insert(ids.end(), pieces.begin(), pieces.end());
  }

 private:
  std::unique_ptr<Processor> processor_;
  PrependScheme prefix_;
};

std::unique_ptr<Processor> open_model(std::string_view model, const std::string& file) {
  static const bool silenced = (sentencepiece::logging::SetMinLogLevel(3), true);
  SPARSIGHT_CHECK(silenced);
  std::string checked = checked_model(model, file);
  checked += kNormalizerOverride;
  auto processor = std::make_unique<Processor>();
  const auto status = processor->LoadFromSerializedProto(checked);
  if (!status.ok()) fail(ErrorKind::Model, "{}: SentencePiece: {}", file, status.ToString());
  return processor;
}

Vocabulary read_pieces(const Processor& processor, const std::string& file) {
  Vocabulary vocabulary;
  for (int id = 0; id < processor.GetPieceSize(); ++id) {
    const std::string& piece = processor.IdToPiece(id);
    if (utf8_of(piece) != Utf8::Valid) fail(ErrorKind::Model, "{}: piece {}: expected UTF-8", file, id);
    const bool spelled = piece.size() == 6 && piece.starts_with("<0x") && piece[5] == '>' &&
                         piece.find_first_not_of("0123456789ABCDEFabcdef", 3) == 5;
    if (processor.IsByte(id) && !spelled)
      fail(ErrorKind::Model, "{}: piece {}: expected a byte like <0x0A>, found {}", file, id, piece);
    if (!vocabulary.add(piece, id)) fail(ErrorKind::Model, "{}: piece {}: \"{}\" a second time", file, id, piece);
  }
  return vocabulary;
}

}  // namespace

TokenizerParts parts_of_sentencepiece(const TokenizerTexts& texts, std::string_view where) {
  const std::string file = file_in(where, "tokenizer.model");
  auto processor = open_model(*texts.model, file);
  TokenizerParts parts;
  auto vocabulary = std::make_unique<Vocabulary>(read_pieces(*processor, file));

  TokenizerConfig config = read_tokenizer_config(texts, nullptr, where);
  for (const auto& names : {config.named, config.extra})
    for (const std::string& name : names)
      if (AddedToken* token = config.added.find(name)) token->special = true;
  check_added(config.added.tokens(), *vocabulary, file);
  for (int id = 0; id < processor->GetPieceSize(); ++id)
    if ((processor->IsControl(id) || processor->IsUnknown(id)) &&
        config.added.find(processor->IdToPiece(id)) == nullptr)
      config.added.add({.content = processor->IdToPiece(id), .id = id, .special = true}, file);

  const auto id_of = [&](const std::string& content) -> std::int32_t {
    if (const AddedToken* token = config.added.find(content)) return token->id;
    fail(ErrorKind::Model, "{}: \"{}\" must surround each text, but it is no token of the vocabulary",
         file_in(where, "tokenizer_config.json"), content);
  };
  if (config.add_bos) parts.before.push_back(id_of(config.bos));
  if (config.add_eos) parts.behind.push_back(id_of(config.eos));

  const PrependScheme prefix = !config.add_prefix_space       ? PrependScheme::Never
                               : config.legacy.value_or(true) ? PrependScheme::Always
                                                              : PrependScheme::First;
  parts.prefix_everywhere = prefix == PrependScheme::Always;
  parts.decoder = TextDecoder::llama(prefix != PrependScheme::Never);
  parts.added = config.added.take();
  parts.sought = parts.added;
  parts.vocabulary = std::move(vocabulary);
  parts.segmenter = std::make_unique<SentencePieceSegmenter>(std::move(processor), prefix);
  return parts;
}

}  // namespace sparsight
