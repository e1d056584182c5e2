// `models pull`: fetches a model from a hub after showing what that means.
#include "app/cli/answer_json.h"
#include "app/cli/models.h"
#include "app/cli/terminal.h"
#include "core/base/free_space.h"
#include "core/base/stopwatch.h"
#include "core/base/time_left.h"
#include "core/hub/fetch.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <cmath>

namespace sparsight::cli {
namespace {

using nlohmann::ordered_json;

ordered_json plan_json(const HubModel& model, std::uint64_t missing, std::optional<std::uint64_t> free) {
  const WeightMemory memory = weight_memory(model);
  ordered_json files = ordered_json::array();
  for (const HubFile& file : model.files)
    files.push_back({{"name", file.name}, {"bytes", file.bytes}, {"hash", file.hash}});
  return {{"id", model.id},
          {"revision", model.revision},
          {"commit", model.commit},
          {"host", model.host},
          {"licence", model.licence},
          {"licence_link", model.licence_link},
          {"gated", model.gated},
          {"family", model.model_type},
          {"bytes", model.bytes()},
          {"missing_bytes", missing},
          {"free_bytes", free ? ordered_json(*free) : ordered_json()},
          {"memory_bytes", {{"f16", memory.f16}, {"int8", memory.int8}, {"int4", memory.int4}}},
          {"files", files}};
}

void print_plan(const HubModel& model, std::uint64_t missing, std::optional<std::uint64_t> free,
                const HubOptions& options) {
  const WeightMemory memory = weight_memory(model);
  const auto line = [](const char* what, const std::string& text) {
    fmt::print(stderr, "{:<9} {}\n", what, printable_line(text));
  };
  line("model", fmt::format("{}{}, revision {}", model.id,
                            model.model_type.empty() ? "" : " (" + model.model_type + ")", model.revision));
  line("from", model.host);
  line("licence", fmt::format("{}{}", model.licence.empty() ? "the hub names none; look at its page" : model.licence,
                              model.licence_link.empty() ? "" : ", " + model.licence_link));
  if (model.gated)
    line("", fmt::format("it must be accepted at {}/{} first, and HF_TOKEN set to your token", model.host, model.id));
  line("download", missing == 0
                       ? fmt::format("nothing, {} are here", human_bytes(model.bytes()))
                       : fmt::format("{} in {} files{}", human_bytes(missing), model.files.size(),
                                     missing == model.bytes() ? "" : ", the rest of " + human_bytes(model.bytes())));
  line("disk", fmt::format("{}, {} free", options.cache.string(), free ? human_bytes(*free) : "unknown"));
  line("memory", fmt::format("about {} for the weights; as int8 {}, as int4 {}", human_bytes(memory.f16),
                             human_bytes(memory.int8), human_bytes(memory.int4)));
}

// "downloading 1.2 GB of 4.5 GB, 35.0 MB/s, 1:34 left".
std::string progress_text(const Progress& progress, TimeLeft& left, double now_s) {
  const std::optional<double> seconds = left.note(progress, now_s);
  std::string text = fmt::format("{} {} of {}", progress.stage == Stage::Fetch ? "downloading" : "verifying",
                                 human_bytes(progress.done), human_bytes(progress.total));
  if (left.per_second()) text += fmt::format(", {}/s", human_bytes(static_cast<std::size_t>(*left.per_second())));
  if (seconds && *seconds < 360'000) {
    const auto whole = static_cast<int>(std::lround(*seconds));
    text += whole < 3600 ? fmt::format(", {}:{:02} left", whole / 60, whole % 60)
                         : fmt::format(", {}:{:02}:{:02} left", whole / 3600, whole / 60 % 60, whole % 60);
  }
  return text;
}

}  // namespace

void pull_model(const ModelsOptions& options, Context& context) {
  const HubOptions hub = HubOptions::of_this_user(options.endpoint);
  std::optional<HubModel> model;
  ProgressLine line;
  {
    const Interrupts::Job job(context.interrupts);
    line.show(fmt::format("asking {}", hub.endpoint));
    model = look_up(options.id, options.revision, hub, job.token(), [&, told = false](auto waited, auto& last) mutable {
      constexpr std::chrono::seconds kSilent(3);
      const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(waited).count();
      // Said once, also where no line can be drawn.
      if (!told && (!last.empty() || waited >= kSilent)) {
        line.clear();
        fmt::print(stderr, "asking {} about {}, for {} s at most{}\n", hub.endpoint, options.id,
                   hub.first_answer.count(), last.empty() ? "" : "; trying again: " + printable_line(last));
        told = true;
      }
      line.show(fmt::format("asking {}, {} s of {} at most{}", hub.endpoint, seconds, hub.first_answer.count(),
                            last.empty() ? "" : "; last: " + last));
    });
  }
  line.clear();
  const std::uint64_t missing = missing_bytes(*model, hub.cache);
  const std::optional<std::uint64_t> free = free_space(hub.cache);
  if (!options.json) print_plan(*model, missing, free, hub);
  check_space(*model, hub.cache);
  if (missing != 0 && !confirmed(options, "Download it?", "downloaded")) return;

  constexpr const char* kKept = "what has arrived is kept; the same command continues";
  Interrupts::Job job(context.interrupts);
  job.note(kKept);
  const Stopwatch watch;
  TimeLeft left;
  std::filesystem::path folder;
  try {
    folder = fetch_model(
        *model, hub,
        {[&](const Progress& progress) { line.show(progress_text(progress, left, watch.seconds())); }, job.token()});
  } catch (const Cancelled&) {
    line.clear();
    fmt::print(stderr, "{}\n", kKept);
    throw;
  }
  line.clear();
  if (options.json) {
    ordered_json result = plan_json(*model, missing, free);
    result["path"] = folder.string();
    return print_now(dump(result, 2) + "\n");
  }
  print_now(folder.string() + "\n");
  fmt::print(stderr, "done; ask it with --model {}\n", options.id);
}

}  // namespace sparsight::cli
