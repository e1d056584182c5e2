// Sessions, messages, settings and traces on disk, in one SQLite database (foreign keys, full-text search).
//
// A call returns when its change is on disk, where it survives a killed process. One thread owns a store; several
// stores may have the same database open at once, in one process or in several, and changed_elsewhere() says that
// another wrote. Error{Store} says what failed, where and why: a full disk, a read-only file, damage, a database of a
// newer version or of another program. None of these changes the file.
#pragma once

#include "core/base/hash.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace sparsight {

struct Trace;

using SessionId = std::int64_t;
using MessageId = std::int64_t;

// A video or image that a session is about.
struct SessionMedia {
  std::filesystem::path path;
  std::string hash;  // content_hash() of it
  std::uint64_t bytes = 0;
};

struct Session {
  SessionId id = 0;
  std::string title;  // one_line()
  bool pinned = false;
  std::int64_t created_ms = 0;  // since 1970, UTC
  std::int64_t updated_ms = 0;
  std::size_t messages = 0;  // of all versions
  std::optional<SessionMedia> media{};
  std::size_t answers = 0;          // among the messages
  std::vector<std::string> tags{};  // tag_of(), in alphabetical order
};

// The form in which a tag is kept: one line, trimmed, at most 60 bytes, without quotation marks. Tags that differ only
// in the case of ASCII letters are the same.
[[nodiscard]] std::string tag_of(std::string_view text);

// What was typed into a search: words to find, and tags that a session must have ("tag:cats", "tag:\"two words\"").
struct SearchWords {
  std::string words;
  std::vector<std::string> tags;
};
[[nodiscard]] SearchWords parse_search(std::string_view text);

enum class MessageRole { Question, Answer };
enum class MessageState {
  Complete,
  Partial,  // still being written; or its program was killed, and this is what it had said
  Stopped,  // by the person
  Failed,   // by an error
};
[[nodiscard]] std::string_view to_string(MessageRole role);
[[nodiscard]] std::string_view to_string(MessageState state);

// Messages form a tree. An edited question or another answer is a new version beside the former ones, with the same
// parent; one of them is shown. The former ones stay as they are: choose() goes back to them.
struct Message {
  MessageId id = 0;
  MessageRole role = MessageRole::Question;
  std::string text;
  MessageState state = MessageState::Complete;
  std::int64_t created_ms = 0;
  std::string details = "{}";  // a JSON object: strategy, budget, counts, times
  bool has_trace = false;
  MessageId parent = 0;                   // the message that it follows; 0: it begins its session
  std::size_t version = 1, versions = 1;  // "2 of 3": its place among those with its parent, oldest first
};

// A search's result: a message, or a session found by its title or the name of its file.
struct SearchHit {
  SessionId session = 0;
  std::string title;
  MessageId message = 0;  // 0: the session
  MessageRole role = MessageRole::Question;
  std::string excerpt;                                       // around the first hit
  std::vector<std::pair<std::size_t, std::size_t>> marks{};  // of the hits: byte offset and length in the excerpt
  std::int64_t created_ms = 0;
};

// A list of questions to a list of videos. One question to one video is a cell.
using QuestionBatchId = std::int64_t;
struct QuestionBatch {
  QuestionBatchId id = 0;
  std::int64_t created_ms = 0;
  std::string settings;  // a JSON object, the caller's own
};
enum class CellState { Waiting, Done, Failed };
[[nodiscard]] std::string_view to_string(CellState state);
struct BatchCell {
  std::size_t place = 0;  // from 0; the cells of a video are neighbours
  std::filesystem::path video;
  std::string question;
  CellState state = CellState::Waiting;
  std::string answer{};                // Failed: why
  double seconds = 0;                  // from question to answer
  std::size_t tokens = 0;              // visual tokens on average over the layers
  std::optional<SessionId> session{};  // that has the answer; nullopt: none yet, or it was removed for good
  std::string notes{};                 // what a reader must know, such as that the video is cut short; a line each
};

// A trace as the store keeps it. The constructor compresses it, on any thread. Error{Memory}.
struct PackedTrace {
  explicit PackedTrace(const Trace& trace);

  std::string data;
  std::size_t bytes = 0;  // before
};

class ChatStore {
 public:
  enum class IfAbsent { Make, Refuse };
  // Opens or makes the database and brings it to this version's form, in one transaction. A file that may not be
  // written is opened for reading; if it is of an older form, or its last writer left changes in the -wal file, a copy
  // is opened. Where processes cannot share memory (a network file system, a -shm file that is blocked) the journal is
  // a rollback journal instead of WAL. ":memory:" is a database in memory, gone with the store.
  [[nodiscard]] static ChatStore open(const std::filesystem::path& file, IfAbsent if_absent = IfAbsent::Make);
  // $XDG_DATA_HOME/sparsight/chats.db or its default; the folder may be missing.
  [[nodiscard]] static std::filesystem::path default_file();

  ChatStore(ChatStore&&) noexcept;
  ChatStore& operator=(ChatStore&&) noexcept;
  ~ChatStore();

  [[nodiscard]] const std::filesystem::path& file() const;
  [[nodiscard]] bool read_only() const;
  // Whether another store, of this or another process, has written since the last call.
  [[nodiscard]] bool changed_elsewhere();

