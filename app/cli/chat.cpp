// `chat`: several questions about one video, which is encoded once.
#include "app/cli/answer_json.h"
#include "app/cli/cli.h"
#include "app/cli/options.h"
#include "app/cli/terminal.h"
#include "app/cli/values.h"
#include "core/base/os/os.h"
#include "core/base/text.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cstdio>
#include <iostream>
#include <memory>
#include <optional>

namespace sparsight::cli {
namespace {

using nlohmann::ordered_json;

constexpr const char* kHelp =
    "  /new          forget the questions so far\n"
    "  /video FILE   talk about another video or image\n"
    "  /help         this list\n"
    "  /quit         leave (also Ctrl+D); Ctrl+C stops an answer\n";

struct ChatOptions {
  ModelOptions model;
  FrameOptions frames;
  AnswerOptions answer;
  PruneOptions prune;
  std::string video;
  bool json = false;
  bool single = false;
};

// A file name as typed or dropped into a terminal, perhaps in quotes.
std::string unquoted(const std::string& file) {
  const bool quoted = file.size() > 2 && file.front() == file.back() && (file.front() == '"' || file.front() == '\'');
  std::error_code ignored;
  return quoted && !std::filesystem::exists(file, ignored) ? file.substr(1, file.size() - 2) : file;
}

class ChatSession {
 public:
  ChatSession(const ChatOptions& options, Context& context) : options_(options), context_(context) {}

  void run() {
    options_.frames.check();
    options_.answer.check();
    {
      const Interrupts::Job job(context_.interrupts);
      engine_ = options_.model.load({progress(), job.token()});
      line_.clear();
      pruning_ = options_.prune.options(pruned_by_default(engine_->info()));
      check_pruning(pruning_, engine_->info(), options_.frames.request);
      if (!options_.video.empty())
        open(options_.video, job);
      else
        print_warnings(warnings_about(nullptr, engine_->info()));
    }
    const bool person = os::is_terminal(os::Stream::In) && !options_.json;
    if (person) print_now("Ask a question; /help lists other commands.\n");
    for (std::string input; prompt(person), std::getline(std::cin, input);) {
      input = std::string(trimmed(input));
      if (input.empty()) continue;
      if (!input.starts_with('/')) {
        ask(input);
      } else if (!command(input)) {
        return;
      }
    }
    if (std::ferror(stdin) != 0) fail(ErrorKind::File, "standard input: cannot be read");
    if (person) print_now("\n");
  }

 private:
  static void prompt(bool person) {
    if (person) print_now("> ");
  }

  OnProgress progress() { return options_.json ? OnProgress() : line_.callback(); }

  void open(const std::string& file, const Interrupts::Job& job) {
    OpenedClip opened = engine_->open(file, options_.frames.request, {progress(), job.token()});
    line_.clear();
    print_warnings(warnings_about(&opened.clip, engine_->info()));
    media_ = std::move(opened.encoded);
    clip_ = std::move(opened.clip);
    turns_.clear();
  }

  // Reports a question or command that failed, so that the next one can be asked. The program's exit code is that of
  // the first failure; that of this one is returned.
  ExitCode failed(ordered_json about) {
    const Failure failure = failure_of(std::current_exception());
    line_.clear();
    if (context_.exit_code == kOk && failure.code != kCancelled) context_.exit_code = failure.code;
    fmt::print(stderr, "{}\n", printable_line(failure.message));
    if (options_.json) {
      about.update(error_json(failure.kind, failure.message));
      print_now(dump(about, -1) + "\n");
    }
    return failure.code;
  }

  // False: quit.
  bool command(const std::string& input) {
    const std::size_t blank = input.find_first_of(" \t");
    const std::string name = input.substr(0, blank);
    const std::string argument =
        blank == std::string::npos ? "" : std::string(trimmed(std::string_view(input).substr(blank)));
    if (name == "/quit" || name == "/exit") return false;
    try {
      if (name == "/new") {
        turns_.clear();
      } else if (name == "/video") {
        change_video(argument);
      } else if (name == "/help") {
        if (options_.json)
          fmt::print(stderr, "{}", kHelp);
        else
          print_now(kHelp);
      } else {
        fmt::print(stderr, "{}: no such command\n{}", printable_line(name), kHelp);
      }
    } catch (const OutputLost&) {
      throw;
    } catch (...) {
      (void)failed({{"command", input}});
    }
    return true;
  }

  void change_video(const std::string& file) {
    if (file.empty())
      fail(ErrorKind::Usage, "/video: expected a file name; {}",
           clip_ ? "the video is " + clip_->path.string() : "there is no video yet");
    const Interrupts::Job job(context_.interrupts, Interrupts::Job::Then::GoOn);
    open(unquoted(file), job);
  }

  void ask(const std::string& text) {
    ++asked_;
    if (options_.single) turns_.clear();
    turns_.push_back({text, ""});
    try {
      answer_last();
    } catch (const OutputLost&) {
      throw;
    } catch (...) {
      turns_.pop_back();
      const ExitCode code = failed({{"number", asked_}, {"question", text}});
      if (code == kMemory && !turns_.empty())
        fmt::print(stderr, "/new forgets the questions so far, so that the next one needs less memory\n");
    }
  }

  void answer_last() {
    const Interrupts::Job job(context_.interrupts, Interrupts::Job::Then::GoOn);
    const auto stream = [&](std::string_view delta) {
      line_.clear();
      print_now(printable(delta));
    };
    const Answer answer =
        engine_->answer({.media = media_,
                         .system = options_.answer.system,
                         .turns = turns_,
                         .sampling = options_.answer.sampling,
                         .max_new_tokens = options_.answer.max_new_tokens,
                         .pruning = pruning_,
                         .rank = options_.json},
                        options_.json ? std::function<void(std::string_view)>() : stream, {progress(), job.token()});
    line_.clear();
    if (options_.json) {
      ordered_json printed = {{"number", asked_}, {"question", turns_.back().question}};
      printed.update(answer_json(answer, *engine_, media_.get(), clip_ ? &*clip_ : nullptr));
      print_now(dump(printed, -1) + "\n");
    } else {
      print_now("\n");
    }
    print_warnings(warnings_about(answer));
    turns_.back().answer = answer.text;
    if (answer.text.empty()) turns_.pop_back();
  }

  const ChatOptions& options_;
  Context& context_;
  ProgressLine line_;
  std::unique_ptr<Engine> engine_;
  PruningOptions pruning_;
  std::optional<Clip> clip_;
  std::shared_ptr<const EncodedMedia> media_;
  std::vector<Turn> turns_;
  std::size_t asked_ = 0;
};

}  // namespace

void add_chat(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("chat", "Ask several questions about one video, which is encoded once");
  const auto options = std::make_shared<ChatOptions>();
  add_text(*command, "VIDEO", "FILE", "A video or image file; without one the chat is text only", options->video);
  add_switch(*command, "--json", "Print one JSON object per question, a line each, failed ones included",
             options->json);
  add_switch(*command, "--single", "Do not show earlier questions to the model", options->single);
  options->frames.add_to(*command);
  options->answer.add_to(*command);
  options->prune.add_to(*command);
  options->model.add_to(*command);
  command->footer(std::string("Questions are read line by line from standard input. Commands:\n") + kHelp +
                  "\nExamples:\n"
                  "  sparsight-cli chat clip.mp4\n"
                  "  printf 'What shape is it?\\nWhat color is it?\\n' | sparsight-cli chat clip.mp4 --json");
  command->callback([options, &context] { ChatSession(*options, context).run(); });
}

}  // namespace sparsight::cli
