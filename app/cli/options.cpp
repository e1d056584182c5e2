#include "app/cli/options.h"

#include "app/cli/arithmetic.h"
#include "app/cli/values.h"
#include "core/base/resources.h"
#include "core/model/families/family.h"
#include "core/model/frame_limit.h"
#include "core/pruning/registry.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>
#include <cmath>

namespace sparsight::cli {

namespace {

constexpr double kLatest = 1e9;  // seconds
constexpr std::uint64_t kMostLayers = 10000;

[[noreturn]] void would_be_ignored(const std::string& option, std::string_view why) {
  fail(ErrorKind::Usage, "{} would be ignored: {}", option, why);
}

bool given(const CLI::App* command, const std::string& option) {
  return command != nullptr && command->get_option_no_throw(option) != nullptr && command->count(option) != 0;
}

// "auto", or a whole number of the range; otherwise what was expected.
template <typename Whole>
std::string read_whole_or_auto(const std::string& text, WholeRange range, std::optional<Whole>& to) {
  to.reset();
  if (text == "auto") return "";
  std::uint64_t value = 0;
  const std::string expected = read_whole(text, range, value);
  if (!expected.empty()) return expected + ", or auto";
  to = static_cast<Whole>(value);
  return "";
}

std::vector<std::string> strategy_names() {
  std::vector<std::string> names;
  for (const StrategyInfo& strategy : strategies()) names.emplace_back(strategy.name);
  return names;
}

}  // namespace

std::optional<double> parse_time(const std::string& text) {
  double seconds = 0;
  std::size_t begin = 0;
  for (int part = 0; part < 3; ++part) {
    const std::size_t colon = text.find(':', begin);
    const std::size_t end = colon == std::string::npos ? text.size() : colon;
    double value = 0;
    const auto [stop, error] = std::from_chars(text.data() + begin, text.data() + end, value);
    if (error != std::errc() || stop != text.data() + end || !std::isfinite(value) || value < 0) return std::nullopt;
    seconds = seconds * 60 + value;
    if (colon == std::string::npos) return seconds <= kLatest ? std::optional(seconds) : std::nullopt;
    begin = colon + 1;
  }
  return std::nullopt;
}

void ModelOptions::add_to(CLI::App& command) {
  add_path(command, "--model", "DIR",
           "A Hugging Face directory of a model, or the name on the hub of one that `sparsight-cli models pull` has "
           "downloaded; default: the demo model that ships with Sparsight",
           model);
  add_device(command, device);
  add_value(command, "--gpu-layers", "N",
            "Layers of the decoder whose weights the GPU holds, or auto, as many as fit; the processor computes the "
            "others from memory",
            [this](const std::string& text) {
              return read_whole_or_auto(text, {.least = 0, .most = kMostLayers}, gpu_layers);
            })
      ->default_str("auto");
  add_whole(command, "--threads", "N", "Compute threads of the processor; 0: as many as physical cores", threads,
            {.least = 0, .most = 1024});
  add_kv(command, kv_dtype,
         "How keys and values are stored: f32, or bf16 in half the memory, read in half the time; default: bf16 if the "
         "decoder's weights are quantised, else f32");
  add_arithmetic(command, arithmetic,
                 "Arithmetic for BF16 weights: f32, which is exact, or bf16, which also rounds the inputs of a layer "
                 "and reads prompts faster on a GPU, or if the CPU has AVX-512 BF16; default: f32");
  add_switch(command, "--round-frequencies",
             "Round the rotary frequencies to the weights' dtype, like a reference model cast with "
             ".half() or .to(torch.bfloat16)",
             round_frequencies);
  add_choice<std::optional<Activation>, Activation>(
      command, "--tower-activation",
      "What the towers' MLPs compute; default: what the model says, or gelu for the original Video-LLaVA, whose folder "
      "does not say it",
      tower_activation, activation_names());
}

DeviceOptions ModelOptions::device_options() const {
  return {.choice = device, .cpu = {.threads = threads, .arithmetic = arithmetic}};
}

EngineOptions ModelOptions::engine_options(const Device& on) const {
  return {.model = model.empty() ? resource_dir() / "models" / "sparsight-demo" : model,
          .backend = on.make,
          .device_layers = gpu_layers,
          .kv_dtype = kv_dtype,
          .round_frequencies = round_frequencies,
          .tower_activation = tower_activation};
}

std::unique_ptr<Engine> ModelOptions::load(const Device& on, const Control& control) const {
  try {
    EngineOptions options = engine_options(on);
    if (gpu_layers && !on.gpu) options.warnings.emplace_back("--gpu-layers is ignored: the processor computes");
    return Engine::load(options, control);
  } catch (const Error& error) {
    const auto warning = fallen_back(device, on.gpu.has_value(), error.kind(), error.what());
    if (!warning) throw;
    DeviceOptions processor = device_options();
    processor.choice = {DeviceChoice::Kind::Cpu};
    EngineOptions options = engine_options(find_device(processor));
    options.warnings.push_back(*warning);
    return Engine::load(options, control);
  }
}

void FrameOptions::add_to(CLI::App& command) {
  command_ = &command;
  add_value(command, "--frames", "N",
            fmt::format("Frames to sample, or auto: those that the model was trained with, and {} where it has no rule",
                        request.count),
            [this](const std::string& text) {
              std::optional<std::size_t> count;
              std::string expected = read_whole_or_auto(text, {.least = 1, .most = 1 << 16}, count);
              request.as_trained = !count;
              if (count) request.count = *count;
              return expected;
            })
      ->default_str("auto");
  add_choice<FrameChoice, FrameChoice>(
      command, "--frame-choice",
      "linspace: evenly from the first frame to the last, as the original Video-LLaVA; arange: every N/count-th frame, "
      "as transformers documents; default: linspace",
      request.choice, {{"linspace", FrameChoice::Linspace}, {"arange", FrameChoice::Arange}});
  const auto time_option = [&](const char* name, std::optional<double>& to, const char* help) {
    add_value(command, name, "TIME", help, [&to](const std::string& text) -> std::string {
      to = parse_time(text);
      return to ? "" : fmt::format("seconds, m:ss or h:mm:ss, up to {:.0f} s", kLatest);
    });
  };
  time_option("--start", request.start_s, "Start of the part to sample: seconds, m:ss or h:mm:ss");
  time_option("--end", request.end_s, "End of the part to sample");
  add_choice<ToneMap, ToneMap>(
      command, "--tone-map",
      "auto: HDR (PQ, HLG) is mapped to what an ordinary screen shows; off: taken as stored, as the reference does; "
      "default: auto",
      request.tone_map, {{"auto", ToneMap::Auto}, {"off", ToneMap::Off}});
  add_switch(command, "--square-pixels",
             "Stretch frames whose pixels are not square to the shape that a screen shows; else they are taken as "
             "stored, as the reference does",
             request.square_pixels);
}

void FrameOptions::check() const {
  if (request.start_s && request.end_s && *request.end_s <= *request.start_s)
    fail(ErrorKind::Usage, "--end: expected a time after --start, {} s; found {} s", *request.start_s, *request.end_s);
}

void FrameOptions::check(const Clip& clip) const {
  if (!clip.is_image) return;
  for (const char* option : {"--frames", "--frame-choice", "--square-pixels"})
    if (given(command_, option)) would_be_ignored(option, clip.path.string() + " is a picture");
}

void AnswerOptions::add_to(CLI::App& command) {
  command_ = &command;
  CLI::Option* no_choice = add_switch(command, "--greedy", "Always take the likeliest token (the default)", greedy);
  add_number(command, "--temperature", "T", "Draw the next token; higher is more varied, up to 1000. 0: greedy",
             sampling.temperature, {.least = 0.001, .most = 1000, .or_zero = true})
      ->excludes(no_choice);
  add_whole(command, "--top-k", "K", "Draw from the K likeliest tokens only; 0: from all", sampling.top_k);
  add_number(command, "--top-p", "P", "Draw from the likeliest tokens that together reach P", sampling.top_p,
             {.least = 0.0001, .most = 1});
  add_whole(command, "--seed", "N", "The same seed gives the same answer", sampling.seed);
  add_whole(command, "--max-new-tokens", "N", "Maximum length of an answer in tokens", max_new_tokens,
            {.least = 1, .most = 1 << 20})
      ->default_str(std::to_string(max_new_tokens));
  add_text(command, "--system", "TEXT", "System text, placed before the first question", system);
}

void AnswerOptions::check() const {
  if (sampling.temperature > 0) return;
  for (const char* option : {"--top-k", "--top-p", "--seed"})
    if (given(command_, option))
      would_be_ignored(option, "the likeliest token is always taken; set --temperature above 0");
}

void AboutVideo::add_to(CLI::App& command, const std::string& out_help, const std::string& json_help) {
  add_text(command, "VIDEO", "FILE", "A video or image file", video)->required();
  add_words(command, "QUESTION", "Your question about it", words)->required();
  add_path(command, "--out", "DIR", out_help, out);
  add_switch(command, "--replace", "Replace files in DIR that " + command.get_name() + " did not write", replace);
  add_switch(command, "--json", json_help, json);
  frames.add_to(command);
  answer.add_to(command);
  model.add_to(command);
}

void AboutVideo::check() const {
  frames.check();
  answer.check();
  if (replace && out.empty()) would_be_ignored("--replace", "nothing is written without --out");
}

std::string AboutVideo::question() const { return joined(words); }

FrameRequest FrameOptions::beside(const Question& question, const Engine& engine) const {
  FrameRequest out = request;
  out.most = engine.most_frames(question);
  return out;
}

Question AboutVideo::about(std::shared_ptr<const EncodedMedia> media) const {
  return {.media = std::move(media),
          .system = answer.system,
          .turns = {{question(), ""}},
          .sampling = answer.sampling,
          .max_new_tokens = answer.max_new_tokens};
}

std::string joined(const std::vector<std::string>& words) {
  std::error_code ignored;
  if (words.size() > 1 && std::filesystem::is_regular_file(words.front(), ignored))
    fail(ErrorKind::Usage,
         "expected one video and a question, found a second file, {}; quote a question that begins with a file name",
         words.front());
  return fmt::format("{}", fmt::join(words, " "));
}

namespace {

// Adds an option for `knob`, whose value is stored in `details`.
void add_knob(CLI::App& command, const Knob& knob, PruningOptions& details) {
  const std::string name = "--" + std::string(knob.name), help(knob.help);
  if (const auto* on = std::get_if<bool PruningOptions::*>(&knob.value)) {
    add_switch(command, name, help, details.*(*on));
    return;
  }
  CLI::Option* added = nullptr;
  if (const auto* whole = std::get_if<std::size_t PruningOptions::*>(&knob.value)) {
    WholeRange range{.least = static_cast<std::uint64_t>(knob.least)};
    if (std::isfinite(knob.most)) range.most = static_cast<std::uint64_t>(knob.most);
    added = add_whole(command, name, "N", help, details.*(*whole), range);
  } else {
    added = add_number(command, name, "X", help, details.*std::get<double PruningOptions::*>(knob.value),
                       {.least = knob.least, .most = knob.most});
  }
  if (!knob.instead_of.empty()) added->excludes(command.get_option("--" + std::string(knob.instead_of)));
}

}  // namespace

void PruneOptions::add_to(CLI::App& command) {
  add_value(
      command, "--prune", "NAME",
      fmt::format(
          "How visual tokens are pruned: {}; `sparsight-cli info --strategies` explains them; default: as the model's "
          "card says, else none",
          fmt::join(strategy_names(), ", ")),
      [this](const std::string& text) {
        strategy = text;
        return find_strategy(text) != nullptr ? "" : one_of(strategy_names());
      });
  add_value(command, "--budget", "B",
            "Visual tokens that stay: a count (194), a share (9.4%), a published setting (published:192), a rank "
            "(rank*13.5+6) or the tokens kept after each pruning layer (300/200/110); default: as published, or as the "
            "model's card says if it names this strategy",
            [this](const std::string& text) {
              budget = text;
              Budget ignored;
              return read_budget(text, ignored);
            });
  add_details_to(command);
}

void PruneOptions::add_details_to(CLI::App& command) {
  command_ = &command;
  add_list(command, "--layers", "L,L,...", "Decoder layers to prune after, from 0; default: the published ones",
           [this](const std::vector<std::string>& parts) {
             details_.layers.clear();
             for (const std::string& part : parts) {
               std::uint64_t layer = 0;
               if (const std::string expected = read_whole(part, {.least = 0, .most = 1 << 16}, layer);
                   !expected.empty())
                 return "layers separated by commas, each " + expected;
               if (!details_.layers.empty() && layer <= details_.layers.back())
                 return std::string("layers in ascending order");
               details_.layers.push_back(layer);
             }
             return std::string();
           });
  add_choice<std::optional<Recycle>, Recycle>(
      command, "--recycle", "Merge pruned tokens as their mean or their sum, or not at all (off)", details_.recycle,
      {{"mean", Recycle::Mean}, {"sum", Recycle::Sum}, {"off", Recycle::Off}});
  add_choice<std::optional<Positions>, Positions>(
      command, "--positions", "Positions of the tokens that stay: repacked, or their original ones", details_.positions,
      {{"repacked", Positions::Repacked}, {"original", Positions::Original}});
  for (const Knob& knob : knobs()) add_knob(command, knob, details_);
  add_switch(command, "--keep-cls", "Keep CLS tokens before all others", details_.keep_cls);
}

void PruneOptions::check(const std::vector<std::string>& names) const {
  // Every strategy but `none` reads these without a knob, or refuses them itself.
  std::vector<std::string> options{"budget", "layers", "recycle", "positions", "keep-cls"};
  const std::size_t of_all = options.size();
  for (const Knob& knob : knobs()) options.emplace_back(knob.name);
  for (std::size_t i = 0; i < options.size(); ++i) {
    const std::string option = "--" + options[i];
    if (!given(command_, option)) continue;
    const auto reads = [&](const StrategyInfo& one) {
      return i < of_all ? one.name != "none" : std::ranges::find(one.knobs, options[i], &Knob::name) != one.knobs.end();
    };
    if (std::ranges::any_of(names, [&](const std::string& name) { return reads(*find_strategy(name)); })) continue;
    if (std::ranges::all_of(names, [](const std::string& name) { return name == "none"; }))
      would_be_ignored(option, "nothing is pruned; choose a strategy with --prune");
    std::vector<std::string_view> those;
    for (const StrategyInfo& one : strategies())
      if (reads(one)) those.push_back(one.name);
    would_be_ignored(option,
                     fmt::format("{} does not use it; it is for {}", fmt::join(names, ", "), fmt::join(those, ", ")));
  }
}

PruningOptions PruneOptions::options(const PruningOptions& by_default) const {
  PruningOptions out = details_;
  out.strategy = strategy.empty() ? by_default.strategy : strategy;
  if (find_strategy(out.strategy) == nullptr)
    fail(ErrorKind::Usage, "strategy \"{}\": expected {}", out.strategy, one_of(strategy_names()));
  if (strategy.empty()) out.budget = by_default.budget;
  if (!budget.empty()) out.budget = parse_budget(budget);
  check({out.strategy});
  return out;
}

PruningOptions pruned_by_default(const ModelInfo& model) {
  const CardPruning own = default_pruning(model.card);
  return {.strategy = own.strategy, .budget = parse_budget(own.budget)};
}

void check_pruning(const PruningOptions& options, const ModelInfo& model, const FrameRequest& frames) {
  if (!model.config.family->sees()) return;  // it takes text only, so that nothing is pruned
  const MediaKind media = model.config.main_medium();
  const VisualLayout layout = model.config.layout(media, frames_at_most(model.config, frames));
  static_cast<void>(make_strategy(options, setting_of(model.config, media, layout)));
}

void SweepOptions::add_to(CLI::App& command, const std::string& budget_option) {
  command_ = &command;
  budget_option_ = budget_option;
  add_list(command, "--prune", "NAME,...",
           "Strategies separated by commas, or all; `sparsight-cli ask --help` lists them",
           [this](const std::vector<std::string>& parts) {
             strategies.clear();
             for (const std::string& part : parts) {
               if (part == "all") {
                 std::ranges::copy(strategy_names(), std::back_inserter(strategies));
               } else if (find_strategy(part) != nullptr) {
                 strategies.push_back(part);
               } else {
                 return one_of(strategy_names()) + ", or all";
               }
             }
             return std::string();
           })
      ->required();
  add_list(command, budget_option, "B,...",
           "Budgets for each strategy, separated by commas: shares (9.4%), counts (194), published settings "
           "(published:192), ranks (rank*13.5+6) or the tokens kept after each pruning layer (300/200/110)",
           [this](const std::vector<std::string>& parts) {
             budgets = parts;
             Budget ignored;
             for (const std::string& part : parts)
               if (std::string expected = read_budget(part, ignored); !expected.empty()) return expected;
             return std::string();
           })
      ->default_str(budgets == std::vector<std::string>{""} ? "" : fmt::format("{}", fmt::join(budgets, ",")));
  details.add_details_to(command);
}

void SweepOptions::check() const {
  details.check(strategies);
  if (given(command_, budget_option_) &&
      std::ranges::all_of(strategies, [](const std::string& name) { return name == "none"; }))
    would_be_ignored(budget_option_, "nothing is pruned; choose a strategy with --prune");
}

}  // namespace sparsight::cli
