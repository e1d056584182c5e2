#include "core/model/tokenizer/bpe.h"

#include "core/base/json.h"
#include "core/model/tokenizer/unicode.h"
#include "kernels/error.h"

#include <queue>

namespace sparsight {
namespace {

constexpr std::size_t kMaxWordBytes = std::size_t{1} << 30;

std::uint64_t pair_of(std::int32_t left, std::int32_t right) {
  return static_cast<std::uint64_t>(static_cast<std::uint32_t>(left)) << 32 | static_cast<std::uint32_t>(right);
}

struct Candidate {
  std::uint32_t rank;
  std::int32_t at;
  std::int32_t id;
  bool operator>(const Candidate& other) const { return rank != other.rank ? rank > other.rank : at > other.at; }
};

}  // namespace

// A piece of the word; those that remain are linked, those that were merged into the one before are dead.
struct Bpe::Symbol {
  std::int32_t id;
  std::int32_t previous = -1;
  std::int32_t next = -1;
  bool dead = false;
};

Bpe::Bpe(const JsonNode& model, const Vocabulary& vocabulary) : vocabulary_(&vocabulary) {
  const auto text_or_none = [&](const char* key) {
    const auto found = model.find(key);
    return found ? found->text() : std::string();
  };
  prefix_ = text_or_none("continuing_subword_prefix");
  suffix_ = text_or_none("end_of_word_suffix");
  fuse_unknown_ = model.flag_or("fuse_unk", false);
  byte_fallback_ = model.flag_or("byte_fallback", false);
  whole_words_ = model.flag_or("ignore_merges", false);
  if (const std::string unknown = text_or_none("unk_token"); !unknown.empty()) unknown_ = vocabulary.id(unknown);
  for (unsigned byte = 0; byte < 256; ++byte) bytes_[byte] = vocabulary.id(fmt::format("<0x{:02X}>", byte));
  read_merges(model.at("merges"));
}

void Bpe::use_llama_rules() {
  fuse_unknown_ = true;
  byte_fallback_ = true;
  whole_words_ = false;
  unknown_.reset();
  prefix_.clear();
  suffix_.clear();
}

void Bpe::read_merges(const JsonNode& merges) {
  const JsonNode::Json& list = merges.value();
  if (!list.is_array()) merges.mismatch("a list");
  merges_.reserve(list.size());
  std::uint32_t rank = 0;
  std::string merged;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const JsonNode::Json& item = list[i];
    const auto place = [&] { return fmt::format("{}[{}]", merges.place(), i); };
    std::string_view left;
    std::string_view right;
    if (item.is_string()) {
      const std::string& text = item.get_ref<const std::string&>();
      if (text.starts_with("#version")) continue;
      const std::size_t blank = text.find(' ');
      if (blank == std::string::npos || text.find(' ', blank + 1) != std::string::npos)
        JsonNode(item, place()).mismatch("two pieces with a blank between them");
      left = std::string_view(text).substr(0, blank);
      right = std::string_view(text).substr(blank + 1);
    } else {
      if (!item.is_array() || item.size() != 2 || !item[0].is_string() || !item[1].is_string())
        JsonNode(item, place()).mismatch("two pieces");
      left = item[0].get_ref<const std::string&>();
      right = item[1].get_ref<const std::string&>();
    }
    if (right.size() < prefix_.size())
      fail(ErrorKind::Model, "{}: \"{}\" is shorter than continuing_subword_prefix", place(), shown(right));
    const auto id = [&](std::string_view piece) {
      if (const auto found = vocabulary_->id(piece)) return *found;
      fail(ErrorKind::Model, "{}: \"{}\" is not in model.vocab", place(), shown(piece));
    };
    const std::uint64_t pair = pair_of(id(left), id(right));
    merged = left;
    merged += right.substr(prefix_.size());
    merges_.insert_or_assign(pair, Merge{rank++, id(merged)});
  }
}

const Bpe::Merge* Bpe::merge_of(std::int32_t left, std::int32_t right) const {
  const auto it = merges_.find(pair_of(left, right));
  return it == merges_.end() ? nullptr : &it->second;
}

bool Bpe::append_bytes(std::string_view text, std::vector<Symbol>& symbols) const {
  for (const char byte : text)
    if (!bytes_[static_cast<unsigned char>(byte)]) return false;
  for (const char byte : text) symbols.push_back({*bytes_[static_cast<unsigned char>(byte)]});
  return true;
}

// An unknown token is put down when a known character follows it, or at the end: behind the bytes of others that came
// between, as in the tokenizers library.
std::vector<Bpe::Symbol> Bpe::symbols_of(std::string_view word) const {
  std::vector<Symbol> symbols;
  symbols.reserve(word.size());
  bool pending = false;
  std::string spelled;
  for (std::size_t at = 0; at < word.size();) {
    const std::size_t bytes = first_character(word.substr(at)).bytes;
    std::string_view piece = word.substr(at, bytes);
    const bool first = at == 0;
    at += bytes;
    if (!(first || prefix_.empty()) || !(at < word.size() || suffix_.empty())) {
      spelled = first ? std::string() : prefix_;
      spelled += piece;
      if (at == word.size()) spelled += suffix_;
      piece = spelled;
    }
    if (const auto id = vocabulary_->id(piece)) {
      if (std::exchange(pending, false)) symbols.push_back({*unknown_});
      symbols.push_back({*id});
    } else if (!(byte_fallback_ && append_bytes(piece, symbols)) && unknown_) {
      if (pending && !fuse_unknown_) symbols.push_back({*unknown_});
      pending = true;
    }
  }
  if (pending) symbols.push_back({*unknown_});
  return symbols;
}

void Bpe::append(std::string_view word, std::vector<std::int32_t>& ids) const {
  if (word.size() > kMaxWordBytes)
    fail(ErrorKind::Model, "a word of {} bytes is longer than a tokenizer takes", word.size());
  if (whole_words_)
    if (const auto id = vocabulary_->id(word)) {
      ids.push_back(*id);
      return;
    }
  std::vector<Symbol> symbols = symbols_of(word);
  const auto end = static_cast<std::int32_t>(symbols.size());
  const auto symbol = [&](std::int32_t at) -> Symbol& { return symbols[static_cast<std::size_t>(at)]; };
  std::vector<Candidate> found;
  for (std::int32_t at = 0; at < end; ++at) {
    symbol(at).previous = at - 1;
    symbol(at).next = at + 1 < end ? at + 1 : -1;
    if (at + 1 == end) break;
    if (const Merge* merge = merge_of(symbol(at).id, symbol(at + 1).id)) found.push_back({merge->rank, at, merge->id});
  }
  std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> queue({}, std::move(found));
  const auto consider = [&](std::int32_t at) {
    const std::int32_t next = at < 0 ? -1 : symbol(at).next;
    if (next < 0) return;
    if (const Merge* merge = merge_of(symbol(at).id, symbol(next).id)) queue.push({merge->rank, at, merge->id});
  };
  while (!queue.empty()) {
    const Candidate best = queue.top();
    queue.pop();
    Symbol& left = symbol(best.at);
    if (left.dead || left.next < 0) continue;
    Symbol& right = symbol(left.next);
    const Merge* merge = merge_of(left.id, right.id);
    if (merge == nullptr || merge->id != best.id) continue;  // one of the two was merged meanwhile
    left.id = best.id;
    left.next = right.next;
    right.dead = true;
    if (left.next >= 0) symbol(left.next).previous = best.at;
    consider(left.previous);
    consider(best.at);
  }
  for (const Symbol& each : symbols)
    if (!each.dead) ids.push_back(each.id);
}

}  // namespace sparsight
