// Reads sessions from the text of an export, which is not trusted.
#include "core/base/json.h"
#include "core/base/progress.h"
#include "core/base/stopwatch.h"
#include "core/base/text.h"
#include "core/chat/export.h"
#include "core/chat/text.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <ctime>
#include <fstream>
#include <optional>
#include <thread>

namespace sparsight {
namespace {

using nlohmann::json;

constexpr std::string_view kImport = "import";

// More than anybody has: a file that holds more was made to do harm.
constexpr std::size_t kMostSessions = 100'000, kMostMessages = 1'000'000;
constexpr std::size_t kMostTitle = 200;  // bytes of a session's title

void check_counts(std::size_t sessions, std::size_t messages) {
  if (sessions > kMostSessions || messages > kMostMessages)
    fail(ErrorKind::Usage, "import: expected at most {} sessions and {} messages, found {} and {}", kMostSessions,
         kMostMessages, sessions, messages);
}

// Writes in parts, so that others can write between them. Until all parts are there, the sessions are marked as
// deleted, so that nobody sees them.
class StagedImport {
 public:
  StagedImport(ChatStore& store, const ImportControl& control, std::size_t messages)
      : store_(&store), control_(&control), total_(messages) {
    part_.emplace(store);
  }
  StagedImport(const StagedImport&) = delete;
  StagedImport& operator=(const StagedImport&) = delete;
  ~StagedImport() {
    if (shown_) return;
    part_.reset();
    try {
      purge_written();
    } catch (const Error&) {  // what is left is purged later, as other deleted sessions are
    }
  }
  SessionId add_session(const Session& session) {
    added_.push_back(store_->add_session(session));
    return added_.back();
  }
  MessageId add_message(SessionId session, const Message& message, std::optional<MessageId> parent) {
    constexpr std::size_t kPart = 250;
    const MessageId id = store_->add_message(session, message, parent);
    if (++done_ % kPart == 0) next_part();
    return id;
  }
  ChatStore& store() { return *store_; }
  std::vector<SessionId> show() {
    for (const SessionId id : added_) store_->restore_session(id);
    part_->commit();
    shown_ = true;
    return added_;
  }

 private:
  void next_part() {
    for (std::size_t i = hidden_; i < added_.size(); ++i) store_->delete_session(added_[i]);
    part_->commit();
    part_.reset();
    written_ = added_.size();
    stop_here_if_asked(control_->stop);
    stop_here_if_asked(control_->leave);
    if (control_->on_progress) control_->on_progress(done_, total_);
    let_others_write();
    part_.emplace(*store_);
    hidden_ = written_ - 1;  // the last one is not complete yet
    store_->restore_session(added_[hidden_]);
  }

  // Many sessions in each transaction, since each transaction waits for the disk.
  void purge_written() {
    constexpr double kPartMs = 100;
    for (std::size_t i = 0; i < written_ && !control_->leave.stop_requested();) {
      if (i > 0) let_others_write();
      since_ = {};
      ChatStore::Batch part(*store_);
      while (i < written_ && since_.ms() < kPartMs) store_->purge_session(added_[i++]);
      part.commit();
    }
  }
  // Whoever waits for the database tries again from time to time: pauses for as long as it wrote.
  void let_others_write() {
    std::this_thread::sleep_for(std::chrono::duration<double>(since_.seconds()));
    since_ = {};
  }

  ChatStore* store_;
  const ImportControl* control_;
  std::size_t total_, done_ = 0;
  std::vector<SessionId> added_;
  std::size_t hidden_ = 0;   // how many of them were marked as deleted before this part
  std::size_t written_ = 0;  // how many of them are committed, in part or whole
  bool shown_ = false;
  Stopwatch since_;  // the last pause
  std::optional<ChatStore::Batch> part_;
};

// ---- JSON

// A JSON object of the text. Its error messages say where it is: "sessions[0].messages[3].".
class ImportedObject : public JsonObject {
 public:
  ImportedObject(const json& value, const std::string& path)
      : JsonObject(value, kImport, path), value_(&value), path_(path) {}

