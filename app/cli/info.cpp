// `info`: the machine and a model, without answering anything.
#include "app/cli/answer_json.h"
#include "app/cli/arithmetic.h"
#include "app/cli/cli.h"
#include "app/cli/how_long.h"
#include "app/cli/options.h"
#include "app/cli/terminal.h"
#include "app/cli/values.h"
#include "core/base/machine.h"
#include "core/model/families/family.h"
#include "core/pruning/registry.h"
#include "kernels/backends.h"
#include "sparsight_version.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <memory>
#include <utility>

namespace sparsight::cli {
namespace {

using nlohmann::ordered_json;

std::string capability_of(const CudaDevice& gpu) { return fmt::format("{}.{}", gpu.capability[0], gpu.capability[1]); }

// "" as null.
ordered_json known(const std::string& text) { return text.empty() ? ordered_json() : ordered_json(text); }

ordered_json gpu_json(const CudaDevices& found) {
  ordered_json devices = ordered_json::array();
  for (const CudaDevice& gpu : found.devices)
    devices.push_back({{"number", gpu.number},
                       {"name", gpu.name},
                       {"memory_bytes", gpu.memory_bytes},
                       {"compute_capability", capability_of(gpu)},
                       {"multiprocessors", gpu.multiprocessors},
                       {"why_not", known(gpu.why_not)}});
  return {{"devices", devices},
          {"driver_cuda", known(found.driver)},
          {"cublas", known(found.blas)},
          {"why_not", known(found.why_not)}};
}

ordered_json machine_json(const MachineInfo& machine, const CudaDevices& gpus, std::size_t threads) {
  return {{"cpu", machine.cpu},
          {"cpu_targets", machine.cpu_targets},
          {"multiplies_bf16", machine.multiplies_bf16},
          {"threads", threads != 0 ? threads : machine.threads},
          {"physical_cores", machine.physical_cores},
          {"efficiency_cores", machine.efficiency_cores},
          {"memory_bytes", machine.memory_bytes},
          {"available_memory_bytes", machine.available_memory_bytes},
          {"gpu", gpu_json(gpus)}};
}

ordered_json card_json(const std::optional<ModelCard>& card) {
  if (!card) return {};
  const std::string knows = card->knows_only();
  return {{"name", card->name},
          {"knows_only", knows.empty() ? ordered_json() : ordered_json(knows)},
          {"pruning", {{"strategy", card->pruning.strategy}, {"budget", card->pruning.budget}}}};
}

std::string name_of(Activation activation) {
  for (const auto& [name, known] : activation_names())
    if (known == activation) return name;
  return "none";
}

// One number for a square, else height and width.
ordered_json side(std::size_t height, std::size_t width) {
  return height == width ? ordered_json(height) : ordered_json{height, width};
}

// null: the model takes text only.
ordered_json towers_json(const ModelConfig& config) {
  if (!config.family->sees()) return {};
  const MediaKind media = config.main_medium();
  const VisionConfig& vision = config.tower(media);
  const auto of_one_size = [&](ordered_json value) { return vision.any_size() ? ordered_json() : std::move(value); };
  return {{"layers", vision.layers},
          {"hidden", vision.hidden},
          {"intermediate", vision.intermediate},
          {"heads", vision.heads},
          {"image_size", of_one_size(side(vision.image_height, vision.image_width))},
          {"patch_size", vision.patch_size},
          {"grid", of_one_size(side(vision.rows(), vision.columns()))},
          {"tokens_per_frame", of_one_size(config.layout(media, 1).tokens())},
          {"activation", name_of(vision.activation)},
          {"frames_together", vision.frames_together},
          {"feature_layers", config.feature_layers}};
}

ordered_json model_json(const ModelInfo& info, const std::string& hash) {
  const TextConfig& text = info.config.text;
  return {
      {"path", info.path.string()},
      {"hash", hash},
      {"family", info.config.family->name()},
      {"takes", {{"videos", info.config.takes(MediaKind::Video)}, {"pictures", info.config.takes(MediaKind::Image)}}},
      {"parameters", info.parameters},
      {"weight_bytes", info.weight_bytes},
      {"dtype", info.dtype},
      {"decoder",
       {{"layers", text.layers},
        {"hidden", text.hidden},
        {"intermediate", text.intermediate},
        {"heads", text.heads},
        {"kv_heads", text.kv_heads},
        {"head_dim", text.head_dim},
        {"vocabulary", text.vocab},
        {"positions", text.max_positions},
        {"gpu_layers", info.device_layers ? ordered_json(*info.device_layers) : ordered_json(nullptr)},
        {"kv_dtype", to_string(info.kv_dtype)},
        {"kv_bytes_per_token", info.kv_bytes_per_token()}}},
      {"towers", towers_json(info.config)},
      {"card", card_json(info.card)},
      {"notes", info.notes}};
}

std::string cores_of(const MachineInfo& machine) {
  const std::string cores =
      fmt::format("{} physical core{}", machine.physical_cores, machine.physical_cores == 1 ? "" : "s");
  if (machine.efficiency_cores == 0) return cores;
  return fmt::format("{}: {} performance, {} efficiency", cores, machine.physical_cores - machine.efficiency_cores,
                     machine.efficiency_cores);
}

// A line for each GPU and one for NVIDIA's libraries, or one that says why there is none.
void print_gpus(const CudaDevices& found) {
  if (found.devices.empty()) return print_now(fmt::format("GPU         not used: {}\n", printable_line(found.why_not)));
  for (const CudaDevice& gpu : found.devices)
    print_now(fmt::format("GPU {:<8}{}, {}, compute capability {}{}\n", gpu.number, printable_line(gpu.name),
                          human_bytes(gpu.memory_bytes), capability_of(gpu),
                          gpu.why_not.empty() ? "" : "; not used: " + printable_line(gpu.why_not)));
  print_now(fmt::format("NVIDIA      driver for CUDA {}, {}\n", found.driver,
                        found.blas.empty() ? "no cuBLAS" : "cuBLAS " + found.blas));
}

void print_machine(const MachineInfo& machine, const CudaDevices& gpus, std::size_t threads) {
  print_now(fmt::format("Sparsight {}\n\n", SPARSIGHT_VERSION));
  print_now(fmt::format("processor   {}\n", machine.cpu));
  print_now(fmt::format("targets     {}\n", fmt::join(machine.cpu_targets, ", ")));
  print_now(fmt::format("bf16        {}\n", machine.multiplies_bf16
                                                ? "multiplied as it is with --arithmetic bf16, twice as fast"
                                                : "computed in float32, with --arithmetic bf16 as well"));
  print_now(fmt::format("threads     {} ({})\n", threads != 0 ? threads : machine.threads, cores_of(machine)));
  print_now(fmt::format("memory      {}, {} free\n", human_bytes(machine.memory_bytes),
                        human_bytes(machine.available_memory_bytes)));
  print_gpus(gpus);
}

// Measured last, when nothing else reads the model's files any more. A prompt is read on the device, wherever its
// weights are. nullopt: the loaded model leaves no memory to measure in.
std::optional<QuestionTime> question_time(const ModelInfo& info, const Device& device, const CpuOptions& processor,
                                          const std::stop_token& stop) try {
  constexpr std::size_t kFrames = 8;
  const auto on = [&](const MakeBackend& backend) {
    return estimate_question(info.config, format_of(info), measure_speed(backend, stop), kFrames);
  };
  if (!info.device_layers) return on(cpu_backend(processor));
  QuestionTime time = on(device.make);
  const double there = static_cast<double>(*info.device_layers) / static_cast<double>(info.config.text.layers);
  if (there < 1) time.token_s = there * time.token_s + (1 - there) * on(cpu_backend(processor)).token_s;
  return time;
} catch (const Error& error) {
  if (error.kind() != ErrorKind::Memory) throw;
  return std::nullopt;
}

std::string_view media_of(const ModelConfig& config) {
  if (!config.family->sees()) return "text only";
  if (!config.takes(MediaKind::Video)) return "pictures, no videos";
  return config.takes(MediaKind::Image) ? "videos and pictures" : "videos, no pictures";
}

void print_towers(const ModelConfig& config) {
  if (!config.family->sees()) return print_now("towers      none: it takes text only\n");
  const MediaKind media = config.main_medium();
  const VisionConfig& vision = config.tower(media);
  print_now(fmt::format("towers      {} layers, {} wide, MLP {}, {} {}; ", vision.layers, vision.hidden,
                        vision.intermediate, vision.heads, vision.heads == 1 ? "head" : "heads"));
  if (vision.any_size())
    print_now(fmt::format("frames of any size, {} of them and {} x {} px a token\n", vision.frames_a_patch,
                          vision.token_side(), vision.token_side()));
  else
    print_now(fmt::format("{} px in {} x {} patches{}: {} tokens a {}\n",
                          vision.image_height == vision.image_width
                              ? fmt::format("{}", vision.image_height)
                              : fmt::format("{} x {}", vision.image_height, vision.image_width),
                          vision.rows(), vision.columns(), vision.has_cls ? " and CLS" : "",
                          config.layout(media, 1).tokens(), media == MediaKind::Video ? "frame" : "picture"));
  if (vision.frames_together != 0)
    print_now(fmt::format("            attend over {} frames at each place\n", vision.frames_together));
  print_now(fmt::format("features    hidden state {} of the tower\n", fmt::join(config.feature_layers, ", ")));
}

void print_model(const ModelInfo& info) {
  const TextConfig& text = info.config.text;
  print_now(fmt::format("model       {}\n", printable_line(info.path.string())));
  print_now(fmt::format("family      {}: {}\n", info.config.family->name(), media_of(info.config)));
  print_now(fmt::format("weights     {:.1f} M parameters, {}, {}\n", static_cast<double>(info.parameters) / 1e6,
                        human_bytes(info.weight_bytes), info.dtype));
  print_now(fmt::format(
      "decoder     {} layers, {} wide, MLP {}, {} heads ({} for keys and values) of {}, vocabulary {}, {} positions\n",
      text.layers, text.hidden, text.intermediate, text.heads, text.kv_heads, text.head_dim, text.vocab,
      text.max_positions));
  if (info.device_layers) print_now(fmt::format("GPU layers  {} of {}\n", *info.device_layers, text.layers));
  print_now(fmt::format("KV cache    {}, {} for 1,000 tokens\n", to_string(info.kv_dtype),
                        human_bytes(1000 * info.kv_bytes_per_token())));
  print_towers(info.config);
  for (const std::string& note : info.notes) print_now(fmt::format("note        {}\n", note));
  if (!info.card) return;
  if (const std::string knows = info.card->knows_only(); !knows.empty())
    print_now(fmt::format("knows only  {}\n", printable_line(knows)));
  const CardPruning& pruning = info.card->pruning;
  print_now(fmt::format("pruning     {}{}{}, unless --prune says otherwise\n", printable_line(pruning.strategy),
                        pruning.budget.empty() ? "" : " at ", printable_line(pruning.budget)));
}

ordered_json strategies_json() {
  ordered_json list = ordered_json::array();
  for (const StrategyInfo& info : strategies())
    list.push_back({{"name", info.name}, {"summary", info.summary}, {"source", info.source}});
  return list;
}

void print_strategies() {
  for (const StrategyInfo& info : strategies()) {
    print_now(fmt::format("{:<16}{}\n", info.name, info.summary));
    if (!info.source.empty()) print_now(fmt::format("{:<16}{}\n", "", info.source));
  }
}

}  // namespace

void add_info(CLI::App& app, Context& context) {
  struct Options {
    ModelOptions model;
    bool json = false;
    bool strategies = false;
  };
  CLI::App* command = app.add_subcommand("info", "Show processor, memory, GPU, and the model's shape and hash");
  const auto options = std::make_shared<Options>();
  add_switch(*command, "--json", "Print one JSON object", options->json);
  add_switch(*command, "--strategies", "Explain the pruning strategies instead, and name where each was published",
             options->strategies);
  options->model.add_to(*command);
  command->footer(
      "The hash is of the model's content: weights, configuration, tokenizer. Computing it reads a large model "
      "through once.\n\n"
      "Example:\n  sparsight-cli info --model ~/models/Video-LLaVA-7B-hf");
  command->callback([options, &context] {
    if (options->strategies) return options->json ? print_now(dump(strategies_json(), 2) + "\n") : print_strategies();
    const MachineInfo machine = describe_machine();
    const Interrupts::Job job(context.interrupts);
    const CudaDevices gpus = find_gpus();
    if (!options->json) print_machine(machine, gpus, options->model.threads);
    const Device device = find_device(options->model.device_options(), gpus);
    const auto engine = options->model.load(device, {{}, job.token()});
    const ModelInfo& info = engine->info();
    print_warnings(info.warnings);
    const std::string used = info.device_layers ? device.name() : "cpu";  // a GPU may have refused the model
    if (!options->json) {
      print_now(fmt::format("device      {}: {}\n\n", used,
                            info.device_layers ? printable_line(device.gpu->name) : "the processor"));
      print_model(info);
    }
    const std::string hash = engine->model_hash(job.token());
    if (!options->json) print_now(fmt::format("hash        {}\n", hash));
    const auto time = question_time(info, device, options->model.device_options().cpu, job.token());
    if (!options->json)
      return print_now(fmt::format("time        {}\n", time ? time_text(*time) + ", on this machine"
                                                            : "not measured: no memory is left for it"));
    print_now(dump({{"version", SPARSIGHT_VERSION},
                    {"machine", machine_json(machine, gpus, options->model.threads)},
                    {"device", used},
                    {"model", model_json(info, hash)},
                    {"question", time ? time_json(*time) : ordered_json(nullptr)},
                    {"warnings", info.warnings}},
                   2) +
              "\n");
  });
}

}  // namespace sparsight::cli
