// `chat`: several questions about one video, which is encoded once.
#include "app/cli/answer_json.h"
#include "app/cli/cli.h"
#include "app/cli/options.h"
#include "app/cli/terminal.h"

#include <fmt/format.h>
#include <unistd.h>
#include <nlohmann/json.hpp>

#include <iostream>
#include <memory>
#include <optional>

namespace sparsight::cli {
namespace {

constexpr const char* kHelp =
    "  /new          forget the questions so far\n"
    "  /video FILE   talk about another video or image\n"
    "  /help         this list\n"
    "  /quit         leave (also Ctrl+D); Ctrl+C stops an answer\n";

struct ChatOptions {
  ModelOptions model;
  FrameOptions frames;
  AnswerOptions answer;
  std::string video;
  bool json = false;
  bool single = false;
};

class ChatSession {
 public:
  ChatSession(const ChatOptions& options, Context& context) : options_(options), context_(context) {}

  void run() {
    {
      const Interrupts::Job job(context_.interrupts);
      engine_ = Engine::load(options_.model.engine_options(), {progress(), job.token()});
    }
    line_.clear();
    if (!options_.video.empty()) open(options_.video);
    const bool person = isatty(STDIN_FILENO) != 0 && !options_.json;
    if (person) print_now("Ask away; /help lists what else can be done.\n");
    for (std::string input; prompt(person), std::getline(std::cin, input);) {
      if (input.find_first_not_of(" \t\r") == std::string::npos) continue;
      if (!input.starts_with('/')) {
        ask(input);
      } else if (!command(input)) {
        break;
      }
    }
    if (person && std::cin.eof()) print_now("\n");
  }

 private:
  static void prompt(bool person) {
    if (person) print_now("> ");
  }

  OnProgress progress() { return options_.json ? OnProgress() : line_.callback(); }

  void open(const std::string& file) {
    const Interrupts::Job job(context_.interrupts);
    const Control control{progress(), job.token()};
    OpenedClip opened = engine_->open(file, options_.frames.request, control);
    line_.clear();
    print_warnings(opened.clip.warnings);
    media_ = std::move(opened.encoded);
    clip_ = std::move(opened.clip);
    turns_.clear();
  }

  // False: leave.
  bool command(const std::string& input) {
    const std::string name = input.substr(0, input.find(' '));
    if (name == "/quit" || name == "/exit") return false;
    if (name == "/new") {
      turns_.clear();
    } else if (name == "/video" && input.size() > 7) {
      try {
        open(input.substr(7));
      } catch (const Error& error) {
        line_.clear();
        fmt::print(stderr, "{}\n", printable(error.what()));
      } catch (const Cancelled&) {
        line_.clear();
      }
    } else {
      if (name != "/help") fmt::print(stderr, "{}: no such command\n", printable(name));
      print_now(kHelp);
    }
    return true;
  }

  void ask(const std::string& text) {
    const Interrupts::Job job(context_.interrupts);
    if (options_.single) turns_.clear();
    turns_.push_back({text, ""});
    const auto stream = [&](std::string_view delta) {
      line_.clear();
      print_now(printable(delta));
    };
    Answer answer;
    try {
      answer =
          engine_->answer({.media = media_,
                           .system = options_.answer.system,
                           .turns = turns_,
                           .sampling = options_.answer.sampling,
                           .max_new_tokens = options_.answer.max_new_tokens},
                          options_.json ? std::function<void(std::string_view)>() : stream, {progress(), job.token()});
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::Usage) throw;
      line_.clear();
      fmt::print(stderr, "{}\n", printable(error.what()));
      turns_.pop_back();
      return;
    }
    line_.clear();
    turns_.back().answer = answer.text;
    if (answer.text.empty()) turns_.pop_back();
    if (options_.json)
      print_now(dump(answer_json(answer, *engine_, media_.get(), clip_ ? &*clip_ : nullptr), -1) + "\n");
    else
      print_now("\n");
  }

  const ChatOptions& options_;
  Context& context_;
  ProgressLine line_;
  std::unique_ptr<Engine> engine_;
  std::optional<Clip> clip_;
  std::shared_ptr<const EncodedMedia> media_;
  std::vector<Turn> turns_;
};

}  // namespace

void add_chat(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("chat", "Ask several questions about one video; it is looked at once");
  const auto options = std::make_shared<ChatOptions>();
  command->add_option("VIDEO", options->video, "A video or image file; without one the chat is about words only");
  command->add_flag("--json", options->json, "Print one JSON object a line and answer");
  command->add_flag("--single", options->single, "Each question stands alone: earlier ones are not shown to the model");
  options->frames.add_to(*command);
  options->answer.add_to(*command);
  options->model.add_to(*command);
  command->footer(std::string("Questions are read line by line from standard input. In between:\n") + kHelp +
                  "\nExamples:\n"
                  "  sparsight-cli chat clip.mp4\n"
                  "  printf 'What shape is it?\\nWhat color is it?\\n' | sparsight-cli chat clip.mp4 --json");
  command->callback([options, &context] { ChatSession(*options, context).run(); });
}

}  // namespace sparsight::cli