  [[nodiscard]] const json& wanted(const char* key, std::string_view expected) const {
    const json* found = find(key);
    if (found == nullptr) wrong(key, expected, json());
    return *found;
  }
  [[nodiscard]] std::string text(const char* key) const {
    (void)wanted(key, "a string");
    return *string(key);
  }
  [[nodiscard]] std::int64_t date(const char* key) const {
    constexpr std::string_view kExpected = "milliseconds since 1970, up to the year 9999";
    const json& found = wanted(key, kExpected);
    if (!found.is_number_unsigned() || found.get<std::uint64_t>() > static_cast<std::uint64_t>(chat_text::kLastMs))
      wrong(key, kExpected, found);
    return found.get<std::int64_t>();
  }
  // The index of one of the `count` entries before it; nullopt: null or missing.
  [[nodiscard]] std::optional<std::size_t> place(const char* key, std::size_t count) const {
    const json* found = find(key);
    if (found == nullptr) return std::nullopt;
    if (!found->is_number_unsigned() || found->get<std::uint64_t>() >= count)
      wrong(key, count == 0 ? "null" : fmt::format("null or an integer below {}", count), *found);
    return found->get<std::size_t>();
  }
  template <typename Enum, std::size_t N>
  [[nodiscard]] Enum named(const char* key, const std::array<Enum, N>& all) const {
    const std::string name = text(key);
    std::string names;
    for (const Enum e : all) {
      if (name == to_string(e)) return e;
      names += fmt::format("{}\"{}\"", names.empty() ? "" : ", ", to_string(e));
    }
    wrong(key, "one of " + names, name);
  }
  [[nodiscard]] const json& list(const char* key) const {
    const json& found = wanted(key, "a list");
    if (!found.is_array()) wrong(key, "a list", found);
    return found;
  }
  template <typename Function>
  void each(const char* key, const Function& function) const {
    const json& list = this->list(key);
    for (std::size_t i = 0; i < list.size(); ++i)
      function(ImportedObject(list[i], fmt::format("{}{}[{}].", path_, key, i)));
  }
  template <typename Function>
  void each_string(const char* key, const Function& function) const {
    const json& list = this->list(key);
    for (const json& item : list) {
      if (!item.is_string()) wrong(key, "a list of strings", item);
      function(item.get<std::string>());
    }
  }
  [[nodiscard]] std::optional<ImportedObject> part(const char* key) const {
    const json* found = find(key);
    return found == nullptr ? std::nullopt : std::optional(ImportedObject(*found, path_ + key + "."));
  }
  [[nodiscard]] bool has(const char* key) const { return value_->contains(key); }
  [[nodiscard]] std::string dump() const { return value_->dump(-1, ' ', false, json::error_handler_t::replace); }

