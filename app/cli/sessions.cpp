// `sessions`: the chats that the app keeps, from the command line.
#include "app/cli/answer_json.h"
#include "app/cli/cli.h"
#include "app/cli/terminal.h"
#include "app/cli/values.h"
#include "core/base/replace_file.h"
#include "core/chat/export.h"
#include "core/chat/store.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>

namespace sparsight::cli {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t kShown = 50;

struct Sessions {
  std::filesystem::path database;
  SessionId id = 0;
  std::vector<SessionId> ids;
  std::vector<std::string> words;
  std::optional<std::size_t> limit;
  bool json = false;
  bool markdown = false;
  std::filesystem::path file;

  [[nodiscard]] ChatStore open(ChatStore::IfAbsent if_absent = ChatStore::IfAbsent::Refuse) const {
    return ChatStore::open(database.empty() ? ChatStore::default_file() : database, if_absent);
  }

  // Users get a short list unless they choose; programs get all.
  [[nodiscard]] std::size_t most() const { return limit.value_or(json ? std::numeric_limits<int>::max() : kShown); }

  // The app has not been used yet; a file that somebody names must be there.
  [[nodiscard]] bool none_yet() const {
    std::error_code unknown;
    return database.empty() && !std::filesystem::exists(ChatStore::default_file(), unknown) && !unknown;
  }

  void list() const {
    const std::vector<Session> sessions = none_yet() ? std::vector<Session>{} : open().sessions();
    if (sessions.empty() && !json) fmt::print(stderr, "there are no sessions yet\n");
    const std::size_t listed = std::min(sessions.size(), most());
    ordered_json all = ordered_json::array();
    for (const Session& session : std::span(sessions).first(listed)) {
      if (json)
        all.push_back({{"id", session.id},
                       {"title", session.title},
                       {"pinned", session.pinned},
                       {"created_ms", session.created_ms},
                       {"updated_ms", session.updated_ms},
                       {"messages", session.messages},
                       {"video", session.media ? ordered_json(session.media->path.string()) : ordered_json()}});
      else
        print_now(fmt::format("{:>6}  {}  {:>4} {:<8}  {}{}\n", session.id, local_time(session.updated_ms),
                              session.messages, session.messages == 1 ? "message" : "messages",
                              session.pinned ? "* " : "", printable_line(session.title)));
    }
    if (json) return print_now(dump(all, 2) + "\n");
    if (listed < sessions.size())
      fmt::print(stderr, "{} of {} sessions; --limit {} lists them all\n", listed, sessions.size(), sessions.size());
  }

  void show() const {
    const ChatStore store = open();
    if (json)
      print_now(export_json(store, {id}));
    else
      print_now(printable(export_markdown(store, id)));
  }

  void search() const {
    std::vector<SearchHit> hits;
    if (!none_yet()) hits = open().search(fmt::format("{}", fmt::join(words, " ")), most() + 1);
    if (hits.empty() && !json) fmt::print(stderr, "no session has these words\n");
    const bool more = hits.size() > most();
    if (more) hits.resize(most());
    ordered_json all = ordered_json::array();
    for (const SearchHit& hit : hits) {
      const bool message = hit.message != 0;
      if (json)
        all.push_back({{"session", hit.session},
                       {"title", hit.title},
                       {"message", message ? ordered_json(hit.message) : ordered_json()},
                       {"role", message ? ordered_json(to_string(hit.role)) : ordered_json()},
                       {"excerpt", hit.excerpt},
                       {"marks", hit.marks},
                       {"created_ms", hit.created_ms}});
      else
        print_now(fmt::format("{:>6}  {}  {}{}\n", hit.session, local_time(hit.created_ms), printable_line(hit.title),
                              hit.excerpt == hit.title ? "" : ": " + printable_line(hit.excerpt)));
    }
    if (json) return print_now(dump(all, 2) + "\n");
    if (more) fmt::print(stderr, "only the first {} are listed; a larger --limit lists more\n", hits.size());
  }

