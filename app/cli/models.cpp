// `models`: the models on this machine and those that are recommended; `models pull` is in pull.cpp.
#include "app/cli/models.h"

#include "app/cli/answer_json.h"
#include "app/cli/how_long.h"
#include "app/cli/terminal.h"
#include "app/cli/values.h"
#include "app/device.h"
#include "core/base/os/os.h"
#include "core/base/resources.h"
#include "core/hub/cache.h"
#include "core/hub/recommended.h"
#include "core/measure/bench.h"
#include "core/model/model_folder.h"
#include "core/model_check.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cctype>
#include <functional>
#include <iostream>
#include <memory>

namespace sparsight::cli {
namespace {

using nlohmann::ordered_json;
namespace fs = std::filesystem;

constexpr std::size_t kFrames = 8;  // that the memory is told for

struct LocalModel {
  FoundModel found;
  std::string name, family;
  std::uint64_t bytes = 0;
  ModelCheck check;
};

std::uint64_t bytes_in(const fs::path& folder) {
  std::uint64_t bytes = 0;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    std::error_code absent;
    if (at->is_regular_file(absent))
      if (const std::uint64_t size = at->file_size(absent); !absent) bytes += size;
  }
  return bytes;
}

LocalModel examined(const FoundModel& found) {
  return {found, found.name(), model_type_of(found.path), bytes_in(found.path), check_model(found.path, kFrames)};
}

const char* origin_of(const FoundModel& found) {
  switch (found.origin) {
    case ModelOrigin::Demo: return "comes with Sparsight";
    case ModelOrigin::Folder: return "folder";
    case ModelOrigin::Cache: return "cache";
  }
  return "";
}

ordered_json local_json(const LocalModel& model) {
  const std::string& problem = model.check.problem;
  return {{"name", model.name},
          {"path", model.found.path.string()},
          {"origin", origin_of(model.found)},
          {"family", model.family},
          {"bytes", model.bytes},
          {"runs", problem.empty()},
          {"memory_bytes", model.check.memory_bytes},
          {"problem", problem.empty() ? ordered_json() : ordered_json(problem)}};
}

void print_local(const LocalModel& model) {
  const std::string& problem = model.check.problem;
  print_now(fmt::format("{}\n  {}, {}, {}\n  {}\n", printable_line(model.name), human_bytes(model.bytes),
                        model.family.empty() ? "of an unknown kind" : printable_line(model.family),
                        origin_of(model.found), printable_line(model.found.path.string())));
  print_now(problem.empty()
                ? fmt::format("  Sparsight can run it, in about {} of memory\n", human_bytes(model.check.memory_bytes))
                : fmt::format("  Sparsight cannot run it: {}\n", printable_line(problem)));
}

ordered_json recommended_json(const RecommendedModel& model) {
  const WeightMemory memory = weight_memory(model.parameters);
  return {{"name", model.name},
          {"id", model.id},
          {"revision", model.revision},
          {"family", model.model_type},
          {"parameters", model.parameters},
          {"download_bytes", model.download_bytes},
          {"memory_bytes", {{"f16", memory.f16}, {"int8", memory.int8}, {"int4", memory.int4}}},
          {"good_at", model.good_at_in("en")},
          {"licence", model.licence_in("en")},
          {"licence_link", model.licence_link},
          {"verified", model.verified}};
}

void print_recommended(const RecommendedModel& model) {
  const WeightMemory memory = weight_memory(model.parameters);
  print_now(fmt::format(
      "{}\n  {}\n  about {} to download; memory for the weights: {}, as int8 {}, as int4 {}\n  {}\n  {}\n{}", model.id,
      model.good_at_in("en"), human_bytes(model.download_bytes), human_bytes(memory.f16), human_bytes(memory.int8),
      human_bytes(memory.int4), model.licence_in("en"), model.licence_link,
      model.verified ? "" : "  not tried with Sparsight yet; sizes are estimates\n"));
}

fs::path demo_model() {
  try {
    return resource_dir() / "models" / "sparsight-demo";
  } catch (const Error&) {
    return {};
  }
}

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

bool has_all(const FoundModel& model, const std::vector<std::string>& words) {
  const std::string text = lower(model.name() + " " + model.path.string() + " " + model_type_of(model.path));
  return std::ranges::all_of(words,
                             [&](const std::string& word) { return text.find(lower(word)) != std::string::npos; });
}

void print_list(const std::vector<ordered_json>& all) { print_now(dump(ordered_json(all), 2) + "\n"); }

void list_recommended(const ModelsOptions& options) {
  std::vector<ordered_json> all;
  for (const RecommendedModel& model : recommended_models())
    if (options.json)
      all.push_back(recommended_json(model));
    else
      print_recommended(model);
  if (options.json) print_list(all);
}

void say_unfinished(const CachedModel& model) {
  const std::string id = printable_line(model.id);
  fmt::print(stderr, "{}: {} of an unfinished download; `sparsight-cli models pull {}` continues it\n", id,
             human_bytes(model.bytes), id);
}

void list(const ModelsOptions& options, Context& context) {
  if (options.recommended) return list_recommended(options);
  const Interrupts::Job job(context.interrupts);
  const fs::path cache = hugging_face_cache();
  std::vector<ordered_json> all;
  bool listed = false;
  const std::vector<fs::path> folders = options.folder.empty() ? std::vector<fs::path>{} : std::vector{options.folder};
  for (const FoundModel& found : find_models(demo_model(), folders, {cache})) {
    stop_here_if_asked(job.token());
    if (!has_all(found, options.words)) continue;
    const LocalModel model = examined(found);
    listed = true;
    if (options.json)
      all.push_back(local_json(model));
    else
      print_local(model);
  }
  if (options.json) return print_list(all);
  if (!listed && !options.words.empty())
    fmt::print(stderr, "no model on this machine has {} in its name, path or family\n",
               printable_line(fmt::format("{}", fmt::join(options.words, " and "))));
  for (const CachedModel& model : cached_models(cache))
    if (model.unfinished && options.words.empty()) say_unfinished(model);
}

// On this machine: of a model that is here in its own format, of another as the hub has it and as it can be made.
// Empty: nothing is known of its shape.
std::vector<std::pair<std::string, QuestionTime>> times_of(const std::optional<LocalModel>& local,
                                                           const RecommendedModel* told, const std::stop_token& stop) {
  std::optional<ModelConfig> config;
  if (local && local->check.problem.empty())
    config = local->check.info.config;
  else if (!local && told != nullptr && !told->shape.empty())
    config = bench_config(told->shape, 0);
  if (!config) return {};
  const MachineSpeed speed = measure_speed(find_device({}).make, stop);
  const auto as = [&](WeightFormat format) { return estimate_question(*config, format, speed, kFrames); };
  if (local && local->check.info.quantisation) return {{"", as(format_of(local->check.info))}};
  return {{"", as(local ? format_of(local->check.info) : WeightFormat::F16)},
          {"as int8, ", as(WeightFormat::Int8)},
          {"as int4, ", as(WeightFormat::Int4)}};
}

[[noreturn]] void refuse_unknown(const std::string& id, const std::vector<CachedModel>& cached,
                                 const std::vector<RecommendedModel>& recommended) {
  if (id == demo_model().filename())
    fail(ErrorKind::Usage, "{} comes with Sparsight and is the default model; `sparsight-cli info` describes it", id);
  std::vector<std::string> known;
  for (const CachedModel& model : cached) known.push_back(model.id);
  for (const RecommendedModel& model : recommended) known.push_back(model.id);
  if (const std::string meant = meant_id(id, known); !meant.empty())
    fail(ErrorKind::File, "{}: neither on this machine nor recommended; did you mean {}?", id, meant);
  fail(ErrorKind::File,
       "{}: neither on this machine nor recommended; `sparsight-cli models pull {}` asks the hub about it, and shows "
       "what it says before anything is downloaded",
       id, id);
}

void info(const ModelsOptions& options, Context& context) {
  check_hub_id(options.id);
  const fs::path folder = model_folder(options.id);
  const std::vector<RecommendedModel> known = recommended_models();
  const auto found = std::ranges::find(known, options.id, &RecommendedModel::id);
  const RecommendedModel* recommended = found == known.end() ? nullptr : &*found;
  std::optional<LocalModel> local;
  if (folder != fs::path(options.id)) local = examined({folder, ModelOrigin::Cache});
  const std::vector<CachedModel> cached = cached_models(hugging_face_cache());
  const auto begun = std::ranges::find(cached, options.id, &CachedModel::id);
  const bool unfinished = begun != cached.end() && begun->unfinished;
  if (!local && recommended == nullptr && !unfinished) refuse_unknown(options.id, cached, known);
  const Interrupts::Job job(context.interrupts);
  if (!options.json) {
    if (local) print_local(*local);
    if (recommended != nullptr) print_recommended(*recommended);
    if (unfinished)
      say_unfinished(*begun);
    else if (!local)
      print_now(fmt::format("  not on this machine; `sparsight-cli models pull {}` downloads it\n", options.id));
    for (const auto& [how, time] : times_of(local, recommended, job.token()))
      print_now(fmt::format("  on this machine, {}{}\n", how, time_text(time)));
    return;
  }
  ordered_json times = ordered_json::array();
  for (const auto& [how, time] : times_of(local, recommended, job.token())) times.push_back(time_json(time));
  print_now(dump({{"id", options.id},
                  {"local", local ? local_json(*local) : ordered_json()},
                  {"recommended", recommended != nullptr ? recommended_json(*recommended) : ordered_json()},
                  {"questions", times}},
                 2) +
            "\n");
}

const char* word_for(VerifiedFile::State state) {
  switch (state) {
    case VerifiedFile::State::Good: return "good";
    case VerifiedFile::State::Wrong: return "wrong";
    case VerifiedFile::State::Missing: return "missing";
    case VerifiedFile::State::Unnamed: return "unnamed";
  }
  return "";
}

void verify(const ModelsOptions& options, Context& context) {
  const fs::path cache = hugging_face_cache();
  const std::vector<CachedModel> models =
      options.id.empty() ? cached_models(cache) : std::vector{cached_model(cache, options.id)};
  const Interrupts::Job job(context.interrupts);
  ProgressLine progress;
  std::vector<ordered_json> all;
  std::size_t good = 0;
  for (const CachedModel& model : models)
    for (const VerifiedFile& file : verify_model(model, {progress.callback(), job.token()})) {
      progress.clear();
      const bool bad = file.state == VerifiedFile::State::Wrong || file.state == VerifiedFile::State::Missing;
      if (bad) context.exit_code = kFile;
      if (file.state == VerifiedFile::State::Good) ++good;
      if (options.json)
        all.push_back({{"model", model.id},
                       {"file", file.name},
                       {"state", word_for(file.state)},
                       {"expected", file.hash},
                       {"found", file.found}});
      else if (file.state != VerifiedFile::State::Good)
        print_now(fmt::format("{} {}: {}\n", printable_line(model.id), printable_line(file.name),
                              file.state == VerifiedFile::State::Wrong
                                  ? fmt::format("wrong: expected the hash {}, found {}", file.hash, file.found)
                              : bad ? "missing: not downloaded completely"
                                    : "not verified: its name says no hash"));
      if (bad && !options.json)
        fmt::print(stderr, "remove it with `sparsight-cli models remove {}`, and pull it again\n",
                   printable_line(model.id));
    }
  progress.clear();
  for (const CachedModel& model : models) {
    if (!model.unfinished) continue;
    context.exit_code = kFile;
    all.push_back({{"model", model.id}, {"file", ""}, {"state", "unfinished"}, {"expected", ""}, {"found", ""}});
    if (!options.json) say_unfinished(model);
  }
  if (options.json) return print_list(all);
  print_now(fmt::format("{} files of {} models are as their names say\n", good, models.size()));
}

void remove(const ModelsOptions& options, Context&) {
  const fs::path cache = hugging_face_cache();
  const CachedModel model = cached_model(cache, options.id);
  const std::string what = fmt::format("{} ({})", model.repository.string(), human_bytes(model.bytes));
  if (!confirmed(options, fmt::format("Remove {}?", what), "removed")) return;
  remove_model(cache, options.id);
  if (options.json) return print_now(dump({{"removed", model.repository.string()}, {"bytes", model.bytes}}, 2) + "\n");
  print_now(fmt::format("removed {}\n", printable_line(what)));
}

}  // namespace

