#include "app/cli/cli.h"
#include "app/cli/terminal.h"
#include "core/progress.h"
#include "kernels/out_of_memory.h"
#include "sparsight_version.h"

#include <fmt/format.h>

#include <cstdio>
#include <iostream>
#include <new>
#include <sstream>

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

namespace {

int complain(ExitCode code, std::string_view message) {
  fmt::print(stderr, "sparsight-cli: {}\n", printable(message));
  return code;
}

int complain(const std::exception& error) {
  if (!lacks_memory(error)) return complain(kBug, error.what());
  return complain(kMemory,
                  dynamic_cast<const std::bad_alloc*>(&error) != nullptr
                      ? "not enough memory"
                      : "no further thread can be started: memory or the allowed number of processes is used up");
}

int print_help(std::string_view help) {
  try {
    print_now(help);
    return kOk;
  } catch (const Error& error) {
    return complain(exit_code(error.kind()), error.what());
  }
}

int run(int argc, char** argv) {
  Interrupts interrupts;
  Context context{interrupts};
  CLI::App app("Sparsight answers questions about a video on this machine: nothing leaves it.", "sparsight-cli");
  app.set_version_flag("--version", "sparsight-cli " SPARSIGHT_VERSION);
  app.require_subcommand(1);
  app.footer(
      "Example:\n"
      "  sparsight-cli ask clip.mp4 \"Which way does the red circle move?\"\n\n"
      "Exit codes: 0 done, 1 a bug of ours, 2 wrong use, 3 file, 4 video or image that cannot be decoded, 5 model,\n"
      "6 memory, 7 device, 8 chat database, 9 network, 130 stopped by Ctrl+C.");
  add_ask(app, context);
  add_chat(app, context);
  add_compare(app, context);
  add_eval(app, context);
  add_info(app, context);
  add_frames(app, context);
  add_sessions(app, context);
  add_inspect(app, context);
  add_quantize(app, context);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::ostringstream out;
    const int code = app.exit(error, out, std::cerr);
    return code == 0 ? print_help(out.str()) : kUsage;
  } catch (const Error& error) {
    return complain(exit_code(error.kind()), error.what());
  } catch (const Cancelled&) {
    return complain(kCancelled, "stopped");
  } catch (const std::exception& error) {
    return complain(error);
  }
  return context.exit_code;
}

// Before and after the commands, and where there is no memory left to say so.
int guarded(int argc, char** argv) noexcept {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    try {
      return complain(error);
    } catch (...) {
      std::fputs("sparsight-cli: not enough memory\n", stderr);
      return lacks_memory(error) ? kMemory : kBug;
    }
  }
}

}  // namespace
}  // namespace sparsight::cli

int main(int argc, char** argv) {
  sparsight::cli::keep_standard_streams_apart();
  return sparsight::cli::guarded(argc, argv);
}
