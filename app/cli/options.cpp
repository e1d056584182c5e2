#include "app/cli/options.h"

#include "app/cli/arithmetic.h"
#include "core/pruning/registry.h"
#include "core/resources.h"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <map>

namespace sparsight::cli {

namespace {

// Decimal digits only: CLI11 alone would take "-1" for 2^64 - 1 and "010" for 8.
CLI::Validator whole_number() {
  const auto normalise = [](std::string& text) {
    std::uint64_t value = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || stop != text.data() + text.size())
      return "expected a whole number from 0 to 2^64 - 1, found \"" + text + "\"";
    text = std::to_string(value);
    return std::string();
  };
  return {normalise, "", "whole number"};
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
    if (colon == std::string::npos) return seconds;
    begin = colon + 1;
  }
  return std::nullopt;
}

void ModelOptions::add_to(CLI::App& command) {
  command
      .add_option("--model", model,
                  "A Hugging Face directory of VideoLlavaForConditionalGeneration; default: the demo model that ships "
                  "with Sparsight")
      ->type_name("DIR");
  command.add_option("--threads", threads, "Compute threads; 0: as many as physical cores")
      ->transform(whole_number())
      ->check(CLI::Range(0, 1024))
      ->type_name("N");
  add_kv(
      command, kv_dtype,
      "How keys and values are kept: f32, or bf16 in half the memory, read in half the time; default: bf16 where the "
      "decoder's weights are quantised, else f32");
  add_arithmetic(
      command, arithmetic,
      "What BF16 weights are multiplied in: f32, which is exact, or bf16, which rounds what goes into a layer "
      "and reads prompts sooner where the CPU has AVX-512 BF16; default: f32");
  command.add_flag("--round-frequencies", round_frequencies,
                   "Round the rotary frequencies to the weights' dtype, as a reference model that was cast with "
                   ".half() or .to(torch.bfloat16) computes");
}

EngineOptions ModelOptions::engine_options() const {
  return {.model = model.empty() ? resource_dir() / "models" / "sparsight-demo" : model,
          .threads = threads,
          .kv_dtype = kv_dtype,
          .arithmetic = arithmetic,
          .round_frequencies = round_frequencies};
}

void FrameOptions::add_to(CLI::App& command) {
  command.add_option("--frames", request.count, "Frames to look at")
      ->transform(whole_number())
      ->check(CLI::Range(1, 1 << 16))
      ->type_name("N")
      ->capture_default_str();
  command
      .add_option(
          "--frame-choice", request.choice,
          "linspace: evenly from the first frame to the last, as the original Video-LLaVA; arange: every N/count-th, "
          "as transformers documents; default: linspace")
      ->transform(CLI::CheckedTransformer(
          std::map<std::string, FrameChoice>{{"linspace", FrameChoice::Linspace}, {"arange", FrameChoice::Arange}}))
      ->type_name("linspace|arange");
  const auto time_option = [&](const char* name, std::optional<double>& to, const char* help) {
    command
        .add_option_function<std::string>(
            name,
            [&to, name](const std::string& text) {
              to = parse_time(text);
              if (!to) throw CLI::ValidationError(name, "expected seconds, m:ss or h:mm:ss, found \"" + text + "\"");
            },
            help)
        ->type_name("TIME");
  };
  time_option("--start", request.start_s, "Look at the video from here on: seconds, m:ss or h:mm:ss");
  time_option("--end", request.end_s, "Look at the video up to here");
}

void AnswerOptions::add_to(CLI::App& command) {
  CLI::Option* no_choice = command.add_flag("--greedy", greedy, "Always the likeliest token (the default)");
  command.add_option("--temperature", sampling.temperature, "Draw the next token; higher is more varied. 0: greedy")
      ->type_name("T")
      ->excludes(no_choice);
  command.add_option("--top-k", sampling.top_k, "Draw from the K likeliest tokens only; 0: from all")
      ->transform(whole_number())
      ->type_name("K");
  command.add_option("--top-p", sampling.top_p, "Draw from the likeliest tokens that together reach P")->type_name("P");
  command.add_option("--seed", sampling.seed, "The same seed draws the same answer")
      ->transform(whole_number())
      ->type_name("N");
  command.add_option("--max-new-tokens", max_new_tokens, "The longest answer")
      ->transform(whole_number())
      ->check(CLI::Range(1, 1 << 20))
      ->type_name("N")
      ->capture_default_str();
  command.add_option("--system", system, "A text that stands before the first question")->type_name("TEXT");
}