bool confirmed(const ModelsOptions& options, const std::string& question, const std::string& not_done) {
  if (options.yes) return true;
  if (options.json || !os::is_terminal(os::Stream::In) || !os::is_terminal(os::Stream::Error))
    fail(ErrorKind::Usage, "{}: nothing was {}, since nobody can be asked here; --yes says yes", options.id, not_done);
  fmt::print(stderr, "{} [y/N] ", printable_line(question));
  std::string answer;
  std::getline(std::cin, answer);
  if (answer == "y" || answer == "Y" || answer == "yes") return true;
  fmt::print(stderr, "nothing was {}\n", not_done);
  return false;
}

void add_models(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("models", "List, download, verify and remove models");
  command->require_subcommand(1);
  const auto options = std::make_shared<ModelsOptions>();
  const auto add = [&](const char* name, const char* help, const char* example,
                       void (*what)(const ModelsOptions&, Context&)) {
    CLI::App* sub = command->add_subcommand(name, help);
    sub->footer(fmt::format("Example:\n  sparsight-cli models {}", example));
    sub->callback([options, what, &context] { what(*options, context); });
    add_switch(*sub, "--json", "Print JSON", options->json);
    return sub;
  };
  const auto in_folder = [&](CLI::App* sub) {
    add_path(*sub, "--folder", "DIR", "A model, or a folder of models, to list too", options->folder);
  };
  const auto of_model = [&](CLI::App* sub) {
    return add_text(*sub, "ID", "ID", "The model's name on the hub, OWNER/NAME", options->id);
  };
  CLI::App* all = add("list", "The models on this machine, with size, family and whether Sparsight can run them",
                      "list --recommended", list);
  add_switch(*all, "--recommended", "List the models that are recommended instead; nothing is asked of a network",
             options->recommended);
  in_folder(all);
  CLI::App* search = add("search-local", "The models on this machine whose name, path or family has all of the words",
                         "search-local demo", list);
  add_words(*search, "WORDS", "Words to find", options->words)->required();
  in_folder(search);
  of_model(add("info", "What is known about a model, without asking a network",
               "info HuggingFaceTB/SmolVLM2-500M-Video-Instruct", info))
      ->required();
  CLI::App* pull =
      add("pull",
          "Download a model to the Hugging Face cache; shows size, licence, host, disk and memory and asks "
          "first; a stopped download continues",
          "pull HuggingFaceTB/SmolVLM2-500M-Video-Instruct", pull_model);
  of_model(pull)->required();
  add_text(*pull, "--revision", "TEXT", "Branch, tag or commit; default: main", options->revision);
  add_text(*pull, "--endpoint", "TEXT", "Address of the hub; default: HF_ENDPOINT, else https://huggingface.co",
           options->endpoint);
  add_switch(*pull, "--yes", "Do not ask", options->yes);
  of_model(add("verify", "Read the files of a model in the cache, or of all, and compare them with their hashes",
               "verify HuggingFaceTB/SmolVLM2-500M-Video-Instruct", verify));
  CLI::App* gone = add("remove", "Remove a model from the Hugging Face cache; asks first",
                       "remove HuggingFaceTB/SmolVLM2-500M-Video-Instruct", remove);
  of_model(gone)->required();
  add_switch(*gone, "--yes", "Do not ask", options->yes);
  command->footer(
      "Nothing is downloaded unless you pull it. HF_TOKEN is sent to the hub alone.\n\n"
      "Examples:\n"
      "  sparsight-cli models list\n"
      "  sparsight-cli models list --recommended\n"
      "  sparsight-cli models info HuggingFaceTB/SmolVLM2-500M-Video-Instruct");
}

}  // namespace sparsight::cli
