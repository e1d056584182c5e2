// The command line. One function per command adds its subcommand to the parser. Everything goes through the headers of
// core.
#pragma once

#include "app/cli/interrupts.h"
#include "kernels/error.h"

#include <CLI/CLI.hpp>

#include <exception>
#include <string>

namespace sparsight::cli {

// As documented in --help and in the man page.
enum ExitCode {
  kOk = 0,
  kBug = 1,
  kUsage = 2,
  kFile = 3,
  kDecode = 4,
  kModel = 5,
  kMemory = 6,
  kDevice = 7,
  kStore = 8,
  kNetwork = 9,
  kCancelled = 130,
};

[[nodiscard]] ExitCode exit_code(ErrorKind kind);
// The current exception: its kind and message for JSON, and the program's exit code.
struct Failure {
  ExitCode code = kBug;
  std::string kind;
  std::string message;
};
[[nodiscard]] Failure failure_of(const std::exception_ptr& exception);

// Made by main() for the commands.
struct Context {
  Interrupts& interrupts;
  int exit_code = kOk;
};

void add_ask(CLI::App& app, Context& context);
void add_batch(CLI::App& app, Context& context);
void add_chat(CLI::App& app, Context& context);
void add_compare(CLI::App& app, Context& context);
void add_eval(CLI::App& app, Context& context);
void add_info(CLI::App& app, Context& context);
void add_frames(CLI::App& app, Context& context);
void add_sessions(CLI::App& app, Context& context);
void add_inspect(CLI::App& app, Context& context);
void add_models(CLI::App& app, Context& context);
void add_quantize(CLI::App& app, Context& context);
void add_perplexity(CLI::App& app, Context& context);

}  // namespace sparsight::cli
