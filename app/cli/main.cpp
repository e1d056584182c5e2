#include "app/cli/answer_json.h"
#include "app/cli/cli.h"
#include "app/cli/terminal.h"
#include "core/base/os/os.h"
#include "core/base/progress.h"
#include "core/base/replace_file.h"
#include "kernels/out_of_memory.h"
#include "sparsight_version.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <new>
#include <sstream>
#include <string_view>

namespace sparsight::cli {

ExitCode exit_code(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::Usage: return kUsage;
    case ErrorKind::File: return kFile;
    case ErrorKind::Decode: return kDecode;
    case ErrorKind::Model: return kModel;
    case ErrorKind::Memory: return kMemory;
    case ErrorKind::Device: return kDevice;
    case ErrorKind::Store: return kStore;
    case ErrorKind::Network: return kNetwork;
  }
  return kBug;
}

Failure failure_of(const std::exception_ptr& exception) {
  try {
    std::rethrow_exception(exception);
  } catch (const Error& error) {
    return {exit_code(error.kind()), std::string(to_string(error.kind())), error.what()};
  } catch (const Cancelled&) {
    return {kCancelled, "cancelled", "stopped"};
  } catch (const std::exception& error) {
    if (!lacks_memory(error)) return {kBug, "bug", error.what()};
    const bool bytes = dynamic_cast<const std::bad_alloc*>(&error) != nullptr;
    return {kMemory, std::string(to_string(ErrorKind::Memory)),
            bytes ? "not enough memory"
                  : "no further thread can be started: memory or the limit of processes is exhausted"};
  }
}

namespace {

// Whether the command prints JSON. Known before its options are parsed, since these may be what is wrong.
bool wants_json(int argc, char** argv) {
  for (int i = 1; i < argc && std::string_view(argv[i]) != "--"; ++i)
    if (std::string_view(argv[i]) == "--json") return true;
  return false;
}

int report_failure(const Failure& failure, bool json) {
  fmt::print(stderr, "sparsight-cli: {}\n", printable_line(failure.message));
  if (json) {
    try {
      print_now(dump(error_json(failure.kind, failure.message), -1) + "\n");
    } catch (const OutputLost&) {  // report_failure() says it on stderr
    }
  }
  return failure.code;
}

// Runs on another thread than the job's, which may be writing to either stream.
void say_stopped(bool json, const std::string& note) {
  remove_unfinished_files();
  const std::string clear = os::is_terminal(os::Stream::Error) ? "\r\x1b[K" : "";
  os::write_if_possible(os::Stream::Error,
                        fmt::format("{}{}sparsight-cli: stopped\n", clear, note.empty() ? "" : note + "\n"));
  if (json) os::write_if_possible(os::Stream::Out, dump(error_json("cancelled", "stopped"), -1) + "\n");
}

// Whether the command that was reached has commands of its own, and none of them was given.
bool wants_command(const CLI::App& app) {
  const auto used = app.get_subcommands();
  return used.empty() ? !app.get_subcommands([](const CLI::App*) { return true; }).empty()
                      : wants_command(*used.front());
}

std::string parse_message(const CLI::App& app, const CLI::ParseError& error) {
  const std::string what = error.what();
  const std::vector<std::string> left = app.remaining(true);
  const auto ours = [&](std::string_view theirs, std::string_view words) {
    const std::size_t at = what.find(theirs);
    if (at == std::string::npos) return std::string();
    const std::string name = what.substr(0, std::min(at, what.find(':')));
    return fmt::format("{}{}: {}", name.starts_with('-') ? "" : "--", name, words);
  };
  switch (static_cast<CLI::ExitCodes>(error.get_exit_code())) {
    case CLI::ExitCodes::ExtrasError:
      return fmt::format("not expected here: {}; there is no such option, or a text needs quotes{}",
                         fmt::join(left, " "),
                         std::ranges::any_of(left, [](const std::string& word) { return word.starts_with('-'); })
                             ? "; put -- before a file or text that begins with a dash"
                             : "");
    case CLI::ExitCodes::RequiredError:
      if (!wants_command(app) || left.empty()) return what;
      return fmt::format("{}: there is no such command", left.front());
    case CLI::ExitCodes::ArgumentMismatch:
      if (std::string given = ours(" was given a disallowed flag override", "takes no value"); !given.empty())
        return given;
      if (std::string missing = ours(" missing", "expected a value"); !missing.empty()) return missing;
      if (std::string twice = ours(": At Most", "is given more than once"); !twice.empty()) return twice;
      return what;
    default: return what;
  }
}

// What is wrong with the arguments, and where to find help.
std::string usage_message(const CLI::App& app, const CLI::ParseError& error) {
  std::string command = "sparsight-cli";
  const CLI::App* at = &app;
  for (auto used = at->get_subcommands(); !used.empty(); used = at->get_subcommands()) {
    at = used.front();
    command += " " + at->get_name();
  }
  return fmt::format("{}; see `{} --help`", parse_message(app, error), command);
}

int print_help(const std::string& help) {
  try {
    print_now(help);
    return kOk;
  } catch (const Error&) {
    return report_failure(failure_of(std::current_exception()), false);
  }
}

int run(int argc, char** argv) {
  const bool json = wants_json(argc, argv);
  Interrupts interrupts([json](const std::string& note) { say_stopped(json, note); });
  Context context{interrupts};
  CLI::App app("Sparsight answers questions about a video on this machine: no picture and no question leaves it.",
               "sparsight-cli");
  app.set_version_flag("--version", "sparsight-cli " SPARSIGHT_VERSION);
  app.require_subcommand(1);
  app.footer(
      "Example:\n"
      "  sparsight-cli ask clip.mp4 \"Which way does the red circle move?\"\n\n"
      "Exit codes: 0 done, 1 a bug in Sparsight, 2 wrong usage, 3 file, 4 video or image that cannot be decoded, 5 "
      "model,\n"
      "6 memory, 7 device, 8 chat database, 9 network, 130 stopped by Ctrl+C.");
  add_ask(app, context);
  add_batch(app, context);
  add_chat(app, context);
  add_compare(app, context);
  add_eval(app, context);
  add_info(app, context);
  add_frames(app, context);
  add_sessions(app, context);
  add_inspect(app, context);
  add_quantize(app, context);
  add_models(app, context);
  add_perplexity(app, context);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() != 0)
      return report_failure({kUsage, std::string(to_string(ErrorKind::Usage)), usage_message(app, error)}, json);
    std::ostringstream out;
    static_cast<void>(app.exit(error, out, out));
    return print_help(out.str());
  } catch (...) {
    return report_failure(failure_of(std::current_exception()), json);
  }
  return context.exit_code;
}

// Runs main, also where no memory is left to report an error.
int guarded(int argc, char** argv) noexcept {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    try {
      return report_failure(failure_of(std::current_exception()), wants_json(argc, argv));
    } catch (...) {
      std::fputs("sparsight-cli: not enough memory\n", stderr);
      return lacks_memory(error) ? kMemory : kBug;
    }
  }
}

}  // namespace
}  // namespace sparsight::cli

int main(int argc, char** argv) {
  std::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow becomes an error with its name
  sparsight::os::fill_closed_standard_streams();
  return sparsight::cli::guarded(argc, argv);
}
