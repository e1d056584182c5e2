// `sessions`: the chats that the app keeps, from the command line.
#include "app/cli/answer_json.h"
#include "app/cli/cli.h"
#include "app/cli/terminal.h"
#include "core/chat_export.h"
#include "core/chat_store.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <functional>
#include <memory>

namespace sparsight::cli {
namespace {

using nlohmann::ordered_json;

struct Sessions {
  std::filesystem::path database;
  SessionId id = 0;
  std::vector<SessionId> ids;
  std::string words;
  std::size_t limit = 50;
  bool json = false;
  bool markdown = false;
  std::filesystem::path file;

  [[nodiscard]] ChatStore open() const {
    return ChatStore::open(database.empty() ? ChatStore::default_file() : database);
  }

  void list() const {
    ordered_json all = ordered_json::array();
    for (const Session& session : open().sessions(limit)) {
      if (json)
        all.push_back({{"id", session.id},
                       {"title", session.title},
                       {"pinned", session.pinned},
                       {"created_ms", session.created_ms},
                       {"updated_ms", session.updated_ms},
                       {"messages", session.messages},
                       {"video", session.media ? ordered_json(session.media->path.string()) : ordered_json()}});
      else
        print_now(fmt::format("{:>6}  {}  {:>4} messages  {}{}\n", session.id, local_time(session.updated_ms),
                              session.messages, session.pinned ? "* " : "", printable(session.title)));
    }
    if (json) print_now(dump(all, 2) + "\n");
  }

  void show() const {
    const ChatStore store = open();
    if (json)
      print_now(export_json(store, {id}));
    else
      print_now(printable(export_markdown(store, id)));
  }

  void search() const {
    ordered_json all = ordered_json::array();
    for (const SearchHit& hit : open().search(words, limit)) {
      if (json)
        all.push_back({{"session", hit.session},
                       {"title", hit.title},
                       {"message", hit.message},
                       {"role", to_string(hit.role)},
                       {"excerpt", hit.excerpt},
                       {"created_ms", hit.created_ms}});
      else
        print_now(fmt::format("{:>6}  {}  {}: {}\n", hit.session, local_time(hit.created_ms), printable(hit.title),
                              printable(hit.excerpt)));
    }
    if (json) print_now(dump(all, 2) + "\n");
  }

  void export_them() const {
    const ChatStore store = open();
    std::vector<SessionId> chosen = ids;
    if (chosen.empty())
      for (const Session& session : store.sessions()) chosen.push_back(session.id);
    std::string text;
    if (markdown)
      for (const SessionId session : chosen) text += export_markdown(store, session);
    else
      text = export_json(store, chosen);
    if (file.empty()) return print_now(text);
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    out << text;
    out.close();
    if (!out) fail(ErrorKind::File, "{}: cannot be written", file.string());
  }

  void import_them() const {
    ChatStore store = open();
    const auto added = import_file(store, file);
    print_now(fmt::format("{} session{} added\n", added.size(), added.size() == 1 ? "" : "s"));
  }
};

}  // namespace

void add_sessions(CLI::App& app, Context&) {
  CLI::App* command = app.add_subcommand("sessions", "List, show, search, export and import chats");
  command->require_subcommand(1);
  const auto sessions = std::make_shared<Sessions>();
  command->add_option("--database", sessions->database, "The chat database; default: the app's own")->type_name("FILE");
  const auto add = [&](const char* name, const char* help, void (Sessions::*what)() const) {
    CLI::App* sub = command->add_subcommand(name, help);
    sub->fallthrough();
    sub->callback([sessions, what] { std::invoke(what, *sessions); });
    return sub;
  };
  const auto listing = [&](CLI::App* sub) {
    sub->add_option("--limit", sessions->limit, "As many at most")->type_name("N")->capture_default_str();
    sub->add_flag("--json", sessions->json, "Print JSON");
  };
  listing(add("list", "All sessions: pinned ones first, then by last use", &Sessions::list));

  CLI::App* show = add("show", "One session with its questions and answers", &Sessions::show);
  show->add_option("ID", sessions->id, "As `sessions list` shows it")->required();
  show->add_flag("--json", sessions->json, "Print JSON");

  CLI::App* search = add("search", "Questions and answers that hold every word, newest first", &Sessions::search);
  search->add_option("WORDS", sessions->words, "What to look for; the last word may be a beginning")->required();
  listing(search);

  CLI::App* out = add("export", "Sessions as JSON, or as Markdown to read", &Sessions::export_them);
  out->add_option("ID", sessions->ids, "Which; default: all");
  out->add_flag("--markdown", sessions->markdown, "Markdown instead of JSON");
  out->add_option("--out", sessions->file, "Where to write; default: standard output")->type_name("FILE");

  CLI::App* in = add("import", "Add the sessions of such a file", &Sessions::import_them);
  in->add_option("FILE", sessions->file, "JSON or Markdown, as export writes it")->required();
  command->footer(
      "Examples:\n"
      "  sparsight-cli sessions search \"red circle\"\n"
      "  sparsight-cli sessions export --markdown 12 --out chat.md");
}

}  // namespace sparsight::cli
