// `store`: how fast a chat database with very many sessions opens, lists and is searched.
#include "core/chat/store.h"
#include "app/bench/bench.h"
#include "core/base/progress.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <system_error>
#include <vector>

namespace sparsight::bench {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

struct StoreOptions {
  std::size_t sessions = 10'000, messages = 50, repeat = 9;
  fs::path folder = fs::temp_directory_path();
};

// A folder that is removed with this object.
struct Scratch {
  explicit Scratch(const fs::path& parent)
      : path(parent / fmt::format("sparsight-bench-{:08x}", std::random_device{}())) {
    std::error_code error;
    fs::create_directories(path, error);
    if (error) fail(ErrorKind::File, "{}: {}", path.string(), error.message());
  }
  ~Scratch() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  fs::path path;
};

// Makes sentences whose words are as frequent as in a language: the n-th occurs 1/n times as often as the first.
class SentenceMaker {
 public:
  explicit SentenceMaker(std::size_t words) {
    for (std::size_t i = 0; i < words; ++i) {
      std::string word;
      for (std::size_t n = i + 20; n > 0; n /= 20) {
        word += "bcdfglmnprstvkhjzwqx"[n % 20];
        word += "aeiou"[n % 5];
      }
      words_.push_back(word);
      weights_.push_back(1 / static_cast<double>(i + 1));
    }
    chance_ = std::discrete_distribution<std::size_t>(weights_.begin(), weights_.end());
  }
  [[nodiscard]] std::string make(std::size_t words) {
    std::string text;
    for (std::size_t i = 0; i < words; ++i) text += (i == 0 ? "" : " ") + words_[chance_(random_)];
    return text + ".";
  }
  [[nodiscard]] const std::string& word(std::size_t rank) const { return words_[rank]; }

 private:
  std::vector<std::string> words_;
  std::vector<double> weights_;
  std::discrete_distribution<std::size_t> chance_;
  std::mt19937_64 random_{1};
};

void fill(const fs::path& file, const StoreOptions& options, SentenceMaker& sentences, const std::stop_token& stop) {
  ChatStore store = ChatStore::open(file);
  ChatStore::Batch batch(store);
  for (std::size_t s = 0; s < options.sessions; ++s) {
    stop_here_if_asked(stop);
    if (s % 1000 == 0) fmt::print(stderr, "session {} of {}\n", s, options.sessions);
    const SessionId id = store.add_session(sentences.make(4), SessionMedia{fmt::format("/videos/clip {}.mp4", s % 500),
                                                                           fmt::format("{:032x}", s % 500), s});
    for (std::size_t m = 0; m < options.messages; ++m)
      static_cast<void>(store.add_message(id, {.role = m % 2 == 0 ? MessageRole::Question : MessageRole::Answer,
                                               .text = sentences.make(m % 2 == 0 ? 10 : 25),
                                               .created_ms = static_cast<std::int64_t>(s * 1000 + m)}));
  }
  batch.commit();
}

void run(const StoreOptions& options, Context& context) {
  const cli::Interrupts::Job job(context.interrupts);
  const Scratch scratch(options.folder);
  const fs::path file = scratch.path / "chats.db";
  SentenceMaker sentences(20'000);
  Times filling;
  filling.run([&] { fill(file, options, sentences, job.token()); });

  struct Work {
    std::string name;
    std::function<std::size_t(ChatStore&)> work;  // returns how much it found
    Times times{};
    std::size_t found = 0;
  };
  const auto search = [](const std::string& words) {
    return [words](ChatStore& store) { return store.search(words, 200).size(); };
  };
  std::vector<Work> cases;
  cases.push_back({"open and list", [&](ChatStore&) { return ChatStore::open(file).sessions().size(); }});
  cases.push_back({"list", [](ChatStore& store) { return store.sessions().size(); }});
  cases.push_back({"search: the most common word", search(sentences.word(0) + " ")});
  cases.push_back({"search: a rare word", search(sentences.word(15'000))});
  cases.push_back({"search: two letters", search(sentences.word(100).substr(0, 2))});
  cases.push_back({"search: three letters", search(sentences.word(2000).substr(0, 3))});
  cases.push_back({"search: one letter", search(sentences.word(0).substr(0, 1))});
  cases.push_back(
      {"search: three common words", search(sentences.word(0) + " " + sentences.word(1) + " " + sentences.word(2))});
  cases.push_back({"search: nothing", search("there is nothing like this")});
  cases.push_back({"messages of a session", [](ChatStore& store) { return store.messages(1).size(); }});

  ChatStore store = ChatStore::open(file);
  for (std::size_t r = 0; r <= options.repeat; ++r)
    for (Work& each : cases) {
      stop_here_if_asked(job.token());
      const auto work = [&] { each.found = each.work(store); };
      if (r == 0)
        work();  // reads the file into the system's cache
      else
        each.times.run(work);
    }
  ordered_json results = ordered_json::array();
  for (const Work& each : cases)
    results.push_back({{"what", each.name}, {"found", each.found}, {"wall_ms", each.times.wall.json()}});
  print({{"sessions", options.sessions},
         {"messages", options.sessions * options.messages},
         {"file_bytes", fs::file_size(file)},
         {"fill_ms", rounded(filling.wall.median())},
         {"results", results}});
}

}  // namespace

void add_store(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("store", "A chat database with many sessions: opening, listing, searching");
  const auto options = std::make_shared<StoreOptions>();
  add_count(*command, "--sessions", options->sessions, 1, 1'000'000, "Sessions in it");
  add_count(*command, "--messages", options->messages, 0, 10'000, "Messages in each");
  add_count(*command, "--repeat", options->repeat, 1, 1000, "Runs of each case, in turns");
  command->add_option("--folder", options->folder, "Folder in which the database is made and removed again")
      ->type_name("DIR");
  command->footer("Example:\n  sparsight_bench store --sessions 10000 --messages 50");
  command->callback([options, &context] { run(*options, context); });
}

}  // namespace sparsight::bench