  // ---- Sessions. An unknown id is Error{Usage}.
  [[nodiscard]] SessionId add_session(std::string_view title, const std::optional<SessionMedia>& media = {});
  // For an import: keeps its dates. It gets a new id and has no messages yet.
  [[nodiscard]] SessionId add_session(const Session& session);
  // Those with all of the tags; pinned ones first, then by last use.
  [[nodiscard]] std::vector<Session> sessions(std::size_t limit = SIZE_MAX, std::size_t offset = 0,
                                              const std::vector<std::string>& tags = {}) const;
  [[nodiscard]] std::optional<Session> session(SessionId id) const;
  void rename_session(SessionId id, std::string_view title);
  void pin_session(SessionId id, bool pinned);
  // Error{Usage}: the tag is empty.
  void set_tag(SessionId id, std::string_view tag, bool has = true);
  // All tags of sessions that are not deleted, and how many have each, in alphabetical order.
  [[nodiscard]] std::vector<std::pair<std::string, std::size_t>> tags() const;
  void set_media(SessionId id, const SessionMedia& media);
  // Takes it out of the list and of every search; restore_session() brings it back until purge_deleted() removes it.
  void delete_session(SessionId id);
  void restore_session(SessionId id);
  // Text that was typed and not yet asked, in a session, deleted or not, or before there is one. Empty: none.
  [[nodiscard]] std::string draft(std::optional<SessionId> session) const;
  void set_draft(std::optional<SessionId> session, std::string_view text);
  // Removes it for good.
  void purge_session(SessionId id);
  // Removes the sessions that were deleted at least `age_ms` ago; returns how many.
  std::size_t purge_deleted(std::int64_t age_ms);

  // ---- Messages. A new one follows the last message that its session shows, or is a new version of `instead_of`, a
  // message of the same role and session. It is shown from then on.
  [[nodiscard]] MessageId add_question(SessionId session, std::string_view text,
                                       std::optional<MessageId> instead_of = {});
  // An empty answer in state Partial; write_answer() fills it as it streams.
  [[nodiscard]] MessageId begin_answer(SessionId session, std::optional<MessageId> instead_of = {});
  void write_answer(MessageId id, std::string_view text);  // the whole text so far
  // `details` is a JSON object.
  void finish_answer(MessageId id, std::string_view text, MessageState state, std::string_view details = "{}");
  // The path that the session shows, from first to last.
  [[nodiscard]] std::vector<Message> messages(SessionId session) const;
  // The whole tree, oldest first: a parent comes before the messages that follow it.
  [[nodiscard]] std::vector<Message> all_messages(SessionId session) const;
  // The ids of all messages with the same parent, this one included, oldest first.
  [[nodiscard]] std::vector<MessageId> versions(MessageId id) const;
  // Those messages themselves that have its role, the newest `most` of them.
  [[nodiscard]] std::vector<Message> version_messages(MessageId id, std::size_t most) const;
  // Shows the path through this message and on through the messages last shown after it. For undo: choose the message
  // that messages() ended with before.
  void choose(MessageId id);
  // For an import: keeps its times; it follows `parent` (0: it begins the session) or the last message that is shown.
  // It gets a new id and version.
  MessageId add_message(SessionId session, const Message& message, std::optional<MessageId> parent = {});

  // ---- Traces, compressed
  void set_trace(MessageId answer, const PackedTrace& trace);
  void set_trace(MessageId answer, const Trace& trace) { set_trace(answer, PackedTrace(trace)); }
  [[nodiscard]] std::optional<Trace> trace(MessageId answer) const;  // Error{Store} if it is damaged

  // ---- Search: texts that hold every word; the last word may be the beginning of one. First sessions by title or name
  // of file, last used first, without those of which a message is found; then messages, all versions, newest first. Any
  // text may be searched for. The time grows with the number of hits, not with the length of the texts. Tags among the
  // words (parse_search()) limit it to sessions that have all of them; tags alone find nothing: sessions() lists those.
  [[nodiscard]] std::vector<SearchHit> search(std::string_view words, std::size_t limit = 50) const;

  // ---- Batches of questions
  // The cells in their order: all questions to the first video, then to the next. Videos and questions that come twice
  // count once. Error{Usage}: there are none, or more than kMostCells cells.
  static constexpr std::size_t kMostCells = 20'000;
  [[nodiscard]] QuestionBatchId add_question_batch(std::string_view settings,
                                                   const std::vector<std::filesystem::path>& videos,
                                                   const std::vector<std::string>& questions);
  [[nodiscard]] std::optional<QuestionBatch> last_question_batch() const;
  [[nodiscard]] std::vector<BatchCell> batch_cells(QuestionBatchId id) const;
  void set_cell(QuestionBatchId id, const BatchCell& cell);  // what it says beside its place, video and question
  void remove_waiting_cells(QuestionBatchId id);
  void retry_failed_cells(QuestionBatchId id);  // they wait again
  void remove_question_batch(QuestionBatchId id);

  // ---- Settings
  [[nodiscard]] std::optional<std::string> setting(std::string_view key) const;
  void set_setting(std::string_view key, std::string_view value);

  // ---- Files that moved: where content of this hash was seen, last first, if a file of its size is there. Only
  // reading the file tells whether it holds the same.
  [[nodiscard]] std::vector<std::filesystem::path> places_of(std::string_view hash) const;

  // Empty if the database is whole, else what SQLite found.
  [[nodiscard]] std::string integrity_problems() const;

  // All writes in its lifetime are one transaction, undone unless commit() was called.
  class Batch {
   public:
    explicit Batch(ChatStore& store);
    ~Batch();
    Batch(const Batch&) = delete;
    Batch& operator=(const Batch&) = delete;
    void commit();

   private:
    ChatStore* store_;
    bool open_ = true;
  };

 private:
  struct Impl;
  explicit ChatStore(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Path, hash and size of a file. Reads all of it. Error{File}; Cancelled.
[[nodiscard]] SessionMedia describe_media(const std::filesystem::path& file, const std::stop_token& stop = {});

}  // namespace sparsight
