// `quantize`: writes a checkpoint whose matrices are small integers.
#include "app/cli/arithmetic.h"
#include "app/cli/cli.h"
#include "app/cli/options.h"
#include "app/cli/terminal.h"
#include "app/cli/values.h"
#include "core/measure/logit_change.h"
#include "core/model/model_folder.h"
#include "core/model/quantise.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sparsight::cli {
namespace {

using nlohmann::ordered_json;

struct Options {
  std::filesystem::path model, out;
  Quantisation to = Quantisation::Int8;
  std::string ask;
  std::filesystem::path about;
  DeviceChoice device;  // that answers
  bool json = false;
};

const char* name_of(Quantisation to) { return to == Quantisation::Int8 ? "int8" : "int4"; }

ordered_json change_json(const std::optional<LogitChange>& change) {
  if (!change) return {};
  return {{"logits", change->logits},   {"divergence", change->divergence}, {"words", change->words},
          {"same_words", change->same}, {"answer_before", change->before},  {"answer_after", change->after}};
}

ordered_json result_json(const QuantiseResult& result, const std::optional<LogitChange>& change,
                         const std::vector<std::string>& warnings) {
  ordered_json tensors = ordered_json::array();
  for (const QuantisedTensor& t : result.tensors)
    tensors.push_back({{"name", t.name},
                       {"to", name_of(t.to)},
                       {"bytes_before", t.bytes_before},
                       {"bytes_after", t.bytes_after},
                       {"error", t.error}});
  return {{"bytes_before", result.bytes_before}, {"bytes_after", result.bytes_after},
          {"resumed_tensors", result.resumed},   {"tensors", tensors},
          {"change", change_json(change)},       {"warnings", warnings}};
}

// Grouped by kind of matrix and format: "layers.7.mlp.up_proj.weight" counts as "mlp.up_proj".
void print_table(const QuantiseResult& result) {
  struct Kind {
    std::size_t count = 0;
    double sum = 0, worst = 0;
  };
  std::map<std::pair<std::string, Quantisation>, Kind> kinds;
  std::size_t width = 0;
  for (const QuantisedTensor& t : result.tensors) {
    std::string kind = t.name.substr(0, t.name.rfind('.'));
    if (const std::size_t at = kind.find("layers."); at != std::string::npos)
      kind = kind.substr(std::min(kind.size(), kind.find('.', at + 7) + 1));
    kind = printable_line(kind);
    width = std::max(width, kind.size());
    Kind& k = kinds[{kind, t.to}];
    ++k.count;
    k.sum += t.error;
    k.worst = std::max(k.worst, t.error);
  }
  width = std::max(width, std::string_view("matrices").size());
  print_now(
      fmt::format("{:<{}} {:>6} {:>5} {:>12} {:>12}\n", "matrices", width, "number", "as", "mean error", "worst"));
  for (const auto& [kind, k] : kinds)
    print_now(fmt::format("{:<{}} {:>6} {:>5} {:>11.3f}% {:>11.3f}%\n", kind.first, width, k.count,
                          name_of(kind.second), 100 * k.sum / static_cast<double>(k.count), 100 * k.worst));
  print_now(
      fmt::format("\n{} of weights are now {}. Error: RMS of the rounding error, relative to the RMS of the weights.\n",
                  human_bytes(result.bytes_before), human_bytes(result.bytes_after)));
}

void print_change(const LogitChange& change) {
  print_now(fmt::format(
      "\nOn that question the logits of the first word changed by {:.2f} % (RMS), its probabilities by {:.5f} nats;\n"
      "{} of {} tokens of the answer are the same.\n",
      100 * change.logits, change.divergence, change.same, change.words));
}

std::optional<Answer> answer_of(const std::filesystem::path& model, const Options& options, const Control& control) {
  if (options.ask.empty()) return std::nullopt;
  ModelOptions asked;
  asked.model = model;
  asked.device = options.device;
  const auto engine = asked.load(control);  // in memory only as long as it answers
  return answer_to_compare(*engine, options.ask, options.about, control);
}

// llama.cpp's quantised blocks are smaller than what a copy of them in int8 takes.
std::optional<std::string> grown(const Options& options, const QuantiseResult& result) {
  const auto gguf = decoder_gguf(options.model);
  std::error_code unknown;
  const std::uintmax_t before = gguf ? std::filesystem::file_size(*gguf, unknown) : 0;
  if (!gguf || unknown || before >= result.bytes_after) return std::nullopt;
  return fmt::format("{} is smaller, {}: its blocks have fewer bits; the copy needs less memory when it is loaded",
                     gguf->string(), human_bytes(before));
}

void run(const Options& options, Context& context) {
  if (!options.about.empty() && options.ask.empty())
    fail(ErrorKind::Usage, "--about would be ignored: there is no question, which --ask gives");
  if (options.device != DeviceChoice{} && options.ask.empty())
    fail(ErrorKind::Usage, "--device would be ignored: there is no question, which --ask gives");
  const Interrupts::Job job(context.interrupts);
  ProgressLine progress;
  // Asked first, so that what cannot be asked is refused before anything is written.
  const std::optional<Answer> before = answer_of(options.model, options, {progress.callback(), job.token()});
  const QuantiseResult result =
      quantise_checkpoint(options.model, options.to, options.out, {progress.callback(), job.token()});
  progress.clear();
  const std::optional<Answer> after = answer_of(options.out, options, {progress.callback(), job.token()});
  const std::optional<LogitChange> change = before ? std::optional(logit_change(*before, *after)) : std::nullopt;
  progress.clear();
  std::vector<std::string> warnings;
  if (result.discarded)
    warnings.push_back(fmt::format("{}.part held the unfinished result of another model or kind; it was started over",
                                   options.out.string()));
  if (result.damaged)
    warnings.push_back(
        fmt::format("the unfinished result in {}.part was damaged; it was written again from tensor {} on",
                    options.out.string(), result.resumed + 1));
  if (auto larger = grown(options, result)) warnings.push_back(*std::move(larger));
  print_warnings(warnings);
  if (options.json)
    print_now(result_json(result, change, warnings).dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n");
  else
    print_table(result);
  if (change && !options.json) print_change(*change);
}

}  // namespace

void add_quantize(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand(
      "quantize",
      "Write a model with small integers as weights (int8, or int4 in the decoder): less memory, faster answers");
  const auto options = std::make_shared<Options>();
  add_path(*command, "MODEL", "DIR", "A Hugging Face directory of a model, or a GGUF file", options->model)->required();
  add_choice<Quantisation, Quantisation>(*command, "--to", "int8: half of bf16's size; int4: a quarter, and less exact",
                                         options->to, {{"int8", Quantisation::Int8}, {"int4", Quantisation::Int4}})
      ->required();
  add_path(*command, "--out", "DIR", "The folder to write; it must not exist yet", options->out)->required();
  add_text(*command, "--ask", "TEXT", "Then ask both models this, and print how much the first word's logits changed",
           options->ask);
  add_path(*command, "--about", "FILE", "Ask about this video or image", options->about);
  add_device(*command, options->device);
  add_switch(*command, "--json", "Print one JSON object, with every matrix", options->json);
  command->footer(
      "A stopped run continues when it is started again. The result is used like any model.\n\n"
      "Examples:\n"
      "  sparsight-cli quantize models/Video-LLaVA-7B-hf --to int8 --out models/Video-LLaVA-7B-int8\n"
      "  sparsight-cli ask clip.mp4 \"What happens?\" --model models/Video-LLaVA-7B-int8");
  command->callback([options, &context] { run(*options, context); });
}

}  // namespace sparsight::cli