 private:
  const json* value_;
  std::string path_;
};

void add_imported(StagedImport& import, const ImportedObject& from) {
  Session session{.title = one_line(from.text("title"), kMostTitle),
                  .pinned = from.boolean("pinned").value_or(false),
                  .created_ms = from.date("created_ms")};
  session.updated_ms = from.has("updated_ms") ? from.date("updated_ms") : session.created_ms;
  if (const auto media = from.part("media")) {
    const std::int64_t bytes = media->as_integer(media->wanted("bytes", "an integer"), "bytes");
    if (bytes < 0) media->wrong("bytes", "no less than 0", bytes);
    const std::string path = media->text("path");
    if (path.find('\0') != std::string::npos) media->wrong("path", "a path", path);
    session.media = SessionMedia{path, media->text("hash"), static_cast<std::uint64_t>(bytes)};
  }
  if (from.has("tags"))
    from.each_string("tags", [&](const std::string& text) {
      if (std::string tag = tag_of(text); !tag.empty()) session.tags.push_back(std::move(tag));
    });
  const SessionId id = import.add_session(session);
  std::vector<MessageId> added;
  from.each("messages", [&](const ImportedObject& m) {
    const Message message{.role = m.named("role", chat_text::kRoles),
                          .text = m.text("text"),
                          .state = m.named("state", chat_text::kStates),
                          .created_ms = m.date("created_ms"),
                          .details = m.part("details").value_or(ImportedObject(json::object(), "")).dump()};
    // Version 1 had no branches: each message followed the one before.
    const auto parent = m.has("parent") ? m.place("parent", added.size())
                        : added.empty() ? std::nullopt
                                        : std::optional(added.size() - 1);
    added.push_back(import.add_message(id, message, parent ? added[*parent] : 0));
  });
  if (const auto shown = from.place("shown", added.size())) import.store().choose(added[*shown]);
}

// ---- Markdown

struct MarkdownMessage {
  MessageRole role;
  MessageState state = MessageState::Complete;
  std::optional<std::int64_t> created_ms{};
  std::string text{};
};

struct MarkdownSession {
  std::string title{}, video{};
  std::vector<MarkdownMessage> messages{};
};

std::string without_mark(std::string_view line) {
  const std::size_t hashes = line.find_first_not_of('\\');
  const bool ours = hashes != std::string_view::npos && hashes > 0 && line[hashes] == '#';
  return std::string(ours ? line.substr(1) : line);
}

// "2026-11-24 09:30" in the local time zone; nullopt: not of this form. Error{Usage}: there is no such date.
std::optional<std::int64_t> parse_local_time(std::string_view text) {
  constexpr std::string_view kForm = "0000-00-00 00:00";
  if (text.size() < kForm.size()) return std::nullopt;
  text = text.substr(0, kForm.size());
  for (std::size_t i = 0; i < kForm.size(); ++i)
    if (kForm[i] == '0' ? text[i] < '0' || text[i] > '9' : text[i] != kForm[i]) return std::nullopt;
  const auto number = [&](std::size_t at, std::size_t length) {
    int value = 0;
    std::from_chars(text.data() + at, text.data() + at + length, value);
    return value;
  };
  std::tm parts{};
  parts.tm_year = number(0, 4) - 1900;
  parts.tm_mon = number(5, 2) - 1;
  parts.tm_mday = number(8, 2);
  parts.tm_hour = number(11, 2);
  parts.tm_min = number(14, 2);
  parts.tm_isdst = -1;
  const std::tm said = parts;
  const std::int64_t ms = std::int64_t{std::mktime(&parts)} * 1000;
  const bool real = parts.tm_mon == said.tm_mon && parts.tm_mday == said.tm_mday && said.tm_hour < 24 &&
                    said.tm_min < 60 && ms >= 0 && ms <= chat_text::kLastMs;
  if (!real) fail(ErrorKind::Usage, "import: expected a date from 1970 to 9999, found \"{}\"", shown(text));
  return ms;
}

// "## Question, 2026-11-24 09:30 (stopped)"; nullopt: not such a heading.
std::optional<MarkdownMessage> parse_heading(std::string_view line) {
  MarkdownMessage message{.role = MessageRole::Question};
  if (line.starts_with(chat_text::kQuestion))
    line.remove_prefix(chat_text::kQuestion.size());
  else if (line.starts_with(chat_text::kAnswer)) {
    message.role = MessageRole::Answer;
    line.remove_prefix(chat_text::kAnswer.size());
  } else
    return std::nullopt;
  if (!line.empty() && line[0] != ',' && line[0] != ' ') return std::nullopt;
  if (line.starts_with(", ")) message.created_ms = parse_local_time(line.substr(2));
  if (line.find("(cut off)") != std::string_view::npos) message.state = MessageState::Partial;
  if (line.find("(stopped)") != std::string_view::npos) message.state = MessageState::Stopped;
  if (line.find("(failed)") != std::string_view::npos) message.state = MessageState::Failed;
  return message;
}

std::vector<MarkdownSession> parse_markdown(std::string_view text) {
  std::vector<MarkdownSession> sessions;
  bool any = false;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string_view line = text.substr(at, end - at);
    at = end + 1;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.starts_with(chat_text::kTitle)) {
      sessions.push_back({.title = one_line(line.substr(chat_text::kTitle.size()), kMostTitle)});
      continue;
    }
    if (auto message = parse_heading(line)) {
      if (sessions.empty()) sessions.emplace_back();
      sessions.back().messages.push_back(*std::move(message));
      any = true;
      continue;
    }
    if (sessions.empty()) continue;
    MarkdownSession& session = sessions.back();
    if (!session.messages.empty())
      session.messages.back().text += without_mark(line) + "\n";
    else if (line.starts_with(chat_text::kVideo))
      session.video = line.substr(chat_text::kVideo.size());
  }
  if (!any)
    fail(ErrorKind::Usage, "import: expected \"{}\" and \"{}\" headings, as an export has them", chat_text::kQuestion,
         chat_text::kAnswer);
  return sessions;
}

