// Byte pair encoding of one word: its characters, merged pair by pair, the earliest rule first. Immutable; any thread.
#pragma once

#include "core/model/tokenizer/json_node.h"
#include "core/model/tokenizer/vocabulary.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace sparsight {

class Bpe {
 public:
  // `model` of a tokenizer.json, whose vocabulary has been read; it outlives this. Merges are pairs or "a b". dropout
  // is training's: it is ignored. Error{Model} names the merge that has a piece that is none.
  Bpe(const JsonNode& model, const Vocabulary& vocabulary);
  // LlamaTokenizer's, whatever the model says: what has no piece falls back to bytes, and is left out without them.
  void use_llama_rules();

  // O(n log n). What has no piece becomes bytes (`<0x0A>`) or the unknown token, as the model says.
  void append(std::string_view word, std::vector<std::int32_t>& ids) const;

 private:
  struct Merge {
    std::uint32_t rank;
    std::int32_t id;
  };
  struct Symbol;
  class Pairs {
   public:
    std::size_t operator()(std::uint64_t pair) const { return pair * 0x9E3779B97F4A7C15u >> 16; }
  };

  void read_merges(const JsonNode& merges);
  [[nodiscard]] const Merge* merge_of(std::int32_t left, std::int32_t right) const;
  [[nodiscard]] std::vector<Symbol> symbols_of(std::string_view word) const;
  [[nodiscard]] bool append_bytes(std::string_view text, std::vector<Symbol>& symbols) const;

  const Vocabulary* vocabulary_;
  std::unordered_map<std::uint64_t, Merge, Pairs> merges_;
  std::array<std::optional<std::int32_t>, 256> bytes_;
  std::optional<std::int32_t> unknown_;
  std::string prefix_;  // of what goes on within a word
  std::string suffix_;  // of what ends one
  bool fuse_unknown_ = false;
  bool byte_fallback_ = false;
  bool whole_words_ = false;  // a word that is a piece is not taken apart
};

}  // namespace sparsight
