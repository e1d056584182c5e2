// Shared by the tests of chats.
#pragma once

#include "core/chat/store.h"

#include <string>
#include <vector>

namespace sparsight::test {

inline std::vector<std::string> texts(const std::vector<Message>& messages) {
  std::vector<std::string> out;
  for (const Message& message : messages) out.push_back(message.text);
  return out;
}

inline std::vector<std::string> titles(const ChatStore& store) {
  std::vector<std::string> out;
  for (const Session& session : store.sessions()) out.push_back(session.title);
  return out;
}

}  // namespace sparsight::test
