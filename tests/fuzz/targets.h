// What the fuzzers feed, shared with the test that replays the corpora. Anything but Error{Model} is a finding.
#pragma once

#include <cstddef>
#include <span>

namespace sparsight::fuzz {

void safetensors(std::span<const std::byte> input);
// config.json, generation_config.json and preprocessor_config.json, the same bytes as each.
void config(std::span<const std::byte> input);
// The JSON side of a tokenizer's directory, then a round trip of what it makes of the same bytes. Input:
// tokenizer.json, tokenizer_config.json, added_tokens.json and a text, each ended by a zero byte.
void tokenizer(std::span<const std::byte> input);

// A trace file, and what pictures are made from if it is accepted.
void trace(std::span<const std::byte> input);

}  // namespace sparsight::fuzz
