// `vision`: frames through a tower and projector with random weights; for a video also decoding.
#include "app/bench/bench.h"
#include "core/base/os/os.h"
#include "core/encode_clip.h"
#include "core/measure/bench.h"
#include "core/model/families/family.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <memory>
#include <string>

namespace sparsight::bench {
namespace {

struct VisionOptions {
  Common common;
  std::string shape = "vicuna-7b";
  std::size_t frames = 8, layers = 0;
  std::uint64_t seed = 1;
  std::filesystem::path video;
};

// At another depth the feature layers keep their distance from the tower's end.
ModelConfig config_of(const VisionOptions& options) {
  ModelConfig config = bench_config(options.shape, 0);
  const std::size_t before = config.vision.layers;
  if (options.layers != 0) {
    config.vision.layers = options.layers;
    if (config.video_vision) config.video_vision->layers = options.layers;
  }
  for (std::size_t& layer : config.feature_layers)
    layer = config.vision.layers - std::min(config.vision.layers, before - layer);
  return config;
}

// Decodes and encodes a file's frames one after the other, and both at once, in turns.
nlohmann::ordered_json run_video(const VisionOptions& options, const ClipEncoder& encoder, const Control& control) {
  const FrameRequest request{.count = options.frames};
  Times apart, together;
  double frames_ms = 0, preprocess_ms = 0, vision_ms = 0;
  const auto read_then_encode = [&] {
    const Clip clip = read_clip(options.video, request, control);
    const EncodedClip encoded = encode_clip(clip, encoder, control);
    frames_ms = clip.open_ms + clip.decode_ms, preprocess_ms = encoded.preprocess_ms, vision_ms = encoded.vision_ms;
  };
  const auto read_and_encode = [&] { (void)encode_file(options.video, request, encoder, control); };
  read_then_encode();
  for (std::size_t r = 0; r < options.common.repeat; ++r) {
    fmt::print(stderr, "run {} of {}\n", r + 1, options.common.repeat);
    apart.run(read_then_encode);
    together.run(read_and_encode);
  }
  return {{"read_ms", rounded(frames_ms)},
          {"preprocess_ms", rounded(preprocess_ms)},
          {"vision_ms", rounded(vision_ms)},
          {"apart", {{"wall_ms", apart.wall.json()}, {"cpu_ms", apart.cpu.json()}}},
          {"together", {{"wall_ms", together.wall.json()}, {"cpu_ms", together.cpu.json()}}},
          {"gain", rounded(apart.wall.median() / together.wall.median())}};
}

void run(const VisionOptions& options, Context& context) {
  const cli::Interrupts::Job job(context.interrupts);
  options.common.choose_target();
  const std::size_t threads = options.common.thread_count();
  const ModelConfig config = config_of(options);
  const VisionConfig& c = config.tower(config.main_medium());
  const Control control{{}, job.token()};
  const Peak peak = Peak::measure(threads);
  fmt::print(stderr, "making {} layers\n", c.layers);
  const auto backend = options.common.backend();
  const Weights weights =
      random_towers(config, *backend, options.common.dtype(), options.seed, options.common.quantisation(), control);
  const VisionEncoder encoder(config, weights, *backend);
  nlohmann::ordered_json json{{"machine", machine_json(peak, threads, options.common.device())},
                              {"shape", options.shape},
                              {"layers", c.layers},
                              {"layers_run", std::ranges::max(config.feature_layers)},
                              {"weights", options.common.weights},
                              {"frames", options.frames}};
  if (!options.video.empty()) {
    PreprocessConfig pixels = config.family->pixels;
    pixels.tile = c.image_width;
    pixels.longest_edge = 4 * pixels.tile;
    pixels.crop_width = c.image_width;
    pixels.crop_height = c.image_height;
    pixels.shortest_edge = std::max(c.image_height, c.image_width);
    json["video"] = run_video(options, {*backend, encoder, config, pixels, pixels}, control);
    json["peak_memory_bytes"] = os::peak_memory();
    return print(json);
  }
  const HostTensor pixels = bench_pixels(c, options.frames);
  const auto encode = [&] {
    const VisualTokens tokens = encoder.encode(pixels, config.main_medium(), control);
    if (!std::isfinite(backend->read(tokens.embeddings).f32()[0]))
      fail(ErrorKind::Model, "the random tower's features are not numbers");
  };
  fmt::print(stderr, "warming up\n");
  encode();
  Times times;
  for (std::size_t r = 0; r < options.common.repeat; ++r) {
    fmt::print(stderr, "run {} of {}\n", r + 1, options.common.repeat);
    times.run(encode);
  }
  const double flops = vision_flops(config, options.frames).sum();
  json["visual_tokens"] = config.layout(config.main_medium(), options.frames).tokens();
  json["peak_memory_bytes"] = os::peak_memory();
  json["flops"] = flops;
  json["ms_per_frame"] = rounded(times.wall.median() / static_cast<double>(options.frames));
  json.update(times.json(flops, options.common.peak_of(peak), threads));
  print(json);
}

}  // namespace

HostTensor bench_pixels(const VisionConfig& tower, std::size_t frames) {
  HostTensor pixels(Shape{frames, tower.channels, tower.image_height, tower.image_width});
  for (std::size_t i = 0; i < pixels.shape().elements(); ++i) pixels.f32()[i] = 2 * std::sin(static_cast<float>(i));
  return pixels;
}

void add_vision(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("vision", "Frames through a tower and projector, all as one batch");
  const auto options = std::make_shared<VisionOptions>();
  add_shape(*command, options->shape);
  add_count(*command, "--frames", options->frames, 1, 1 << 10, "Frames of the video");
  add_count(*command, "--layers", options->layers, 0, 1024, "Layers of the tower; 0: as many as the shape has");
  command->add_option("--video", options->video, "Decode and encode this video, one after the other and both at once")
      ->type_name("FILE")
      ->check(CLI::ExistingFile);
  command->add_option("--seed", options->seed, "Seed of the weights")->type_name("N")->capture_default_str();
  options->common.add_to(*command);
  command->footer(
      "Layers after the last feature layer are not run, and not counted; the projector is.\n\n"
      "Example:\n"
      "  sparsight_bench vision --frames 8 --layers 24\n"
      "  sparsight_bench vision --video clip.mp4");
  command->callback([options, &context] { run(*options, context); });
}

}  // namespace sparsight::bench