void add_imported(StagedImport& import, const MarkdownSession& from, std::int64_t& now) {
  std::int64_t first = chat_text::kLastMs;
  for (const MarkdownMessage& message : from.messages) first = std::min(first, message.created_ms.value_or(now));
  Session session{.title = from.title.empty() ? "Imported" : from.title,
                  .created_ms = from.messages.empty() ? now : first,
                  .updated_ms = from.messages.empty() ? now : first};
  if (!from.video.empty()) session.media = SessionMedia{from.video, "", 0};
  const SessionId id = import.add_session(session);
  MessageId last = 0;
  for (const MarkdownMessage& message : from.messages)
    last = import.add_message(id,
                              {.role = message.role,
                               .text = std::string(trimmed(message.text, "\n")),
                               .state = message.state,
                               .created_ms = message.created_ms ? *message.created_ms : now++},
                              last);
}

}  // namespace

std::vector<SessionId> import_json(ChatStore& store, std::string_view text, const ImportControl& control) {
  try {
    const json value = parse_json(text, kImport);
    const ImportedObject all(value, "");
    if (all.string("format") != chat_text::kFormat)
      fail(ErrorKind::Usage, "import: expected an object with \"format\": \"{}\", as an export has it",
           chat_text::kFormat);
    const std::size_t version = all.as_size(all.wanted("version", "an integer"), "version", SIZE_MAX);
    if (version > chat_text::kVersion)
      fail(ErrorKind::Usage, "import: expected version 1 to {}, found {}: a newer Sparsight wrote it",
           chat_text::kVersion, version);
    std::size_t messages = 0;
    all.each("sessions", [&](const ImportedObject& from) { messages += from.list("messages").size(); });
    check_counts(all.list("sessions").size(), messages);
    StagedImport import(store, control, messages);
    all.each("sessions", [&](const ImportedObject& from) { add_imported(import, from); });
    return import.show();
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::Model) fail(ErrorKind::Usage, "{}", error.what());
    throw;
  }
}

std::vector<SessionId> import_markdown(ChatStore& store, std::string_view text, const ImportControl& control) {
  const std::vector<MarkdownSession> sessions = parse_markdown(valid_utf8(text));
  std::size_t messages = 0;
  for (const MarkdownSession& session : sessions) messages += session.messages.size();
  check_counts(sessions.size(), messages);
  std::int64_t now = now_ms();
  StagedImport import(store, control, messages);
  for (const MarkdownSession& session : sessions) add_imported(import, session, now);
  return import.show();
}

std::vector<SessionId> import_file(ChatStore& store, const std::filesystem::path& file, const ImportControl& control) {
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
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (text.starts_with(kByteOrderMark)) text.erase(0, kByteOrderMark.size());
  if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff"))
    fail(ErrorKind::Usage, "{}: expected UTF-8 text, found UTF-16", file.string());
  const std::string_view content = trimmed(text);
  const bool is_json = content.starts_with('{') || content.starts_with('[');
  return is_json ? import_json(store, text, control) : import_markdown(store, text, control);
}

}  // namespace sparsight