  void export_them() const {
    const ChatStore store = open();
    std::vector<SessionId> chosen;
    for (const SessionId wanted : ids)
      if (std::find(chosen.begin(), chosen.end(), wanted) == chosen.end()) chosen.push_back(wanted);
    if (chosen.empty())
      for (const Session& session : store.sessions()) chosen.push_back(session.id);
    std::string text;
    if (markdown)
      for (const SessionId session : chosen) text += export_markdown(store, session);
    else
      text = export_json(store, chosen);
    if (file.empty()) return print_now(text);
    replace_file(file, text);
  }

  void import_them() const {
    ChatStore store = open(ChatStore::IfAbsent::Make);
    const auto added = import_file(store, file);
    print_now(fmt::format("{} session{} added\n", added.size(), added.size() == 1 ? "" : "s"));
  }
};

}  // namespace

void add_sessions(CLI::App& app, Context&) {
  CLI::App* command = app.add_subcommand("sessions", "List, show, search, export and import chats");
  command->require_subcommand(1);
  const auto sessions = std::make_shared<Sessions>();
  add_path(*command, "--database", "FILE", "The chat database; default: the app's own", sessions->database);
  const auto add = [&](const char* name, const char* help, const char* example, void (Sessions::*what)() const) {
    CLI::App* sub = command->add_subcommand(name, help);
    sub->fallthrough();
    sub->footer(fmt::format("Example:\n  sparsight-cli sessions {}", example));
    sub->callback([sessions, what] { std::invoke(what, *sessions); });
    return sub;
  };
  const auto listing = [&](CLI::App* sub) {
    add_value(*sub, "--limit", "N", fmt::format("List at most N; default: {}, with --json all", kShown),
              [sessions](const std::string& text) {
                std::uint64_t most = 0;
                std::string expected = read_whole(text, {.least = 1, .most = 1 << 30}, most);
                if (expected.empty()) sessions->limit = most;
                return expected;
              });
    add_switch(*sub, "--json", "Print JSON", sessions->json);
  };
  listing(add("list", "All sessions: pinned ones first, then by last use", "list --limit 10", &Sessions::list));

  CLI::App* show = add("show", "One session with its questions and answers", "show 12", &Sessions::show);
  add_whole(*show, "ID", "N", "The ID that `sessions list` shows", sessions->id)->required();
  add_switch(*show, "--json", "Print JSON", sessions->json);

  CLI::App* search =
      add("search",
          "Find sessions that contain all of the words, in titles, file names, questions and answers, newest first",
          "search \"red circle\"", &Sessions::search);
  add_words(*search, "WORDS", "Words to find; the last one may be incomplete", sessions->words)->required();
  listing(search);

  CLI::App* out = add("export", "Sessions as JSON, or as Markdown to read", "export --markdown 12 --out chat.md",
                      &Sessions::export_them);
  out->add_option("ID", sessions->ids, "Sessions to export; default: all")->check([](const std::string& text) {
    std::uint64_t id = 0;
    const std::string expected = read_whole(text, {.least = 0, .most = 1ULL << 62}, id);
    return expected.empty() ? expected : fmt::format("expected {}, found \"{}\"", expected, text);
  });
  add_switch(*out, "--markdown", "Markdown instead of JSON", sessions->markdown);
  add_path(*out, "--out", "FILE", "File to write; default: standard output", sessions->file);

  CLI::App* in =
      add("import", "Add the sessions of a file that export wrote", "import chats.json", &Sessions::import_them);
  add_path(*in, "FILE", "FILE", "JSON or Markdown, as export writes it", sessions->file)->required();
  command->footer(
      "Examples:\n"
      "  sparsight-cli sessions search \"red circle\"\n"
      "  sparsight-cli sessions export --markdown 12 --out chat.md");
}

}  // namespace sparsight::cli
