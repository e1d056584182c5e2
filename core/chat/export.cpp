#include "core/chat/export.h"

#include "core/chat/export_session.h"
#include "core/chat/text.h"
#include "kernels/error.h"

#include <algorithm>
#include <ctime>
#include <map>

namespace sparsight {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

Session wanted(const ChatStore& store, SessionId id) {
  const auto session = store.session(id);
  if (!session) fail(ErrorKind::Usage, "{}: there is no session {}", store.file().string(), id);
  return *session;
}

std::string state_words(const Message& message) {
  switch (message.state) {
    case MessageState::Complete: return "";
    case MessageState::Partial: return " (cut off)";
    case MessageState::Stopped: return " (stopped)";
    case MessageState::Failed: return " (failed)";
  }
  return "";
}

// Puts a backslash before a line of a message that looks like one of our own, so that it is read back as text.
std::string with_marks(const std::string& text) {
  std::string out;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, end - at);
    if (const std::size_t hashes = line.find_first_not_of('\\'); hashes != std::string::npos && line[hashes] == '#')
      out += '\\';
    out += line + (end < text.size() ? "\n" : "");
    at = end + 1;
  }
  return out;
}

}  // namespace

std::string local_time(std::int64_t ms) {
  const std::time_t seconds = std::clamp<std::int64_t>(ms, 0, chat_text::kLastMs) / 1000;
  std::tm parts{};
#ifdef _WIN32
  localtime_s(&parts, &seconds);
#else
  localtime_r(&seconds, &parts);
#endif
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%d %H:%M", &parts)};
}

std::string export_markdown(const ChatStore& store, SessionId id) {
  const Session session = wanted(store, id);
  std::string out = fmt::format("{}{}\n\n", chat_text::kTitle, session.title);
  std::string path = session.media ? session.media->path.string() : "";
  std::replace_if(
      path.begin(), path.end(), [](char c) { return c == '\n' || c == '\r'; }, '?');
  if (session.media) out += fmt::format("{}{}\n\n", chat_text::kVideo, path);
  for (const Message& message : store.messages(id)) {
    const bool question = message.role == MessageRole::Question;
    const std::string version =
        message.versions == 1 ? "" : fmt::format(" (version {} of {})", message.version, message.versions);
    out += fmt::format("{}, {}{}{}\n\n{}\n\n", question ? chat_text::kQuestion : chat_text::kAnswer,
                       local_time(message.created_ms), state_words(message), version, with_marks(message.text));
  }
  return out;
}

ordered_json session_json(const ChatStore& store, SessionId id) {
  const Session session = wanted(store, id);
  const std::vector<Message> path = store.messages(id);
  std::map<MessageId, std::size_t> places;
  ordered_json messages = ordered_json::array(), shown;
  for (const Message& message : store.all_messages(id)) {
    const json details = json::parse(message.details, nullptr, false);
    const auto parent = places.find(message.parent);
    if (!path.empty() && path.back().id == message.id) shown = messages.size();
    places[message.id] = messages.size();
    messages.push_back({{"role", to_string(message.role)},
                        {"text", message.text},
                        {"state", to_string(message.state)},
                        {"created_ms", message.created_ms},
                        {"parent", parent == places.end() ? ordered_json() : ordered_json(parent->second)},
                        {"details", details.is_object() ? ordered_json(details) : ordered_json::object()}});
  }
  ordered_json media;
  if (session.media)
    media = {{"path", session.media->path.string()}, {"hash", session.media->hash}, {"bytes", session.media->bytes}};
  return {{"title", session.title},
          {"pinned", session.pinned},
          {"tags", session.tags},
          {"created_ms", session.created_ms},
          {"updated_ms", session.updated_ms},
          {"media", media},
          {"shown", shown},
          {"messages", messages}};
}

std::string export_json(const ChatStore& store, const std::vector<SessionId>& ids) {
  ordered_json sessions = ordered_json::array();
  for (const SessionId id : ids) sessions.push_back(session_json(store, id));
  const ordered_json all{{"format", chat_text::kFormat}, {"version", chat_text::kVersion}, {"sessions", sessions}};
  return all.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace sparsight
