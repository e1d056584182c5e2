#include "core/chat_export.h"

#include "core/json.h"

#include <nlohmann/json.hpp>

#include <chrono>
#include <ctime>
#include <fstream>

namespace sparsight {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::string_view kFormat = "sparsight-sessions";
constexpr int kVersion = 1;
constexpr std::string_view kQuestion = "## Question", kAnswer = "## Answer", kVideo = "Video: ";

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

// A line of a message that looks like one of ours is indented, so that it is read back as text.
std::string quoted(const std::string& text) {
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

std::string unquoted(std::string_view line) {
  const std::size_t hashes = line.find_first_not_of('\\');
  const bool ours = hashes != std::string_view::npos && hashes > 0 && line[hashes] == '#';
  return std::string(ours ? line.substr(1) : line);
}

template <typename Enum>
Enum named(const json& value, std::initializer_list<Enum> all, std::string_view what) {
  for (const Enum e : all)
    if (value.is_string() && value.get<std::string>() == to_string(e)) return e;
  fail(ErrorKind::Usage, "import: {}: expected one of the names that an export has, found {}", what, describe(value));
}

}  // namespace

std::string local_time(std::int64_t ms) {
  const auto seconds = static_cast<std::time_t>(ms / 1000);
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
  std::string out = fmt::format("# {}\n\n", session.title);
  if (session.media) out += fmt::format("{}{}\n\n", kVideo, session.media->path.string());
  for (const Message& message : store.messages(id)) {
    const bool question = message.role == MessageRole::Question;
    out += fmt::format("{}, {}{}\n\n{}\n\n", question ? kQuestion : kAnswer, local_time(message.created_ms),
                       state_words(message), quoted(message.text));
  }
  return out;
}

std::string export_json(const ChatStore& store, const std::vector<SessionId>& ids) {
  ordered_json sessions = ordered_json::array();
  for (const SessionId id : ids) {
    const Session session = wanted(store, id);
    ordered_json messages = ordered_json::array();
    for (const Message& message : store.messages(id)) {
      const json details = json::parse(message.details, nullptr, false);
      messages.push_back({{"role", to_string(message.role)},
                          {"text", message.text},
                          {"state", to_string(message.state)},
                          {"created_ms", message.created_ms},
                          {"details", details.is_object() ? ordered_json(details) : ordered_json::object()}});
    }
    ordered_json media;
    if (session.media)
      media = {{"path", session.media->path.string()}, {"hash", session.media->hash}, {"bytes", session.media->bytes}};
    sessions.push_back({{"title", session.title},
                        {"pinned", session.pinned},
                        {"created_ms", session.created_ms},
                        {"media", media},
                        {"messages", messages}});
  }
  const ordered_json all{{"format", kFormat}, {"version", kVersion}, {"sessions", sessions}};
  return all.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

std::vector<SessionId> import_json(ChatStore& store, std::string_view text) {
  std::vector<SessionId> added;
  ChatStore::Batch batch(store);
  try {
    const json all = parse_json(text, "import");
    if (!all.is_object() || all.value("format", "") != kFormat)
      fail(ErrorKind::Usage, "import: expected an object with \"format\": \"{}\", as an export has it", kFormat);
    if (all.at("version") != kVersion)
      fail(ErrorKind::Usage, "import: expected version {}, found {}", kVersion, describe(all.at("version")));
    for (const json& from : all.at("sessions")) {
      std::optional<SessionMedia> media;
      if (const auto m = from.find("media"); m != from.end() && !m->is_null())
        media = SessionMedia{m->at("path").get<std::string>(), m->at("hash"), m->at("bytes")};
      const SessionId id = store.add_session(from.at("title").get<std::string>(), media);
      if (from.value("pinned", false)) store.pin_session(id, true);
      for (const json& m : from.at("messages"))
        (void)store.add_message(
            id,
            {.role = named(m.at("role"), {MessageRole::Question, MessageRole::Answer}, "role"),
             .text = m.at("text"),
             .state = named(
                 m.at("state"),
                 {MessageState::Complete, MessageState::Partial, MessageState::Stopped, MessageState::Failed}, "state"),
             .created_ms = m.at("created_ms"),
             .details = m.value("details", json::object()).dump(-1, ' ', false, json::error_handler_t::replace)});
      added.push_back(id);
    }
  } catch (const json::exception& error) {
    fail(ErrorKind::Usage, "import: not the form of an export: {}", error.what());
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::Model) fail(ErrorKind::Usage, "{}", error.what());
    throw;
  }
  batch.commit();
  return added;
}

SessionId import_markdown(ChatStore& store, std::string_view text) {
  struct Part {
    MessageRole role;
    std::string text{};
  };
  std::string title, video;
  std::vector<Part> parts;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string_view line = text.substr(at, end - at);
    at = end + 1;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.starts_with(kQuestion) || line.starts_with(kAnswer))
      parts.push_back({line.starts_with(kQuestion) ? MessageRole::Question : MessageRole::Answer});
    else if (!parts.empty())
      parts.back().text += unquoted(line) + "\n";
    else if (line.starts_with("# ") && title.empty())
      title = line.substr(2);
    else if (line.starts_with(kVideo))
      video = line.substr(kVideo.size());
  }
  if (parts.empty())
    fail(ErrorKind::Usage, "import: expected \"{}\" and \"{}\" headings, as an export has them", kQuestion, kAnswer);
  ChatStore::Batch batch(store);
  std::optional<SessionMedia> media;
  if (!video.empty()) media = SessionMedia{video, "", 0};
  const SessionId id = store.add_session(title.empty() ? "Imported" : title, media);
  std::int64_t now =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
          .count();
  for (Part& part : parts) {
    const std::size_t begin = part.text.find_first_not_of('\n'), end = part.text.find_last_not_of('\n');
    part.text = begin == std::string::npos ? "" : part.text.substr(begin, end - begin + 1);
    (void)store.add_message(id, {.role = part.role, .text = part.text, .created_ms = now++});
  }
  batch.commit();
  return id;
}

std::vector<SessionId> import_file(ChatStore& store, const std::filesystem::path& file) {
  std::error_code error;
  const std::uintmax_t size =
      std::filesystem::is_regular_file(file, error) ? std::filesystem::file_size(file, error) : 0;
  std::ifstream in(file, std::ios::binary);
  if (error || size == 0 || !in) fail(ErrorKind::File, "{}: expected a file that can be read", file.string());
  if (size > kMostImport)
    fail(ErrorKind::File, "{}: expected at most {} bytes, the file has {}", file.string(), kMostImport, size);
  std::string text(size, '\0');
  in.read(text.data(), static_cast<std::streamsize>(size));
  text.resize(static_cast<std::size_t>(in.gcount()));
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  return first != std::string::npos && text[first] == '{' ? import_json(store, text)
                                                          : std::vector{import_markdown(store, text)};
}

}  // namespace sparsight
