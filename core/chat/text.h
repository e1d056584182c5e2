// The keywords that the store and its exports write and read. Internal to core.
#pragma once

#include "core/chat/store.h"

#include <array>
#include <cstdint>
#include <string_view>

namespace sparsight::chat_text {

inline constexpr std::array kRoles{MessageRole::Question, MessageRole::Answer};
inline constexpr std::array kStates{MessageState::Complete, MessageState::Partial, MessageState::Stopped,
                                    MessageState::Failed};
inline constexpr std::array kCellStates{CellState::Waiting, CellState::Done, CellState::Failed};

inline constexpr std::string_view kFormat = "sparsight-sessions";
inline constexpr int kVersion = 2;
inline constexpr std::string_view kTitle = "# ", kQuestion = "## Question", kAnswer = "## Answer", kVideo = "Video: ";
inline constexpr std::int64_t kLastMs = 253'402'300'799'999;  // the end of the year 9999

}  // namespace sparsight::chat_text