void AboutVideo::add_to(CLI::App& command, const std::string& out_help, const std::string& json_help) {
  command.add_option("VIDEO", video, "A video or image file")->required();
  command.add_option("QUESTION", question, "What you want to know of it")->required();
  command.add_option("--out", out, out_help)->type_name("DIR");
  command.add_flag("--replace", replace, "Replace files in DIR that " + command.get_name() + " did not write");
  command.add_flag("--json", json, json_help);
  frames.add_to(command);
  answer.add_to(command);
  model.add_to(command);
}

Question AboutVideo::about(std::shared_ptr<const EncodedMedia> media) const {
  return {.media = std::move(media),
          .system = answer.system,
          .turns = {{question, ""}},
          .sampling = answer.sampling,
          .max_new_tokens = answer.max_new_tokens};
}

void PruneOptions::add_to(CLI::App& command) {
  std::string names;
  for (const StrategyInfo& strategy : strategies()) names += (names.empty() ? "" : ", ") + std::string(strategy.name);
  command.add_option("--prune", pruning.strategy, "How visual tokens are pruned: " + names)
      ->type_name("NAME")
      ->capture_default_str();
  command
      .add_option("--budget", budget,
                  "Visual tokens that stay: a count (194), a share (9.4%), a published setting (published:192), a rank "
                  "(rank*13.5+6) or the tokens kept behind each pruning layer (300/200/110); default: as published")
      ->type_name("B");
  add_details_to(command);
}

void PruneOptions::add_details_to(CLI::App& command) {
  command.add_option("--layers", pruning.layers, "Decoder layers to prune behind, from 0; default: the published ones")
      ->delimiter(',')
      ->transform(whole_number())
      ->type_name("L,L,...");
  command.add_option("--recycle", recycle, "Pruned tokens are merged as their mean, their sum, or not at all (off)")
      ->check(CLI::IsMember({"mean", "sum", "off"}))
      ->type_name("HOW");
  command.add_option("--positions", positions, "Survivors are repacked, or keep their original positions")
      ->check(CLI::IsMember({"repacked", "original"}))
      ->type_name("HOW");
  command.add_flag("--rater-at-mean", pruning.rater_at_mean, "Text tokens of just the mean relevance are raters too");
  command.add_option("--rank-tolerance", pruning.rank_tolerance, "Times float32's own tolerance of a rank")
      ->type_name("X");
  command.add_option("--scoring-heads", pruning.scoring_heads, "sparsevlm-plus: heads that score")
      ->transform(whole_number())
      ->type_name("N");
  command.add_option("--scoring-head-share", pruning.scoring_head_share, "The same as a share of the heads, up to 1")
      ->check(CLI::Range(0.0, 1.0))
      ->type_name("X");
  command.add_option("--prune-seed", pruning.seed, "random: the same seed keeps the same tokens; 0 by default")
      ->transform(whole_number())
      ->type_name("N");
  command.add_flag("--keep-cls", pruning.keep_cls, "CLS tokens are never pruned");
}

void SweepOptions::add_to(CLI::App& command, const char* budget_option) {
  command
      .add_option("--prune", strategies,
                  "Strategies, parted by commas; all: every one there is. `sparsight-cli ask --help` lists them")
      ->delimiter(',')
      ->required()
      ->type_name("NAME,...");
  command
      .add_option(budget_option, budgets,
                  "Budgets for each of them, parted by commas: shares (9.4%), counts (194), published settings "
                  "(published:192), ranks (rank*13.5+6) or the tokens kept behind each pruning layer (300/200/110)")
      ->delimiter(',')
      ->type_name("B,...");
  details.add_details_to(command);
}

std::vector<std::string> SweepOptions::names() const {
  std::vector<std::string> out;
  for (const std::string& name : strategies) {
    if (name != "all") {
      out.push_back(name);
      continue;
    }
    for (const StrategyInfo& strategy : sparsight::strategies()) out.emplace_back(strategy.name);
  }
  const Budget everything = parse_budget("100%");
  for (const std::string& name : out) static_cast<void>(make_strategy({.strategy = name, .budget = everything}, {}));
  return out;
}

PruningOptions PruneOptions::options() const {
  PruningOptions out = pruning;
  out.budget = parse_budget(budget);
  if (!recycle.empty())
    out.recycle = recycle == "mean" ? Recycle::Mean : recycle == "sum" ? Recycle::Sum : Recycle::Off;
  if (!positions.empty()) out.positions = positions == "original" ? Positions::Original : Positions::Repacked;
  return out;
}

}  // namespace sparsight::cli
