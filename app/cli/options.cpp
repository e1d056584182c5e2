#include "app/cli/options.h"

#include "core/resources.h"

#include <charconv>
#include <cmath>
#include <map>

namespace sparsight::cli {

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
      ->check(CLI::Range(0, 1024))
      ->type_name("N");
  command.add_flag("--round-frequencies", round_frequencies,
                   "Round the rotary frequencies to the weights' dtype, as a reference model that was cast with "
                   ".half() or .to(torch.bfloat16) computes");
}

EngineOptions ModelOptions::engine_options() const {
  return {.model = model.empty() ? resource_dir() / "models" / "sparsight-demo" : model,
          .threads = threads,
          .round_frequencies = round_frequencies};
}

void FrameOptions::add_to(CLI::App& command) {
  command.add_option("--frames", request.count, "Frames to look at")
      ->check(CLI::Range(1, 1 << 16))
      ->type_name("N")
      ->capture_default_str();
  command
      .add_option("--frame-choice", request.choice,
                  "linspace: evenly from the first frame to the last, as the original Video-LLaVA; arange: every N/count-th, "
                  "as transformers documents; default: linspace")
      ->transform(CLI::CheckedTransformer(
          std::map<std::string, FrameChoice>{{"linspace", FrameChoice::Linspace}, {"arange", FrameChoice::Arange}}))
      ->type_name("HOW");
  const auto time_option = [&](const char* name, std::optional<double>& to, const char* help) {
    command
        .add_option_function<std::string>(
            name,
            [&to, name](const std::string& text) {
              to = parse_time(text);
              if (!to)
                throw CLI::ValidationError(name, "expected seconds, m:ss or h:mm:ss, found \"" + text + "\"");
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
  command.add_option("--top-k", sampling.top_k, "Draw from the K likeliest tokens only; 0: from all")->type_name("K");
  command.add_option("--top-p", sampling.top_p, "Draw from the likeliest tokens that together reach P")->type_name("P");
  command.add_option("--seed", sampling.seed, "The same seed draws the same answer")->type_name("N");
  command.add_option("--max-new-tokens", max_new_tokens, "The longest answer")
      ->check(CLI::Range(1, 1 << 20))
      ->type_name("N")
      ->capture_default_str();
  command.add_option("--system", system, "A text that stands before the first question")->type_name("TEXT");
}

}  // namespace sparsight::cli
