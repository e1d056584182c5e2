// One session as JSON. Internal to the chat store.
#pragma once

#include "core/chat/store.h"

#include <nlohmann/json.hpp>

namespace sparsight {

// An element of "sessions" in export_json(). Error{Usage} if there is no such session.
[[nodiscard]] nlohmann::ordered_json session_json(const ChatStore& store, SessionId id);

}  // namespace sparsight
