// The functions that the fuzzers call, shared with the test that replays the corpora. Any exception but Error{Model} is
// a finding.
#pragma once

#include <cstddef>
#include <span>

namespace sparsight::fuzz {

void safetensors(std::span<const std::byte> input);
// config.json, generation_config.json and preprocessor_config.json, each with the same bytes.
void config(std::span<const std::byte> input);
// The JSON files beside a tokenizer.model, then a round trip of its results for a text. Input: tokenizer_config.json,
// added_tokens.json and the text, each ended by a zero byte.
void tokenizer(std::span<const std::byte> input);
// Weights of others: a checkpoint that PyTorch pickled; a GGUF file, taken for a decoder, a tokenizer and a tower.
void torch_file(std::span<const std::byte> input);
void gguf(std::span<const std::byte> input);
// The same for a tokenizer.json. Input: it, tokenizer_config.json and the text.
void tokenizer_json(std::span<const std::byte> input);
// What a hub sends, with the same bytes: its answer about a model, a list of recommended ones, the map of a download,
// the headers Location and Retry-After.
void hub(std::span<const std::byte> input);

// By the first byte: a line of ASS (any other), a file of subtitles (s: srt, d: ass, v: vtt), a bitmap (p). A finding
// is also an Error that is not Decode or File.
void subtitles(std::span<const std::byte> input);

// A trace file and, if it is accepted, the pictures made from it.
void trace(std::span<const std::byte> input);

}  // namespace sparsight::fuzz
