// `perplexity`: how well a model predicts a text.
#include "core/measure/perplexity.h"
#include "app/cli/answer_json.h"
#include "app/cli/cli.h"
#include "app/cli/options.h"
#include "app/cli/terminal.h"
#include "app/cli/values.h"
#include "core/base/mapped_file.h"
#include "core/base/stopwatch.h"
#include "core/base/text.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sparsight::cli {
namespace {

struct PerplexityOptions {
  ModelOptions model;
  std::filesystem::path file;
  std::size_t tokens = 4000;
  bool json = false;

  void run(Context& context) const;
};

void PerplexityOptions::run(Context& context) const {
  constexpr std::size_t kMostBytes = std::size_t{64} << 20;
  const MappedFile text = MappedFile::open(file);
  if (text.bytes().size() > kMostBytes)
    fail(ErrorKind::Usage, "{}: expected a text of at most {} bytes, found {}", file.string(), kMostBytes,
         text.bytes().size());
  const std::string_view read(reinterpret_cast<const char*>(text.bytes().data()), text.bytes().size());
  if (valid_utf8(read) != read) fail(ErrorKind::Usage, "{}: expected a text in UTF-8", file.string());
  const Interrupts::Job job(context.interrupts);
  ProgressLine line;
  const Control control{json ? OnProgress() : line.callback(), job.token()};
  const auto engine = model.load(control);
  const Stopwatch clock;
  const Perplexity found = perplexity(*engine, read, tokens, control);
  text.check();
  line.clear();
  std::vector<std::string> warnings;
  if (const auto beyond = beyond_knowledge(engine->info().card, {})) warnings.push_back(*beyond);
  print_warnings(warnings);
  if (json)
    print_now(dump({{"perplexity", found.value},
                    {"tokens", found.tokens},
                    {"seconds", clock.seconds()},
                    {"model", engine->info().path.string()},
                    {"dtype", engine->info().dtype},
                    {"warnings", warnings}},
                   2) +
              "\n");
  else
    print_now(
        fmt::format("perplexity  {:.4f} over {} tokens, in {:.1f} s\n", found.value, found.tokens, clock.seconds()));
}

}  // namespace

void add_perplexity(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("perplexity", "Measure how well a model predicts a text: lower is better");
  const auto options = std::make_shared<PerplexityOptions>();
  add_path(*command, "FILE", "FILE", "A text file in UTF-8", options->file)->required();
  add_whole(*command, "--tokens", "N", "Read that many of its first tokens; default: 4000", options->tokens,
            {2, 1'000'000})
      ->capture_default_str();
  add_switch(*command, "--json", "Print one JSON object", options->json);
  options->model.add_to(*command);
  command->footer(
      "Compares forms of one model on the same text, such as a quantised one with what it was made from. A model with\n"
      "another tokenizer has other tokens, so that its figure cannot be compared.\n\n"
      "Examples:\n"
      "  sparsight-cli perplexity book.txt --model MODEL\n"
      "  sparsight-cli perplexity book.txt --tokens 1000");
  command->callback([options, &context] { options->run(context); });
}

}  // namespace sparsight::cli
